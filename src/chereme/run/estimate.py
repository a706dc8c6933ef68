"""What a run would do: frames to decode, time and disk, from a trial on a few of the very clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from chereme.contracts import LandmarkModel
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


def trial(shots: Sequence[Shot], model: LandmarkModel, plan: FramePlan, device: str = "cpu") -> float:
    """Seconds a frame on one worker, measured on a few clips spread over the list; NaN when there are none."""
    chosen = shots[:: max(1, len(shots) // TRIED)][:TRIED]
    frames = sum(len(plan.frames(shot.first, shot.stop)) for shot in chosen)
    with Extract(model=model, plan=plan, device=device).open() as extract:
        for shot in chosen[:1]:
            extract(shot)  # the first pass of a network is slower
        start = perf_counter()
        for shot in chosen:
            extract(shot)
        return (perf_counter() - start) / frames if frames else float("nan")


def track_bytes(frames: int, points: int) -> int:
    """Size of tracks in columns: index and seconds of 8 bytes a frame, x y z and score of 4 bytes a point."""
    return frames * (16 + points * 16)
