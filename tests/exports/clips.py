"""Little videos of colored squares for hands, with the tracks that belong to them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chereme.frames.encode import write_video
from chereme.skeleton import HANDS
from chereme.types import Quality, Sample, Shot, Split, Track
from tests.factories import make_entry
from tests.samples.clips import SHAPE, Place, clip

RED, BLUE = (220, 40, 40), (40, 40, 220)
"""The right and the left hand."""


def gray(frame: int) -> int:
    """The background of a frame, so that a picture says which frame it is of."""
    return 60 + 4 * frame


def squares(path: Path, right: Sequence[Place], left: Sequence[Place] | None = None, **facts: Any) -> Track:
    """A video at `path` with a red square over the right hand and a blue one over the left, and its track."""
    track = clip(right, left, **facts)
    media = track.shot.media
    frames = []
    for frame in range(media.frames):
        pixels = np.full((media.height, media.width, 3), gray(frame), np.uint8)
        if frame in track.index:
            points = track.points[track.index.tolist().index(frame)]
            for part, color in (("left_hand", BLUE), ("right_hand", RED)):
                hand = points[HANDS[part], :2] * (media.width, media.height)
                if not np.isnan(hand).any():
                    x0, y0, x1, y1 = (round(edge) for edge in (*hand.min(axis=0), *hand.max(axis=0)))
                    pixels[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = color
        frames.append(pixels)
    write_video(path, frames, media.fps, crf=8)
    return replace(track, shot=replace(track.shot, media=replace(media, path=path)))


def sample(track: Track, id: str = "a", gloss: str = "book", label: int = 0, split: Split | None = None) -> Sample:
    shot = track.shot
    entry = make_entry(id, gloss, split=split)
    return Sample(
        track=replace(track, shot=Shot(entry=entry, media=shot.media, first=shot.first, stop=shot.stop)),
        label=label,
        quality=Quality(frames=1, seen={}, any_hand=1, longest_gap=0, jitter=0, hand_px=20, score=0.9),
    )


def extent(scale: float = 1.0) -> tuple[float, float, float, float]:
    """Least x, least y, greatest x and greatest y of a hand, from its wrist."""
    low, high = SHAPE.min(axis=0) * scale, SHAPE.max(axis=0) * scale
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
