"""Boxes of the MP4 family (ISO/IEC 14496-12): where they lie, and making and changing them."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

HOLDING = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"dinf", b"moof", b"traf", b"mvex", b"mfra")
"""Boxes that hold boxes."""


class Box(NamedTuple):
    """One box."""

    path: str
    """Its kind after those it lies in: 'moov.trak.mdia'."""
    start: int
    stop: int
    body: int
    """Where what it holds begins."""


def boxes(data: bytes, start: int = 0, stop: int | None = None, above: str = "") -> Iterator[Box]:
    """All boxes of a whole file, each before those in it."""
    at, stop = start, len(data) if stop is None else stop
    while at + 8 <= stop:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = stop if length == 0 else at + length
        path = f"{above}.{kind.decode('latin-1')}".lstrip(".")
        yield Box(path, at, end, at + 8)
        if kind in HOLDING:
            yield from boxes(data, at + 8, end, path)
        if kind == b"stsd":
            entry = at + 16
            size, codec = struct.unpack(">I4s", data[entry : entry + 8])
            yield Box(f"{path}.{codec.decode('latin-1')}", entry, entry + size, entry + 8)
            yield from boxes(data, entry + 86, entry + size, f"{path}.{codec.decode('latin-1')}")
        at = end


def find(data: bytes, path: str) -> Box:
    """The first box whose path ends so."""
    return next(box for box in boxes(data) if box.path.endswith(path))


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def patched(data: bytes, path: str, at: int, new: bytes) -> bytes:
    """A file with other bytes at a place in a box's body."""
    start = find(data, path).body + at
    return data[:start] + new + data[start + len(new) :]


def replaced(data: bytes, path: str, new: bytes) -> bytes:
    """A file with another box in one's place, the lengths of those around it made right, and offsets of chunks too."""
    old = find(data, path)
    grown = len(new) - (old.stop - old.start)
    out = bytearray(data[: old.start] + new + data[old.stop :])
    for each in boxes(data):
        if each.start < old.start and each.stop >= old.stop:
            out[each.start : each.start + 4] = struct.pack(">I", each.stop - each.start + grown)
    whole = bytes(out)
    if grown and find(data, "moov").start < find(data, "mdat").start:
        for offsets in [each for each in boxes(whole) if each.path.endswith("stco")]:
            if new[4:8] == b"stco":
                continue
            count = struct.unpack(">I", whole[offsets.body + 4 : offsets.body + 8])[0]
            chunks = struct.unpack(f">{count}I", whole[offsets.body + 8 : offsets.body + 8 + 4 * count])
            moved = struct.pack(f">{count}I", *(chunk + grown for chunk in chunks))
            whole = whole[: offsets.body + 8] + moved + whole[offsets.body + 8 + 4 * count :]
    return whole
