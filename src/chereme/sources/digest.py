"""Files with the same bytes."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digests(paths: Iterable[Path]) -> dict[Path, str]:
    """SHA-256 by path, of those files alone that share their size with another: no others can have a twin.

    A path given twice counts once.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(paths):
        by_size[path.stat().st_size].append(path)
    return {path: digest(path) for same in by_size.values() if len(same) > 1 for path in same}
