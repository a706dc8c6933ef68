"""What a run would do: frames to decode, time and disk, from a trial on a few of the very clips."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan
from time import perf_counter

from chereme.contracts import LandmarkModel, Run
from chereme.plan import FramePlan
from chereme.run.jobs import Extract
from chereme.types import Shot

TRIED = 3
"""Clips tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The work ahead."""

    asked: int
    found: int
    finished: int
    """Clips whose tracks are there already."""
    frames: int
    """Frames left to decode and follow."""
    plan: str
    seconds: float
    """Time for these, all workers together."""
    workers: int
    bytes: int
    """Disk for the tracks of all clips found, before compression."""
    exports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A few clips tracked by one worker, one after the other, and thrown away: seconds a frame."""

    job: Extract

    @contextmanager
    def open(self) -> Iterator[Callable[[Sequence[Shot]], float]]:
        """The networks, loaded."""
        with self.job.open() as extract:

            def tried(shots: Sequence[Shot]) -> float:
                extract(shots[0])  # the first pass of a network is slower
                start = perf_counter()
                for shot in shots:
                    extract(shot)
                frames = sum(len(self.job.plan.frames(shot.first, shot.stop)) for shot in shots)
                return (perf_counter() - start) / frames

            yield tried

    def lost(self, input: Sequence[Shot], reason: str = "worker_died") -> float:
        """Not known."""
        return nan


def trial(shots: Sequence[Shot], model: LandmarkModel, plan: FramePlan, run: Run, device: str = "cpu") -> float:
    """Seconds a frame on one worker, measured on a few clips spread over the list; NaN where these kill it."""
    model.fetch()
    chosen = list(shots[:: max(1, len(shots) // TRIED)][:TRIED])  # a catalog's shots do not travel, their values do
    (pace,) = run(_Trial(job=Extract(model=model, plan=plan, device=device)), [chosen])
    return pace


def frames_of(shots: Iterable[Shot], plan: FramePlan) -> int:
    """How many frames a plan asks of shots, all together."""
    lengths = Counter(shot.stop - shot.first for shot in shots)
    return sum(clips * len(plan.frames(0, length)) for length, clips in lengths.items())


def track_bytes(frames: int, points: int) -> int:
    """Size of tracks in columns: index and seconds of 8 bytes a frame, x y z and score of 4 bytes a point."""
    return frames * (16 + points * 16)
