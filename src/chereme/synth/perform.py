"""Signing: a sign's table becomes motion, motion becomes arms and hands, and these become frames with known joints."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from zlib import crc32

import cv2
import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from chereme.synth import anatomy, signs
from chereme.synth.anatomy import Vector, floats
from chereme.synth.arm import SIDES, arm
from chereme.synth.hand import Pose, Skin
from chereme.synth.look import LIGHTS, SKINS
from chereme.synth.person import Plate, plate
from chereme.synth.render import Picture, draw, shade_behind
from chereme.synth.sdf import Solid, Solids
from chereme.synth.signer import Signer
from chereme.types import Bytes, Floats

MARGIN = 2.0
"""Pixels from the image's edge within which a joint makes its hand count as not visible."""
BLUR, NOISE = 0.5, 0.010
"""The camera's: standard deviations in pixels, and in shares of full brightness."""


class Motion(NamedTuple):
    """One hand's way through a clip, in the right hand's frame of the world."""

    wrists: Vector
    """(frames, xyz) centimeters."""
    axes: Vector
    """(frames, 3, 3)."""
    angles: Vector
    """(frames, 5, 4) degrees, as in `anatomy.HANDSHAPES`."""


class Moment(NamedTuple):
    """A frame and what is true in it."""

    pixels: Bytes
    """(height, width, rgb)."""
    joints: Floats
    """(left and right hand, 21, xyz) pixels; NaN where the hand is not visible."""
    box: tuple[float, float, float, float]
    """Where the person is: x0, y0, x1, y1, pixels."""


