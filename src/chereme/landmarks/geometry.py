"""Square regions of an image, turned upright: cutting them out, and bringing points back.

Coordinates are MediaPipe's on the CPU (image_to_tensor_converter_opencv.cc): the region's corners fall on the corners
(0, 0) and (side, side) of the cut, and whole numbers are centers of pixels on both sides.
"""

from dataclasses import dataclass
from math import cos, floor, hypot, pi, sin

import cv2
import numpy as np
import numpy.typing as npt

from chereme.types import Bytes, Floats


@dataclass(frozen=True, slots=True)
class Region:
    """A square of an image, pixels: its center, the length of a side, and how far it is turned clockwise, radians."""

    x: float
    y: float
    size: float
    rotation: float = 0.0

    def shifted(self, down: float) -> "Region":
        """Moved along its own downward axis by so many pixels."""
        return Region(self.x - down * sin(self.rotation), self.y + down * cos(self.rotation), self.size, self.rotation)


def upright(x: float, y: float) -> float:
    """How far an arrow (x, y), y downward, is turned clockwise from pointing up: radians, -pi <= angle < pi."""
    return wrapped(float(np.arctan2(x, -y)))


def wrapped(angle: float) -> float:
    """The same angle in -pi <= angle < pi, radians."""
    return angle - 2 * pi * floor((angle + pi) / (2 * pi))


def aligned(center: npt.NDArray[np.floating], edge: npt.NDArray[np.floating], larger: float) -> Region:
    """The region around a circle, so many times its size, turned so that center (x, y, …) to edge points up."""
    x, y = float(edge[0] - center[0]), float(edge[1] - center[1])
    return Region(float(center[0]), float(center[1]), 2 * larger * hypot(x, y), upright(x, y))


def letterbox(width: int, height: int) -> Region:
    """The smallest upright square around a whole image."""
    return Region(width / 2, height / 2, max(width, height))


def cut(image: Bytes, region: Region, side: int, *, black: bool = False, exact: bool = False) -> Bytes:
    """What lies in a region, (side, side, rgb), by one bilinear step from the image.

    Beyond the image's edge it repeats the edge, or is black: MediaPipe has the former for hands, the latter for palms.
    `exact` takes places in 32nds of a pixel, as OpenCV did before version 5 and MediaPipe does: the values differ by 1
    at most, but the body network's points move by 0.1 % of the shoulders' width. It takes two and a half times as long.
    """
    border = cv2.BORDER_CONSTANT if black else cv2.BORDER_REPLICATE
    matrix = region_to_image(region, side)
    if exact:
        return np.asarray(cv2.remap(image, *_fixed(matrix, side), cv2.INTER_LINEAR, borderMode=border))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=flags, borderMode=border))


_BITS, _SUB = 15, 5
"""Fractional bits of places while they are added up, and those that OpenCV's fixed-point maps keep."""


def _fixed(matrix: npt.NDArray[np.float64], side: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """OpenCV's fixed-point maps of an affine one: whole pixels (side, side, xy), and 32nds of x and of y in one."""
    steps = np.arange(side)
    across = np.rint(matrix[:, 0, None] * steps * 2**_BITS).astype(np.int32)
    down = np.rint((matrix[:, 1, None] * steps + matrix[:, 2, None]) * 2**_BITS).astype(np.int32)
    places = across[:, None, :] + (down + (1 << _BITS - _SUB - 1))[:, :, None] >> _BITS - _SUB
    x, y = places & (1 << _SUB) - 1
    return np.ascontiguousarray((places >> _SUB).transpose(1, 2, 0), np.int16), (y << _SUB | x).astype(np.uint16)


def share_inside(region: Region, width: int, height: int) -> float:
    """How much of a region, taken as upright, lies in an image of so many pixels: 0..1."""
    half = region.size / 2
    wide = min(region.x + half, width) - max(region.x - half, 0)
    high = min(region.y + half, height) - max(region.y - half, 0)
    return max(wide, 0) * max(high, 0) / region.size**2 if region.size > 0 else 0.0


def region_to_image(region: Region, side: float) -> npt.NDArray[np.float64]:
    """(2, 3) affine map from coordinates 0..side within a region to the image's pixels."""
    scale = region.size / side
    c, s = scale * cos(region.rotation), scale * sin(region.rotation)
    half = side / 2
    return np.array([[c, -s, region.x - half * (c - s)], [s, c, region.y - half * (s + c)]])


def to_image(points: npt.NDArray[np.floating], region: Region, side: float) -> Floats:
    """(points, xy) or (points, xyz) within a region, 0..side, to the image's pixels; z is scaled alike."""
    matrix = region_to_image(region, side)
    placed = points.astype(np.float64)
    placed[..., :2] = points[..., :2] @ matrix[:, :2].T + matrix[:, 2]
    placed[..., 2:] *= region.size / side
    return placed.astype(np.float32)


def to_region(points: npt.NDArray[np.floating], region: Region, side: float) -> Floats:
    """The way back of `to_image`."""
    matrix = region_to_image(region, side)
    placed = points.astype(np.float64)
    placed[..., :2] = (points[..., :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    placed[..., 2:] *= side / region.size
    return placed.astype(np.float32)


def distance(a: Region, b: Region) -> float:
    """Between the centers of two regions, pixels."""
    return hypot(a.x - b.x, a.y - b.y)
