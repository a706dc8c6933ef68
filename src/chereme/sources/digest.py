"""Files with the same bytes."""

from collections import defaultdict
from collections.abc import Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from chereme.sources.archive import crc32
from chereme.sources.found import Found


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digests(found: Mapping[str, Found]) -> dict[str, str]:
    """A digest by id of those files alone that share their size with another: no others can have a twin.

    SHA-256 of the bytes; where files lie in archives, which state a CRC-32 of each member, that and the size, so that
    nothing is unpacked to compare.
    """
    packed = any(file.packed for file in found.values())
    by_size: dict[int, dict[Found, str]] = defaultdict(dict)
    for file in found.values():
        by_size[file.size][file] = ""
    for size, same in by_size.items():
        if len(same) > 1:
            for file in same:
                stated = f"{size} {crc32(file)}".encode()
                same[file] = sha256(stated).hexdigest() if packed else digest(file.path)
    return {id: mark for id, file in found.items() if (mark := by_size[file.size][file])}
