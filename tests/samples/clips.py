"""Tracks of two hands at places given in pixels."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chereme.skeleton import HANDS
from chereme.types import Shot, Track
from tests.factories import make_entry, make_media

PALM = 20.0
"""Pixels from wrist to middle-finger MCP of a hand of size 1."""

_random = np.random.default_rng(3)
SHAPE = np.concatenate([np.zeros((1, 3)), _random.uniform(-1, 1, (20, 3))]) * PALM
SHAPE[9] = 0, -PALM, 0

Place = tuple[float, float] | None


def clip(
    right: Sequence[Place],
    left: Sequence[Place] | None = None,
    *,
    index: Sequence[int] | None = None,
    frames: int | None = None,
    first: int = 0,
    fps: float = 25.0,
    size: tuple[int, int] = (320, 240),
    scale: float = 1.0,
    score: float = 0.9,
) -> Track:
    """A hand of `PALM * scale` pixels with its wrist at each place, None where it is unseen; the left one is absent
    unless given. Frames are `first`, `first` + 1, … unless `index` says which."""
    numbers = np.array(index if index is not None else range(first, first + len(right)), np.int64)
    pixels = np.full((len(right), len(HANDS), 3), np.nan)
    for part, places in (("left_hand", left or [None] * len(right)), ("right_hand", right)):
        for row, place in enumerate(places):
            if place is not None:
                pixels[row, HANDS[part]] = SHAPE * scale + (*place, 0)
    points = (pixels / (size[0], size[1], size[0])).astype(np.float32)
    stop = frames if frames is not None else int(numbers[-1]) + 1
    media = make_media(frames=stop, fps=fps, width=size[0], height=size[1])
    return Track(
        shot=Shot(entry=make_entry(), media=media, first=first, stop=stop),
        skeleton=HANDS,
        index=numbers,
        points=points,
        score=np.where(np.isnan(points[..., 0]), 0, score).astype(np.float32),
        seconds=numbers / fps,
        model="test",
    )


def wrist(points: npt.NDArray[np.floating], part: str = "right_hand") -> npt.NDArray[np.floating]:
    return points[:, HANDS[part]][:, 0]
