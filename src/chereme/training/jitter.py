"""Other looks of the pixels that are trained on, drawn anew each epoch; never of those that are judged by."""

from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from chereme.bounds import require
from chereme.training.form import Mask
from chereme.training.loading import cropped
from chereme.types import Bytes

LUMA = np.array((0.299, 0.587, 0.114))
"""What red, green and blue count for brightness (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """How far pixels are changed, alike in all frames of a clip: up to what is said here, evenly; 0 leaves it out."""

    shift: float = 0.08
    """Shares of the picture's side by which the crop lies off the middle, each way."""
    scale: float = 0.15
    """Larger or smaller, as a share."""
    rotate: float = 8.0
    """Degrees, either way."""
    brightness: float = 0.2
    """Lighter or darker, as a share of white."""
    contrast: float = 0.25
    """More or less contrast, as a share."""
    saturation: float = 0.3
    """More or less color, as a share."""
    tint: float = 0.1
    """More or less of each of red, green and blue, as a share."""
    tempo: float = 0.2
    """Clips slower or faster by up to this share, with a beginning or an end left out."""
    flip: float = 0.0
    """Share of clips that are mirrored: none, because that makes right hands left ones."""
    share: float = 0.9
    """Share of clips that are changed at all."""

    def __post_init__(self) -> None:
        shares = [each.name for each in fields(self) if each.name != "rotate"]
        require(self, shares, lambda value: 0 <= value <= 1, "is from 0 to 1", "[jitter] ")
        require(self, ["rotate"], lambda value: 0 <= value <= 90, "is from 0 to 90", "[jitter] ")

    def change(self, pixels: Bytes, size: int, random: np.random.Generator) -> Bytes:
        """Frames (frames, height, width, rgb) in another look, (frames, size, size, rgb)."""
        if random.random() >= self.share:
            return cropped(pixels, size)
        turned = self._placed(pixels, size, random)
        return self._colored(turned, random)

    def paced(self, own: int, frames: int, random: np.random.Generator) -> tuple[npt.NDArray[np.int64], Mask]:
        """Which of a clip's `own` frames are shown, (frames,), repeated from the first to fill, and the mask."""
        if not self.tempo or own < 2 or random.random() >= self.share:
            places = np.arange(own)
        else:
            rate = float(np.exp(random.uniform(-1, 1) * np.log1p(self.tempo)))
            places = np.arange(random.random() * self.tempo * own / 2, own - 0.5, rate).astype(np.int64)
        places = places[:frames]
        return places[np.arange(frames) % len(places)], np.arange(frames) < len(places)

    def _placed(self, pixels: Bytes, size: int, random: np.random.Generator) -> Bytes:
        height, width = pixels.shape[1:3]
        turn, grown, down, across = random.uniform(-1, 1, 4)
        scale = float(np.exp(grown * np.log1p(self.scale)))
        matrix = np.array(
            cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn * self.rotate, scale), np.float64
        )
        moved = np.array((across, down)) * self.shift * size + (size - np.array((width, height))) / 2
        matrix[:, 2] = matrix[:, 2] + moved
        if self.flip and random.random() < self.flip:
            matrix[0] = -matrix[0]
            matrix[0, 2] += size - 1
        drawn = (
            cv2.warpAffine(frame, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for frame in pixels
        )
        return np.stack([np.asarray(frame, np.uint8) for frame in drawn])

    def _colored(self, pixels: Bytes, random: np.random.Generator) -> Bytes:
        """All that happens to a color is one matrix and an offset: a single pass over the pixels."""
        light, gain, color, *tints = random.uniform(-1, 1, 6)
        gain, color = 1 + gain * self.contrast, 1 + color * self.saturation
        mixed = color * np.eye(3) + (1 - color) * LUMA
        matrix = gain * np.diag(1 + np.array(tints) * self.tint) @ mixed
        middle = float(pixels[:, ::4, ::4].mean(axis=(0, 1, 2)) @ LUMA)
        offset = np.full((3, 1), (1 - gain) * middle + 255 * light * self.brightness)
        rows = pixels.reshape(-1, pixels.shape[2], 3)
        return np.asarray(cv2.transform(rows, np.hstack([matrix, offset])), np.uint8).reshape(pixels.shape)
