"""Whether a container's file is all there, told from the lengths that the container itself states.

A cut-off file often still opens and plays up to the cut: an MP4 whose index comes first even counts all its frames.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 16

_MP4 = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))
"""Boxes that a file of the MP4 and QuickTime family may begin with (ISO/IEC 14496-12)."""

_SEGMENT, _EBML = b"\x18\x53\x80\x67", b"\x1a\x45\xdf\xa3"
"""Element numbers of Matroska (RFC 9559 and 8794)."""


def missing_bytes(path: Path) -> int:
    """How many bytes a video file lacks at its end; 0 where it lacks none, or where its container does not tell.

    Told: MP4 and QuickTime, AVI, Matroska and WebM that state a length, FLV, SWF (of compressed ones, 1 when cut off).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        measure = _measure(head)
        return max(0, measure(file, size) - size) if measure else 0


def _measure(head: bytes) -> Callable[[BinaryIO, int], int] | None:
    if head[4:8] in _MP4:
        return _boxes
    if head[:4] == b"RIFF":
        return _riff
    if head[:4] == _EBML:
        return _matroska
    if head[:3] == b"FLV":
        return _flv
    return _swf if head[:3] in (b"FWS", b"CWS") else None


def _boxes(file: BinaryIO, size: int) -> int:
    """Where the last box ends."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if not all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind):
            return at  # bytes after the last box, which players pass over
        if length == 1:
            if len(head) < 16:
                return at + 16
            length = int.from_bytes(head[8:])
        if length == 0:
            return size  # to the end of the file, wherever that is
        if length < 8:
            return at
        at += length
    return at


def _riff(file: BinaryIO, _: int) -> int:
    """Where the first chunk ends; a length of 0 was never filled in."""
    length = int.from_bytes(file.read(8)[4:], "little")
    return length + 8 if 0 < length < 0xFFFFFFFF else 0


def _matroska(file: BinaryIO, size: int) -> int:
    """Where the segment ends."""
    while file.tell() < size:
        name = file.read(4)
        first = file.read(1)
        if not first or not first[0]:
            return 0
        width = 8 - first[0].bit_length()
        value = int.from_bytes(bytes([first[0] & ((0x80 >> width) - 1)]) + file.read(width))
        if name == _SEGMENT:
            unknown = value == (1 << (7 * (width + 1))) - 1
            return 0 if unknown else file.tell() + value
        if name != _EBML:
            return 0
        if file.tell() + value > size:
            return file.tell() + value
        file.seek(value, 1)
    return 0


def _flv(file: BinaryIO, size: int) -> int:
    """Where the last tag ends, less the length that is repeated after it."""
    at = int.from_bytes(file.read(9)[5:9]) + 4
    while at + 11 <= size:
        file.seek(at)
        head = file.read(4)
        if head[0] & 0x1F not in (8, 9, 18):
            return 0
        at += 11 + int.from_bytes(head[1:])
        if at > size:
            return at
        at += 4
    return at + 11 if at < size else 0  # the head of another tag, itself cut off


def _swf(file: BinaryIO, size: int) -> int:
    """The stated length; of a compressed file, whether its stream ends."""
    head = file.read(8)
    if head[:1] == b"F":
        return int.from_bytes(head[4:], "little")
    stream = zlib.decompressobj()
    try:
        while block := file.read(BLOCK):
            stream.decompress(block)
    except zlib.error:
        return 0
    return 0 if stream.eof else size + 1