def move(keys: tuple[signs.Key, ...], shares: Vector, signer: Signer, chance: np.random.Generator) -> Motion:
    """A hand's way at shares 0..1 of the clip: from rest through the keys and back, never quite the same twice."""
    rest = (signs.REST_FINGERS, signs.REST_PALM)
    at = np.array([0.0, *(key.at for key in keys), 1.0])
    at[1:-1] += chance.uniform(-0.012, 0.012, len(keys))
    places = np.array([key.wrist for key in keys], float)
    middle = places.mean(axis=0)
    places = middle + (places - middle) * signer.reach * chance.uniform(0.92, 1.08)
    places += np.array(signer.shift) + chance.normal(0, (0.7, 0.7, 0.5))
    wrists = np.vstack([signs.REST_WRIST, places, signs.REST_WRIST])
    axes = np.stack([anatomy.hand_axes(*pair) for pair in (rest, *((k.fingers, k.palm) for k in keys), rest)])
    tilt = Rotation.from_euler("z", signer.tilt + chance.normal(0, 3), degrees=True).as_matrix()
    axes[1:-1] = tilt @ axes[1:-1]
    shapes = [signs.REST_SHAPE, *(key.shape for key in keys), signs.REST_SHAPE]
    angles = np.stack([anatomy.HANDSHAPES[shape] for shape in shapes])
    angles = angles + chance.normal(0, 1.5, (5, 4))

    # Between keys a hand speeds up and slows down as hands do: minimum jerk (Flash & Hogan 1985), on a slight arc.
    leg = np.clip(np.searchsorted(at, shares, side="right") - 1, 0, len(at) - 2)
    part = (shares - at[leg]) / (at[leg + 1] - at[leg])
    eased = part**3 * (part * (6 * part - 15) + 10)
    share = eased[:, None]
    straight = wrists[leg] * (1 - share) + wrists[leg + 1] * share
    step = wrists[leg + 1] - wrists[leg]
    aside = np.stack([-step[:, 1], step[:, 0], np.linalg.norm(step, axis=1)], axis=1)
    arc = np.sin(np.pi * eased)[:, None] * aside * signer.bow
    turning = Slerp(np.arange(len(at)), Rotation.from_matrix(axes))(leg + np.clip(eased, 0, 1))
    bent = angles[leg] * (1 - share[..., None]) + angles[leg + 1] * share[..., None]
    phases = chance.uniform(0, 2 * np.pi, (2, 3))
    tremble = sum(
        np.sin(2 * np.pi * shares[:, None] * rate + phase) for rate, phase in zip((2.3, 5.1), phases, strict=True)
    )
    return Motion(straight + arc + 0.12 * np.asarray(tremble), turning.as_matrix(), bent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One sign by one signer, once."""

    gloss: str
    signer: Signer
    take: int = 0
    width: int = 320
    height: int = 240
    fps: float = 25.0
    seconds: float = 2.0
    """Of a clip at a tempo of 1."""
    seed: int = 0

    def chance(self) -> np.random.Generator:
        """A source of randomness that is this clip's own."""
        return np.random.default_rng(
            [self.seed, crc32(self.gloss.encode()), crc32(self.signer.name.encode()), self.take]
        )

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        tempo = self.signer.tempo * self.chance().uniform(0.95, 1.05)
        return max(8, round(self.seconds * self.fps / tempo))

    @property
    def middle(self) -> tuple[int, int]:
        """The frames, half-open, from the sign's first form to its last."""
        start, stop = (share * (self.frames - 1) for share in signs.MIDDLE)
        return int(np.ceil(start)), int(np.floor(stop)) + 1

    def draw(self) -> Iterator[Moment]:
        """The clip, frame by frame."""
        chance = self.chance()
        chance.uniform()  # the tempo's
        shares = np.linspace(0, 1, self.frames)
        sign, dominant = signs.SIGNS[self.gloss], 0 if self.signer.left_handed else 1
        # The other hand follows the dominant one's chances, a little later: two hands of one person.
        motions = {dominant: move(sign.dominant, shares, self.signer, chance)}
        if sign.other:
            late = np.clip(shares - self.signer.lag * np.sin(np.pi * shares), 0, 1)
            motions[1 - dominant] = move(sign.other, late, self.signer, chance)
        drawer = _Drawer(self, motions, chance)
        for frame in range(self.frames):
            yield drawer.moment(frame)


class _Drawer:
    """What the frames of one clip share."""

    def __init__(self, clip: Performance, motions: dict[int, Motion], chance: np.random.Generator) -> None:
        look = clip.signer.look
        self.look, self.motions = look, motions
        self.camera = look.camera(clip.width, clip.height)
        self.light, self.colors, self.skin = LIGHTS[look.light], look.colors, SKINS[look.skin]
        self.plate = plate(look, clip.width, clip.height, tuple(side for side in (0, 1) if side not in motions))
        frames = np.arange(clip.frames) / clip.fps
        phases = chance.uniform(0, 2 * np.pi, 2)
        self.sway = np.stack([0.40 * np.sin(2.2 * frames + phases[0]), 0.27 * np.sin(3.5 * frames + phases[1])], axis=1)
        blink = chance.uniform(0.2, 3.0)
        self.blinking = np.abs(frames - blink) < 0.09
        self.noise = chance.standard_normal((clip.height + 64, clip.width + 64), dtype=np.float32) * np.float32(NOISE)
        self.grain = chance.integers(0, 64, (clip.frames, 2))

    def moment(self, frame: int) -> Moment:
        sway = self.sway[frame] * self.camera.scale
        camera = replace(self.camera, x=self.camera.x + sway[0], y=self.camera.y + sway[1])
        picture, mask = _place(self.plate, bool(self.blinking[frame]), sway)
        solids, hands = list[Solid](), list[tuple[Pose, Skin]]()
        joints = np.full((2, 21, 3), np.nan, np.float32)
        x0, y0, x1, y1 = _extent(mask)
        for number, (slot, motion) in enumerate(sorted(self.motions.items())):
            bones = anatomy.hand_joints(motion.angles[frame])
            one, pose = arm(motion.wrists[frame], motion.axes[frame], bones, self.look, SIDES[slot], number)
            solids += one
            hands.append((pose, self.skin))
            points = camera.project(pose.place(anatomy.landmarks(bones.joints)))
            size = np.array([camera.width, camera.height])
            if ((points[:, :2] > MARGIN) & (points[:, :2] < size - MARGIN)).all():
                joints[slot] = points
                (x0, y0), (x1, y1) = (
                    np.minimum((x0, y0), points[:, :2].min(axis=0)),
                    np.maximum((x1, y1), points[:, :2].max(axis=0)),
                )
        columns = Solids.of(solids)
        shade_behind(picture, columns, camera, self.light, mask)
        draw(picture, columns, camera, self.light, self.colors, hands=tuple(hands))
        down, right = self.grain[frame]
        image = cv2.GaussianBlur(picture.color, (3, 3), BLUR)
        image += self.noise[down : down + camera.height, right : right + camera.width, None]
        pixels = cv2.convertScaleAbs(np.maximum(image, 0), alpha=255)
        return Moment(pixels, joints, (float(x0), float(y0), float(x1), float(y1)))


def _extent(mask: Floats) -> tuple[float, float, float, float]:
    columns, rows = np.flatnonzero(mask.max(axis=0) > 0.5), np.flatnonzero(mask.max(axis=1) > 0.5)
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _place(base: Plate, blinking: bool, sway: Vector) -> tuple[Picture, Floats]:
    """The plate with the body moved by (x, y) pixels before its background, and the body's mask."""
    height, width = base.depth.shape
    shift = floats([[1, 0, sway[0]], [0, 1, sway[1]]])
    body = cv2.warpAffine(
        base.blinking if blinking else base.body, shift, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    depth = cv2.warpAffine(
        base.depth, np.round(shift), (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    mask = body[..., 3]
    color = base.background * (1 - mask[..., None])
    color += body[..., :3]
    return Picture(color, depth), mask
