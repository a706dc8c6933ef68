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
from chereme.synth.person import Box, Plate, plate
from chereme.synth.render import NOTHING, Picture, draw, shade_behind
from chereme.synth.signer import Signer
from chereme.synth.solids import Solid, Solids
from chereme.types import Bytes, Floats

MARGIN = 2.0
"""Pixels from the image's edge within which a joint makes its hand count as not visible."""
BLUR, NOISE = 0.5, 0.010
"""The camera's: standard deviations in pixels, and in shares of full brightness."""
GRAIN_SLACK, GRAIN_LEVEL = 64, 16
"""Each frame takes its grain from another place of a field this much larger; what is added to keep grain positive."""
BLINK = 0.18
"""Seconds."""


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
    box: Box
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
        self.blinking = np.abs(frames - blink) < BLINK / 2
        size = (clip.height + GRAIN_SLACK, clip.width + GRAIN_SLACK, 3)
        grain = chance.standard_normal(size, dtype=np.float32) * np.float32(NOISE * 255) + GRAIN_LEVEL
        self.grain = np.clip(np.round(grain), 0, 255).astype(np.uint8)
        self.level = np.full((clip.height, clip.width, 3), GRAIN_LEVEL, np.uint8)
        self.grain_place = chance.integers(0, GRAIN_SLACK, (clip.frames, 2))

    def moment(self, frame: int) -> Moment:
        sway = self.sway[frame] * self.camera.scale
        camera = replace(self.camera, x=self.camera.x + sway[0], y=self.camera.y + sway[1])
        picture, mask = _place(self.plate, bool(self.blinking[frame]), sway)
        solids, hands = list[Solid](), list[tuple[Pose, Skin]]()
        joints = np.full((2, 21, 3), np.nan, np.float32)
        for number, (slot, motion) in enumerate(sorted(self.motions.items())):
            bones = anatomy.hand_joints(motion.angles[frame])
            one, pose = arm(motion.wrists[frame], motion.axes[frame], bones, self.look, SIDES[slot], number)
            solids += one
            hands.append((pose, self.skin))
            points = camera.project(pose.place(anatomy.landmarks(bones.joints)))
            if (points[:, :2] > MARGIN).all() and (
                points[:, :2] < (camera.width - MARGIN, camera.height - MARGIN)
            ).all():
                joints[slot] = points
        moving = Solids.of(solids)
        shade_behind(picture, moving, camera, self.light, mask, self.plate.left)
        draw(picture, moving, camera, self.light, self.colors, hands=tuple(hands))
        return Moment(self._film(picture, frame), joints, _around(self.plate.box, sway, joints))

    def _film(self, picture: Picture, frame: int) -> Bytes:
        """What a camera makes of a picture: a little blur, and grain that is another in every frame."""
        down, right = self.grain_place[frame]
        height, width = picture.depth.shape
        image = cv2.GaussianBlur(cv2.convertScaleAbs(picture.color, alpha=255), (3, 3), BLUR)
        image = cv2.add(image, self.grain[down : down + height, right : right + width])
        return np.asarray(cv2.subtract(image, self.level), np.uint8)


def _around(body: Box, sway: Vector, joints: Floats) -> Box:
    """The box of the swayed body and the visible hands."""
    corners = np.array(body).reshape(2, 2) + sway
    points = np.concatenate([corners, joints[..., :2].reshape(-1, 2)])
    (x0, y0), (x1, y1) = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _place(base: Plate, blinking: bool, sway: Vector) -> tuple[Picture, Floats]:
    """The person moved by `sway` (x, y) pixels before the background, and the body's mask in the plate's columns."""
    size = base.depth.shape[::-1]
    shift = np.array([[1, 0, sway[0]], [0, 1, sway[1]]])
    body = cv2.warpAffine(base.blinking if blinking else base.body, shift, size, borderMode=cv2.BORDER_REPLICATE)
    depth = np.full(base.background.shape[:2], NOTHING, np.float32)
    color = base.background.copy()
    columns = slice(base.left, base.left + size[0])
    depth[:, columns] = cv2.warpAffine(
        base.depth, np.round(shift), size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    mask = floats(body[..., 3])
    color[:, columns] *= 1 - mask[..., None]
    color[:, columns] += body[..., :3]
    return Picture(color, depth), mask
