"""Flesh and skin of a hand: solids over its joints, and what the skin shows: palm, lines, creases, nails."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from chereme.synth.anatomy import HandJoints, Vector, floats
from chereme.synth.solids import Ints, Solid, Solids
from chereme.types import Floats

# Radii in centimeters at knuckle, PIP, DIP and tip; the thumb's at CMC, MCP, IP and tip.
FINGER_RADII = np.array([[1.08, 0.92, 0.80, 0.66], [1.10, 0.94, 0.82, 0.68], [1.04, 0.88, 0.77, 0.64], [0.92, 0.77, 0.67, 0.57]])  # fmt: skip # noqa: E501
THUMB_RADII = (1.45, 1.12, 1.0, 0.78)
JOINT_TUCK = 0.09
"""How much thinner bones are drawn where two of them overlap in a joint, so that the joint does not bulge."""
PALM_LINES: tuple[Floats, ...] = (
    floats([[-3.6, 6.0], [-2.0, 6.6], [0.0, 7.4], [1.2, 8.3]]),
    floats([[-2.8, 4.6], [-0.8, 5.4], [1.4, 6.6], [3.2, 6.9]]),
    floats([[3.1, 6.8], [1.3, 5.6], [0.4, 3.6], [0.3, 1.4]]),
)
_PIECES = floats([[*start, *end] for line in PALM_LINES for start, end in pairwise(line)])
LIMBS = 6
"""Limbs a hand needs: the palm, then thumb, index, middle, ring and little finger."""


class Pose(NamedTuple):
    """Where a hand is."""

    axes: Vector
    """(3, 3) the hand frame's axes as columns; a left hand's have a negative determinant."""
    wrist: Vector
    """(xyz) centimeters."""
    size: float
    """1: an adult's hand of 19 cm."""

    def place(self, points: Vector) -> Vector:
        """(…, xyz) from the hand frame to the world."""
        return points @ self.axes.T * self.size + self.wrist


def flesh(bones: HandJoints, pose: Pose, limb: int, hand: int) -> list[Solid]:
    """A hand's solids in the world: the palm as limb `limb`, the fingers as the five after it."""
    joints, solids = bones.joints, list[Solid]()

    def add(start: Vector, end: Vector, start_radius: float, end_radius: float) -> None:
        start, end = pose.place(np.stack([start, end]))
        solids.append(Solid(start, end, start_radius * pose.size, end_radius * pose.size, limb, hand=hand))

    def point(*xyz: float) -> Vector:
        return np.array(xyz, float)

    knuckles = joints[[5, 9, 13, 17]]
    metacarpals = zip(
        knuckles, (1.15, 0.4, -0.4, -1.15), (1.30, 1.35, 1.35, 1.25), (1.08, 1.15, 1.1, 0.98), strict=True
    )
    for knuckle, carpal, start_radius, end_radius in metacarpals:
        add(point(carpal, 0.4, 0), knuckle, start_radius, end_radius)
    for one, next_one in pairwise(knuckles):  # pads between the metacarpals
        add(one + point(0, -1.0, 0.25), next_one + point(0, -1.0, 0.25), 1.05, 1.02)
        between = (one + next_one) / 2
        add(point(between[0] * 0.35, 1.2, 0.35), between + point(0, -0.9, 0.35), 1.15, 1.05)
    add(point(1.3, 1.2, 0.5), joints[1] * 0.3 + joints[2] * 0.7, 1.35, 1.35)  # ball of the thumb
    add(point(-1.7, 1.3, 0.45), point(-2.75, 6.2, 0.45), 1.35, 1.05)  # edge of the hand
    web = joints[5] * 0.7 + joints[9] * 0.06
    add(joints[1] * 0.45 + joints[2] * 0.55, web, 0.75, 0.85)  # between thumb and index finger

    chains = [(joints[1:5], THUMB_RADII)] + [
        (joints[5 + 4 * f : 9 + 4 * f], tuple(radii)) for f, radii in enumerate(FINGER_RADII)
    ]
    backs = bones.dorsal @ pose.axes.T
    for finger, (chain, radii) in enumerate(chains):
        chain = pose.place(chain)
        for bone in range(3):
            start_radius = radii[bone] - JOINT_TUCK * (bone > 0)
            end_radius = radii[bone + 1] - JOINT_TUCK * (bone < 2)
            solids.append(
                Solid(
                    chain[bone],
                    chain[bone + 1],
                    start_radius * pose.size,
                    end_radius * pose.size,
                    limb + 1 + finger,
                    trunk=limb if bone == 0 else -1,
                    hand=hand,
                    dorsal=backs[3 * finger + bone],
                    creases=2 if bone == 2 else 1,
                )
            )
    return solids


class Skin(NamedTuple):
    """Colors as red, green, blue in 0..1."""

    back: tuple[float, float, float]
    palm: tuple[float, float, float]


def paint(
    color: Floats, skin: Skin, pose: Pose, solids: Solids, solid: Ints, share: Floats, points: Floats, normal: Floats
) -> Floats:
    """The (n, rgb) skin of one hand at (n, xyz) points of its surface, on these solids at shares of their length."""
    local = ((points - floats(pose.wrist)) @ floats(pose.axes)) / np.float32(pose.size)
    volar = normal @ floats(pose.axes[:, 2])
    palmar = np.clip(volar * 0.5 + 0.5, 0, 1)[:, None]
    color = color * (1 - palmar) + floats(skin.palm) * palmar

    creases = solids.creases[solid]
    up = (normal * solids.dorsal[solid]).sum(axis=1)
    flat = np.flatnonzero((creases == 0) & (volar > 0.35))
    lines = np.exp(-((_to_palm_lines(floats(local[flat, :2])) / np.float32(0.16)) ** 2))
    color[flat] *= 1 - np.float32(0.24) * lines[:, None]

    bent = np.exp(-((share / 0.09) ** 2)) + np.where(creases == 1, np.exp(-(((1 - share) / 0.09) ** 2)), 0)
    depth = np.where(up < 0, 0.22, 0.13) * (0.4 + 0.6 * np.abs(up))
    color *= (1 - np.where(creases > 0, bent * depth, 0)).astype(np.float32)[:, None]
    nail = ((creases == 2) & (share > 0.45) & (up > 0.62))[:, None]
    color = np.where(nail, color * floats([1.08, 1.05, 1.06]) + np.float32(0.08), color)
    color *= 1 + np.where(creases == 2, share, 0).astype(np.float32)[:, None] * floats([0, -0.05, -0.04])
    mottle = np.sin(local @ floats([1.1, 0.7, 0.4])) + 0.7 * np.sin(local @ floats([-1.3, 2.1, 0.9]) + 2)
    return floats(color * (1 + np.float32(0.02) * mottle)[:, None])


def _to_palm_lines(points: Floats) -> Floats:
    """(n,) distance of (n, xy) points of the hand frame to the nearest palm line."""
    start, axis = _PIECES[:, :2], _PIECES[:, 2:] - _PIECES[:, :2]
    from_x, from_y = points[:, :1] - start[:, 0], points[:, 1:] - start[:, 1]
    share = np.clip((from_x * axis[:, 0] + from_y * axis[:, 1]) / (axis**2).sum(axis=1), 0, 1)
    squared = (from_x - share * axis[:, 0]) ** 2 + (from_y - share * axis[:, 1]) ** 2
    return floats(np.sqrt(squared.min(axis=1)))
