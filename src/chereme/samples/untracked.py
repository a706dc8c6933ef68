"""Tracks of no frames, of shots in which nothing was to be tracked."""

from collections.abc import Iterable, Iterator

import numpy as np

from chereme.skeleton import Skeleton
from chereme.types import Shot, Track

UNTRACKED = "none"
"""What stands for the landmark model's fingerprint."""


def tracks_of_no_frames(shots: Iterable[Shot], skeleton: Skeleton) -> Iterator[Track]:
    """A track of no frames for each shot."""
    points = np.zeros((0, len(skeleton), 3), np.float32)
    index, seconds = np.zeros(0, np.int64), np.zeros(0)
    for shot in shots:
        yield Track(
            shot=shot,
            skeleton=skeleton,
            index=index,
            points=points,
            score=points[..., 0],
            seconds=seconds,
            model=UNTRACKED,
        )
