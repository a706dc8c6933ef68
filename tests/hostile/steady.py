"""A landmark model that sees the same two hands in every frame it is given: what is kept is what can be decoded.

Of a clip that the environment names it makes its process die as a codec does that goes wrong, or takes all memory.
"""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from chereme.contracts import Follow
from chereme.skeleton import HANDS, Skeleton
from chereme.types import Frames, Track

CRASHES, GREEDY = "HOSTILE_CRASHES", "HOSTILE_GREEDY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """Sees two hands, whatever is shown."""

    @property
    def skeleton(self) -> Skeleton:
        return HANDS

    def fingerprint(self) -> str:
        return "steady"

    def fetch(self) -> None:
        pass

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        points = np.random.default_rng(0).uniform(0.3, 0.7, (len(HANDS), 3)).astype(np.float32)

        def follow(windows: Iterable[Frames]) -> Iterator[Track]:
            for shot, own in groupby(windows, key=lambda window: window.shot):
                _harm(shot.entry.id)
                kept = [(window.index, window.seconds) for window in own]
                index = np.concatenate([index for index, _ in kept])
                yield Track(
                    shot=shot,
                    skeleton=HANDS,
                    index=index,
                    points=np.repeat(points[None], len(index), axis=0),
                    score=np.ones((len(index), len(HANDS)), np.float32),
                    seconds=np.concatenate([seconds for _, seconds in kept]),
                    model=self.fingerprint(),
                )

        yield follow


def _harm(id: str) -> None:
    if id in os.environ.get(CRASHES, "").split():
        os.kill(os.getpid(), signal.SIGSEGV)
    if id in os.environ.get(GREEDY, "").split():
        held = []
        while True:
            held.append(np.ones(8 << 20))
