"""Files and folders that appear whole or not at all: written aside, flushed to the disk, then renamed."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes `path`'s place when the block ends well, and goes when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file."""
    with aside(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file, UTF-8 with plain line ends."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a whole JSON file, readable, keys in the order given."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """A new, empty folder to fill, which takes `folder`'s place when the block ends well.

    A folder cannot be replaced in one step: the old one is moved away first, so after a power cut between the two
    renames there may be none, never half of one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for stale in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    temporary.chmod(0o755)
    try:
        yield temporary
        if folder.exists():
            old = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
            folder.rename(old / "old")
            temporary.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
