"""Pictures as H.264 keeps them, planes of brightness and color: cut out, turned and scaled without going by RGB."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from chereme.types import Bytes

SMPTE170M = 6
"""BT.601's number among ITU-T H.273's matrix coefficients, primaries and transfer functions."""
DIRECT = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats whose planes are taken as they are; others are converted to the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colors:
    """What a file states of its colors: numbers of ITU-T H.273, 2 where it states nothing."""

    matrix: int = SMPTE170M
    primaries: int = SMPTE170M
    transfer: int = SMPTE170M
    full: bool = False
    """Whether brightness takes 0 to 255 instead of 16 to 235."""


BT601 = Colors()
"""What is stated of pictures that were RGB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """A picture at 4:2:0, uint8: colors at half its width and height, rounded up."""

    brightness: Bytes = field(repr=False)
    """(height, width)."""
    blue: Bytes = field(repr=False)
    red: Bytes = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.brightness.shape

    def cut(self, box: tuple[int, int, int, int]) -> "Planes":
        """The part within x0, y0, x1, y1, of which x0 and y0 are even."""
        x0, y0, x1, y1 = box
        half = slice(y0 // 2, (y1 + 1) // 2), slice(x0 // 2, (x1 + 1) // 2)
        return Planes(brightness=self.brightness[y0:y1, x0:x1], blue=self.blue[half], red=self.red[half])

    def scaled(self, width: int, height: int) -> "Planes":
        """The picture at another size, both even."""
        way = cv2.INTER_AREA if width < self.shape[1] else cv2.INTER_CUBIC
        half = width // 2, height // 2
        return Planes(
            brightness=np.asarray(cv2.resize(self.brightness, (width, height), interpolation=way), np.uint8),
            blue=np.asarray(cv2.resize(self.blue, half, interpolation=way), np.uint8),
            red=np.asarray(cv2.resize(self.red, half, interpolation=way), np.uint8),
        )

    def frame(self) -> VideoFrame:
        """A frame to encode; an odd side grows by one and repeats its last row or column."""
        height, width = self.shape
        frame = VideoFrame(width + width % 2, height + height % 2, "yuv420p")
        for plane, part in zip(frame.planes, (self.brightness, self.blue, self.red), strict=True):
            rows = _rows(plane)
            rows[: part.shape[0], : part.shape[1]] = part
            rows[: part.shape[0], part.shape[1] : plane.width] = part[:, -1:]
            rows[part.shape[0] : plane.height] = rows[part.shape[0] - 1]
        return frame


def colors(picture: VideoFrame) -> Colors:
    """What is to be stated of the planes that `Splitter` makes of a picture."""
    if _is_rgb(picture):
        return BT601
    return Colors(
        matrix=picture.colorspace, primaries=picture.color_primaries, transfer=picture.color_trc, full=_is_full(picture)
    )


class Splitter:
    """Pictures to upright planes of one size; the memory of a picture's planes is the picture's own."""

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._convert = VideoReformatter()

    def __call__(self, picture: VideoFrame) -> Planes:
        """A picture's planes; one of another size, as in streams that change it midway, is scaled."""
        turns = round(picture.rotation / 90) % 4
        width, height = self._size if turns % 2 == 0 else self._size[::-1]
        if picture.format.name not in DIRECT or (picture.width, picture.height) != (width, height):
            rgb, full = _is_rgb(picture), _is_full(picture)
            picture = self._convert.reformat(
                picture,
                width=width,
                height=height,
                format="yuv420p",
                dst_colorspace=Colorspace.ITU601 if rgb else None,
                src_color_range=None if rgb else ColorRange.JPEG if full else ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
                threads=1,
            )
        brightness, blue, red = (_rows(plane)[: plane.height, : plane.width] for plane in picture.planes)
        if turns:
            brightness, blue, red = (np.rot90(part, turns) for part in (brightness, blue, red))
        return Planes(brightness=brightness, blue=blue, red=red)


def _rows(plane: VideoPlane) -> Bytes:
    """(height, bytes a row) of a plane, to read and to write."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)


def _is_rgb(picture: VideoFrame) -> bool:
    return picture.format.is_rgb or picture.format.name.startswith(("pal8", "gray", "mono"))


def _is_full(picture: VideoFrame) -> bool:
    if _is_rgb(picture):
        return False
    return picture.format.name.startswith("yuvj") or picture.color_range == ColorRange.JPEG
