"""A camera's frame as it comes over the wire: a time and a JPEG, neither of them trusted."""

import io
import struct
import warnings
from math import isfinite

import cv2
import numpy as np
from PIL import Image

from chereme.live.limits import Limits
from chereme.types import Bytes

TIME = struct.Struct("<d")
"""Before the JPEG: when the frame was taken, seconds on the sender's own clock."""


class BadFrame(Exception):
    """A frame that breaks the rules; the message is for the sender."""


def read_frame(data: bytes, limits: Limits) -> tuple[float, Bytes]:
    """The time, and the picture (height, width, rgb), of a message; raises `BadFrame`."""
    if len(data) > limits.frame_bytes + TIME.size:
        raise BadFrame(f"a frame of {len(data)} bytes; at most {limits.frame_bytes} are taken")
    if len(data) <= TIME.size:
        raise BadFrame("a frame is a time (8 bytes) and a JPEG")
    (seconds,) = TIME.unpack_from(data)
    if not isfinite(seconds):
        raise BadFrame("a frame's time must be a finite number of seconds")
    jpeg = data[TIME.size :]
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as head:
            width, height = head.size  # of the header alone: nothing is decoded before its size is known
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise BadFrame("a frame that is no JPEG") from error
    if not 0 < width * height <= limits.frame_pixels:
        raise BadFrame(f"a frame of {width}×{height}; at most {limits.frame_pixels} pixels are taken")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    if pixels is None or pixels.shape != (height, width, 3):
        raise BadFrame("a frame that cannot be decoded")
    return seconds, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
