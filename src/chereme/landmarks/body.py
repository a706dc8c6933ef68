"""The points of a body within its region: MediaPipe's pose landmark network and what its output means.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/pose_landmark/pose_landmark_by_roi_cpu.pbtxt,
tensors_to_pose_landmarks_and_segmentation.pbtxt, pose_landmarks_to_roi.pbtxt, pose_landmark_filtering.pbtxt and
calculators/util/refine_landmarks_from_heatmap_calculator.cc.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, sin

import numpy as np

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.body_detector import LARGER
from chereme.landmarks.geometry import Region, aligned, cut, to_image
from chereme.landmarks.smoothing import LowPass, OneEuro
from chereme.types import Bytes, Floats

NAME = "pose_landmark_full"
SIDE = 256
"""The network's input, pixels."""
POINTS, PRESENCE, HEATMAP, WORLD = "Identity", "Identity_1", "Identity_3", "Identity_4"
OUTPUTS = 39
"""Points that the network gives: the body's, two for the next region, four that nothing uses."""
BODY = 33
KERNEL = 9
"""Cells a side of the heatmap's part that a point is refined by. The graph's text says 7, but mediapipe 0.10.21 acts as
with 9, the option's default: then the points agree within 0.0003 cells, with 7 they are up to 0.18 apart."""
SURE = 0.5
"""A point is refined where some cell of that part is at least so likely."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A body in an image."""

    points: Floats
    """(33, xyz) pixels, z in the same scale."""
    visibility: Floats
    """(33,) how likely each point is within the image and not hidden, 0..1."""
    world: Floats
    """(33, xyz) meters from the middle of the hips, the image's axes."""
    circle: Floats
    """(2, xyz) the middle of the hips and a point on the circle around the body, pixels."""
    presence: float
    """How sure the network is that the region holds a body, 0..1."""

    @property
    def region(self) -> Region:
        """Where it is looked for next."""
        return aligned(self.circle[0], self.circle[1], LARGER)


BodyLandmarker = Callable[[Bytes, Region], Body]


def load(runtime: Runtime, *, refine: bool, exact: bool = False) -> BodyLandmarker:
    """The network: an image (height, width, rgb) and a region to the body there, however unlikely.

    The head that tells body from background is cut off, as is that of the heatmap unless points are refined by it.
    `exact` cuts the region out as MediaPipe does, to the bit.
    """
    network = runtime.load(weights.path(NAME), (POINTS, PRESENCE, WORLD, *([HEATMAP] if refine else [])))

    def landmarks(image: Bytes, region: Region) -> Body:
        found = network(np.multiply(cut(image, region, SIDE, exact=exact)[np.newaxis], 1 / 255, dtype=np.float32))
        raw = found[POINTS].reshape(OUTPUTS, 5)[: BODY + 2]
        places = raw[:, :3].copy()
        if refine:
            places[:, :2] = refined(places[:, :2], found[HEATMAP].reshape(*found[HEATMAP].shape[-3:]))
        placed = to_image(places, region, SIDE)
        return Body(
            points=placed[:BODY],
            visibility=np.asarray(1 / (1 + np.exp(-raw[:BODY, 3])), np.float32),
            world=turned(found[WORLD].reshape(OUTPUTS, 3)[:BODY], region.rotation),
            circle=placed[BODY:],
            presence=float(found[PRESENCE].ravel()[0]),
        )

    return landmarks


def refined(places: Floats, heatmap: Floats) -> Floats:
    """(points, xy) in pixels of the input, each moved to the mean of its heatmap (rows, columns, points) around it.

    The heatmap holds logits, a layer a point; it may have more layers than there are points. A point outside, or
    where the heatmap is unsure, stays.
    """
    rows, columns = heatmap.shape[:2]
    cells = np.trunc(places * (columns / SIDE, rows / SIDE)).astype(np.int64)
    inside = ((cells >= 0) & (cells < (columns, rows))).all(axis=1)
    reach = np.arange(KERNEL) - KERNEL // 2
    x, y = cells[:, :1] + reach, cells[:, 1:] + reach
    within = ((y >= 0) & (y < rows))[:, :, None] & ((x >= 0) & (x < columns))[:, None, :]
    layers = np.arange(len(places))[:, None, None]
    logits = heatmap[y.clip(0, rows - 1)[:, :, None], x.clip(0, columns - 1)[:, None, :], layers].astype(np.float64)
    likely = np.where(within, 1 / (1 + np.exp(-logits)), 0)
    total = likely.sum(axis=(1, 2))
    moved = inside & (likely.max(axis=(1, 2)) >= SURE)
    total = np.where(moved, total, 1)
    mean = (
        np.stack([(likely.sum(axis=1) * x).sum(axis=1), (likely.sum(axis=2) * y).sum(axis=1)], axis=1) / total[:, None]
    )
    return np.where(moved[:, None], mean * (SIDE / columns, SIDE / rows), places).astype(np.float32)


def turned(world: Floats, rotation: float) -> Floats:
    """(points, xyz) about the z axis by an angle in radians, clockwise in the image: from a region's axes to its."""
    c, s = cos(rotation), sin(rotation)
    return np.asarray(world @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]), np.float32)


class Smoother:
    """One body smoothed through frames, in one direction of time."""

    def __init__(self) -> None:
        self._visibility = LowPass(0.1)
        self._points = OneEuro(cutoff=0.05, beta=80)
        self._circle = OneEuro(cutoff=0.01, beta=10)
        self._world = OneEuro(cutoff=0.1, beta=40)

    def __call__(self, body: Body, step: float) -> Body:
        """The body, `step` seconds from the last, smoothed. Speeds are measured in the diameters of its circle."""
        size = 2 * float(np.hypot(*(body.circle[1, :2] - body.circle[0, :2])))
        return replace(
            body,
            points=self._points(body.points, step, size).astype(np.float32),
            visibility=self._visibility(body.visibility).astype(np.float32),
            world=self._world(body.world, step).astype(np.float32),
            circle=self._circle(body.circle, step, size).astype(np.float32),
        )
