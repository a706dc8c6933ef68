"""What of a clip is loaded: which of its frames, at what size, which crop of them."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected, SettingsError
from chereme.frames import decode, probe
from chereme.training.manifest import Row
from chereme.types import Bytes, Entry, Shot

KINETICS_MEAN = (0.43216, 0.394666, 0.37645)
KINETICS_STD = (0.22803, 0.22145, 0.216989)
"""Of red, green and blue, as shares of 255: what torchvision's video models (R3D, MC3, R2Plus1D) were trained with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What of a clip becomes its tensor."""

    frames: int = 32
    """Frames of every tensor."""
    stride: int = 2
    """Every how many frames of the file one is taken; clips too long for that are spread evenly over their length."""
    pad: Literal["loop", "edge"] = "loop"
    """How shorter clips are filled: from their beginning again, or with their last frame."""
    short_side: int = 128
    """Length in pixels to which a picture's shorter side is brought, the other in proportion."""
    size: int = 112
    """Width and height of the crop, pixels."""
    crop: Literal["center", "random"] = "center"
    """Where the crop lies, the same in all frames of a clip: in the middle, or anywhere."""
    mean: tuple[float, float, float] = KINETICS_MEAN
    """Of each channel, subtracted; channels are shares 0..1."""
    std: tuple[float, float, float] = KINETICS_STD
    """Of each channel, divided by."""
    flip: bool = False
    """Whether every other clip is mirrored, which makes right hands left ones: some signs then mean something else."""

    def __post_init__(self) -> None:
        if self.frames < 1 or self.stride < 1:
            raise SettingsError(f"frames and stride are at least 1, not {self.frames} and {self.stride}")
        if self.pad not in ("loop", "edge"):
            raise SettingsError(f"pad is 'loop' or 'edge', not '{self.pad}'")
        if self.crop not in ("center", "random"):
            raise SettingsError(f"crop is 'center' or 'random', not '{self.crop}'")
        if not 1 <= self.size <= self.short_side:
            raise SettingsError(f"size is from 1 to short-side, {self.short_side}, not {self.size}")
        if min(self.std) <= 0:
            raise SettingsError(f"std is above 0 in each channel, not {self.std}")

    def index(self, length: int) -> npt.NDArray[np.int64]:
        """Which of a clip's `length` frames are taken, (frames,)."""
        taken = np.arange(0, length, self.stride)
        if len(taken) > self.frames:
            return ((np.arange(self.frames) + 0.5) * length / self.frames).astype(np.int64)
        places = np.arange(self.frames)
        places = places % len(taken) if self.pad == "loop" else np.minimum(places, len(taken) - 1)
        return np.asarray(taken[places], np.int64)

    def own(self, length: int) -> int:
        """How many of the frames taken are the clip's own: the first ones; the others repeat some of them."""
        return min(self.frames, -(-length // self.stride))


def watched(row: Row, asked: Loading) -> tuple[Bytes, int]:
    """The frames of a clip, (frames, height, width, rgb), their shorter side `short_side`; and how many are its own.

    Raises `Rejected` where they cannot be decoded.
    """
    media = probe(row.path).media
    stop = media.frames if row.stop is None else row.stop
    if not row.first < stop <= media.frames:
        raise Rejected("span_outside", f"frames {row.first} to {stop} of {media.frames}")
    shot = Shot(entry=Entry(id=row.id, gloss=""), media=media, first=row.first, stop=stop)
    index = row.first + asked.index(stop - row.first)
    needed = np.unique(index)
    found = [resized(pixels, asked.short_side) for window in decode(shot, needed) for pixels in window.pixels]
    if len(found) < len(needed):
        raise Rejected("undecodable", f"{len(found)} of {len(needed)} frames")
    return np.stack(found)[np.searchsorted(needed, index)], asked.own(stop - row.first)


def resized(pixels: Bytes, short_side: int) -> Bytes:
    """A picture (height, width, rgb) brought to a shorter side of so many pixels."""
    height, width = pixels.shape[:2]
    scale = short_side / min(height, width)
    wanted = max(short_side, round(width * scale)), max(short_side, round(height * scale))
    if wanted == (width, height):
        return pixels
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, wanted, interpolation=way), np.uint8)


def cropped(pixels: Bytes, size: int, place: npt.ArrayLike = (0.5, 0.5)) -> Bytes:
    """(frames, size, size, rgb) of frames; `place` is where the crop lies between its ends, down and across, 0..1."""
    down, across = (
        min(int(share * (room + 1)), room)
        for share, room in zip(np.asarray(place), (side - size for side in pixels.shape[1:3]), strict=True)
    )
    return pixels[:, down : down + size, across : across + size]
