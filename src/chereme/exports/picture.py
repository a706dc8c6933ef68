"""A square cut out of a frame: where it lies, its pixels at the size asked for, and their JPEG."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from chereme.types import Bytes

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, half-open; may reach over the border of an image smaller than it."""

LEAST_SIDE = 16
"""Pixels. A hand edge-on or mostly outside the image is no reason to enlarge a few pixels to a picture."""


def square_around(places: npt.NDArray[np.float64], margin: float, width: int, height: int) -> Box:
    """The square around all seen points (points, xy) within the image, grown by the margin.

    At the border it is moved inwards, so that the picture holds as much of the image as it can. It is not grown beyond
    the image's shorter side; a square that is larger even so is centered on the image along that axis.
    """
    seen = np.clip(places[~np.isnan(places).any(axis=1)], 0, (width, height))
    least, greatest = seen.min(axis=0), seen.max(axis=0)
    extent = float((greatest - least).max())
    side = max(min(round(extent * (1 + 2 * margin)), max(round(extent), min(width, height))), LEAST_SIDE)
    x0, y0 = (
        min(max(round(center - side / 2), 0), most - side) if side <= most else (most - side) // 2
        for center, most in zip(((least + greatest) / 2).tolist(), (width, height), strict=True)
    )
    return x0, y0, x0 + side, y0 + side


def square_of(image: Bytes, box: Box, size: int) -> Bytes:
    """(size, size, rgb) of what a square box shows, black where it reaches over the border."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = box
    inner: npt.NDArray[Any] = image[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    inner = cv2.copyMakeBorder(
        inner, max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0), cv2.BORDER_CONSTANT, value=(0, 0, 0)
    )
    way = cv2.INTER_AREA if size < x1 - x0 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(inner, (size, size), interpolation=way), np.uint8)


def encoded(image: Bytes, quality: int) -> bytes:
    """A JPEG of a picture (height, width, rgb), by its quality 1 to 100."""
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"OpenCV could not encode a picture of {image.shape}")
    return bytes(jpeg)
