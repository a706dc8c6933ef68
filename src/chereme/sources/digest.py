"""Files with the same bytes."""

from collections import Counter
from collections.abc import Mapping
from hashlib import file_digest, sha256
from io import FileIO
from pathlib import Path

from chereme.sources.archive import crc32
from chereme.sources.found import Found

ENDS = 4096
"""Bytes at either end of a file by which most that share a size are told apart: of a million clips nearly all do."""


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digests(found: Mapping[str, Found]) -> dict[str, str]:
    """A digest by id of those files alone whose bytes another file has too.

    SHA-256 of the bytes; where files lie in archives, which state a CRC-32 of each member, that and the size, so that
    nothing is unpacked to compare. Files that share a size are looked at, first at their ends, then as a whole.
    """
    packed = any(file.packed for file in found.values())
    alike = list(dict.fromkeys(found.values()))
    marks: list[bytes] = []
    for mark in (_size, _stated) if packed else (_size, _ends, _whole):
        all_marks = [mark(file) for file in alike]
        shared = Counter(all_marks)
        alike = [file for file, what in zip(alike, all_marks, strict=True) if shared[what] > 1]
        marks = [what for what in all_marks if shared[what] > 1]
    of_file = dict(zip(alike, marks, strict=True))
    return {id: of_file[file].hex() for id, file in found.items() if file in of_file} if of_file else {}


def _size(file: Found) -> bytes:
    return file.size.to_bytes(8)


def _stated(file: Found) -> bytes:
    return sha256(f"{file.size} {crc32(file)}".encode()).digest()


def _ends(file: Found) -> bytes:
    """Of the size and both ends; of a small file, of all its bytes as `_whole`."""
    with FileIO(f"{file.root}/{file.name}") as content:  # a `Path` would cost as much as reading
        if file.size <= 2 * ENDS:
            return sha256(content.read(2 * ENDS)).digest()
        first = content.read(ENDS)
        content.seek(-ENDS, 2)
        return sha256(file.size.to_bytes(8) + first + content.read(ENDS)).digest()


def _whole(file: Found) -> bytes:
    return bytes.fromhex(digest(file.path))
