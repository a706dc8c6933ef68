"""A file that is still arriving: what of it is surely on the disk, and how to tell that the rest fits it.

Beside the bytes lies a note with the host's validator (a strong ETag, or a date of change that is old enough), the
whole length, and how many bytes were flushed to the disk. Going on starts from the flushed bytes, so that after a
power cut no block of zeros is taken for video; and only when the host says by the validator that the file is the same.
"""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from chereme.store import write_json

log = logging.getLogger(__name__)

FLUSH_BYTES, FLUSH_SECONDS = 4 << 20, 1.0
"""How much is written, or how long, until it is flushed."""

OLD_ENOUGH = 60.0
"""Seconds by which a date of change must precede the answer to stand for one version (RFC 9110, section 8.8.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is there of a file."""

    size: int
    validator: str
    total: int | None
    """The whole file's length, where the host said it."""


class Partial:
    """The bytes below `folder` of a file known by its mark."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.path = folder / f"{mark}.part"
        self._note = folder / f"{mark}.json"

    def held(self, url: str) -> Held | None:
        """What can be gone on from; None when there is nothing, or nothing that can be told to be the same file."""
        try:
            note = json.loads(self._note.read_bytes())
            size = min(int(note["flushed"]), self.path.stat().st_size)
            if note["url"] != url or not note["validator"] or size <= 0:
                return None
            return Held(size=size, validator=str(note["validator"]), total=note["total"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def stated(self) -> bool:
        """Whether the host said how long the file is, so that what is here is as long as that."""
        try:
            return json.loads(self._note.read_bytes())["total"] is not None
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @contextmanager
    def writing(self, url: str, *, at: int, validator: str, total: int | None) -> Iterator["Writer"]:
        """Write from byte `at` on; what follows it is cut off. What came is flushed and noted, however it ends."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        note = {"url": url, "validator": validator, "total": total}
        if not at:
            self.remove()
        with self.path.open("r+b" if at else "wb") as file:
            file.truncate(at)
            file.seek(at)
            writer = Writer(file, self._note, note, at)
            writer.flush()
            try:
                yield writer
            finally:
                writer.flush()

    def remove(self) -> None:
        """Forget it; the note first, because bytes without a note count for nothing."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


class Writer:
    """Appends, and flushes now and then."""

    def __init__(self, file: BinaryIO, path: Path, note: dict[str, Any], size: int) -> None:
        self._file, self._path, self._note = file, path, note
        self.size = self._flushed = size
        self._when = time.monotonic()

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)
        self.size += len(data)
        if self.size - self._flushed >= FLUSH_BYTES or time.monotonic() - self._when >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Put all on the disk, then say so."""
        self._file.flush()
        os.fsync(self._file.fileno())
        write_json(self._path, {**self._note, "flushed": self.size})
        self._flushed, self._when = self.size, time.monotonic()


def validator(etag: str | None, modified: str | None, date: str | None) -> str:
    """What stands for this very version of a file in `If-Range`; empty where the host gives nothing that does."""
    if etag and not etag.startswith("W/"):
        return etag
    try:
        if modified and date:
            age = parsedate_to_datetime(date) - parsedate_to_datetime(modified)
            return modified if age.total_seconds() >= OLD_ENOUGH else ""
    except (TypeError, ValueError):
        pass
    return ""
