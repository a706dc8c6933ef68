"""A camera's frame as it comes over the wire: a time and a JPEG, neither of them trusted."""

import re
import struct
from math import isfinite

import cv2
import numpy as np

from chereme.live.limits import Limits
from chereme.types import Bytes

TIME = struct.Struct("<d")
"""Before the JPEG: when the frame was taken, seconds on the sender's own clock."""


FIRST, START, END, SCAN = 0xC0, 0xD8, 0xD9, 0xDA
"""Markers of JPEG (ITU-T T.81, table B.1): the first one used, start and end of the picture, and of a scan; restarts
are the eight before the start."""
SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the segment that states the picture's size."""
NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker within compressed data, where 0xFF is followed by 0, a restart or another 0xFF."""
MOST_SCANS = 32
"""Passes over the picture that a progressive JPEG may take; encoders write 10 or so. 3000 of 12 bytes each, of
1280×1280 pixels, kept the decoder busy for 7.8 s; a megabyte has room for 80 000."""


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
    width, height = size_of(jpeg)  # of the headers alone: nothing is decoded before it is known what that costs
    if not 0 < width * height <= limits.frame_pixels:
        raise BadFrame(f"a frame of {width}×{height}; at most {limits.frame_pixels} pixels are taken")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    if pixels is None or pixels.shape != (height, width, 3):
        raise BadFrame("a frame that cannot be decoded")
    return seconds, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height that a JPEG states, in pixels; raises `BadFrame` for what is none, or takes too many passes.

    It reads markers as libjpeg does but is stricter, so that libjpeg never finds more scans than are counted here.
    """
    size: tuple[int, int] | None = None
    at, scans = 2, 0
    if jpeg[:2] != bytes((0xFF, START)):
        raise BadFrame("a frame that is no JPEG")
    while at + 4 <= len(jpeg) and jpeg[at : at + 2] != bytes((0xFF, END)):
        mark, kind, length = jpeg[at], jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if mark != 0xFF or kind < FIRST or START - 8 <= kind <= END or kind == 0xFF or length < 2:
            raise BadFrame("a frame that is no JPEG")
        if kind in SIZED:
            size = int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])
        at += 2 + length
        if kind == SCAN:
            scans += 1
            found = NEXT.search(jpeg, at)
            at = found.start() if found else len(jpeg)
    if scans > MOST_SCANS:
        raise BadFrame(f"a frame of {scans} scans; at most {MOST_SCANS} are taken")
    if size is None or not scans:
        raise BadFrame("a frame that is no JPEG")
    return size
