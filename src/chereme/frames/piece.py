"""A clip that is being cut: its frames and their times, its encoder, and what is in its file in the end."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected
from chereme.frames.encode import Encoder
from chereme.frames.timeline import timeline
from chereme.types import Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A clip's file as it was written."""

    frames: int
    fps: float
    width: int
    height: int
    seconds: float
    how: str
    """`copied`, or `encoded: ` and why."""


@dataclass(slots=True, kw_only=True, eq=False)
class Piece:
    """A clip that is being made."""

    path: Path
    shot: Shot
    box: tuple[int, int, int, int]
    size: tuple[int, int]
    fps: float
    counts: npt.NDArray[np.int64]
    """(frames of the shot,) how often each is shown."""
    times: npt.NDArray[np.int64] | None
    """(frames of the shot,) when each is shown, in `chereme.frames.cut.TICKS`; None at even steps."""
    why: str = ""
    """Why it is encoded and not copied."""
    wanted: npt.NDArray[np.int64] = field(init=False)
    """Frames of the file that are shown, rising."""
    encoder: Encoder | None = None
    open: ExitStack = field(default_factory=ExitStack)
    done: int = 0

    def __post_init__(self) -> None:
        self.wanted = self.shot.first + np.flatnonzero(self.counts)

    def shows(self, frame: int) -> bool:
        """Whether a frame of the file, from the shot's first on, is among its own."""
        return bool(self.counts[frame - self.shot.first])

    def finished(self) -> Made | Rejected:
        """What was made, opened again and its frames counted."""
        if self.done < len(self.wanted):
            return self.failed()
        self.open.close()
        try:
            return self.probed(f"encoded: {self.why}")
        except Rejected as trouble:
            self.path.unlink(missing_ok=True)
            return trouble

    def failed(self) -> Rejected:
        """Nothing is left of it."""
        trouble = Rejected("undecodable", f"{self.done} of {len(self.wanted)} frames of {self.shot.media.path.name}")
        self.open.__exit__(type(trouble), trouble, None)
        return trouble

    def probed(self, how: str) -> Made:
        """The facts as they are in its file; `Rejected` when its frames are not those that were written."""
        copied = how == "copied"  # then the pictures are the file's own
        line = timeline(self.path, sized=not copied)
        size = (self.shot.media.width, self.shot.media.height) if copied else line.size
        expected = int(self.counts.sum())
        if len(line) != expected or size is None:
            raise Rejected("undecodable", f"{self.path.name}: {len(line)} frames where {expected} were written")
        return Made(
            frames=len(line),
            fps=round(self.fps, 6),
            width=size[0],
            height=size[1],
            seconds=round(float(line.seconds[-1]) + 1 / self.fps, 6),
            how=how,
        )


def resampled(seconds: npt.NDArray[np.float64], own: float, fps: float) -> npt.NDArray[np.int64]:
    """(frames,) how often each frame is shown at another rate: the one on screen at the middle of each step.

    The last is on screen for a step of its own rate. At least one frame is shown.
    """
    steps = max(1, round((float(seconds[-1]) + 1 / own) * fps))
    middles = (np.arange(steps) + 0.5) / fps
    # Rounded time stamps must not move a frame to the step before.
    shown = np.maximum(np.searchsorted(seconds, middles + 1e-6, side="right") - 1, 0)
    return np.bincount(shown, minlength=len(seconds))
