"""What a file is, counted and tried rather than believed."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected
from chereme.frames.container import MOST_PIXELS
from chereme.frames.timeline import MOST_FRAMES, timeline
from chereme.types import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too large to be a clip or a recording of one person signing."""

    most_pixels: int = MOST_PIXELS
    """Largest picture, width times height in pixels; 8K by default."""
    most_hours: float = 12.0
    """Longest file, in hours."""
    most_frames: int = MOST_FRAMES
    """Most frames of a file; by default 12 hours of 69 a second."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probed:
    """A file's facts, and when each of its frames is shown."""

    media: Media
    """`whole` is provisional: resolving an entry's span settles it."""
    seconds: npt.NDArray[np.float64] = field(repr=False)
    """(frames,) display time, 0 at the first frame."""


def probe(path: Path, limits: Limits | None = None) -> Probed:
    """Open a file, count its frames and decode the first of them, to be sure that it can be.

    Raises `Rejected`: `missing_file`, `empty_file`, `not_a_video`, `no_video_stream`, `no_frames`, `undecodable`, or
    `too_large` and `too_long` for a file beyond the limits.
    """
    limits = limits or Limits()
    line = timeline(path, limits.most_pixels, limits.most_frames)
    if not len(line) and line.pts is not None:
        raise Rejected("no_frames", path.name)
    if line.size is None or not len(line):
        raise Rejected("undecodable", f"{path.name}: the decoder gives no picture")
    width, height = line.size
    if width * height > limits.most_pixels:
        raise Rejected("too_large", f"{path.name}: {width}×{height}, above {limits.most_pixels} pixels")
    if line.stop > limits.most_hours * 3600:
        raise Rejected("too_long", f"{path.name}: {line.stop / 3600:.1f} hours, above {limits.most_hours:g}")
    media = Media(
        path=path,
        bytes=path.stat().st_size,
        width=width,
        height=height,
        fps=round(line.fps, 6),
        frames=len(line),
        seconds=round(line.stop, 6),
        whole=False,
    )
    return Probed(media=media, seconds=line.seconds)
