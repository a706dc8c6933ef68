"""Shots of a run in which no export asks for a frame to be tracked: no networks, and nothing to judge."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chereme.samples.untracked import UNTRACKED, tracks_of_no_frames
from chereme.skeleton import Skeleton
from chereme.store import Keys, Parts
from chereme.types import Reject, Shot, Track


class Untracked(Parts):
    """Every shot is finished and has a track of no frames."""

    def __init__(self, tracks: Path, skeleton: Skeleton) -> None:
        super().__init__(tracks / UNTRACKED)
        self._skeleton = skeleton

    def __contains__(self, shot: Shot) -> bool:
        return True

    def finished(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """(keys,) all of them."""
        return np.ones(len(keys), bool)

    def read(self, shots: Iterable[Shot]) -> Iterator[Track | Reject]:
        """A track of no frames for each shot."""
        return tracks_of_no_frames(shots, self._skeleton)
