"""Zip archives, read on demand and without trust in their names, sizes or checksums."""

import errno
import lzma
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj

from chereme.errors import OutputError, Rejected
from chereme.sources.found import Found

BLOCK = 1 << 20
"""Bytes read at a time."""

LONGEST_PATH, LONGEST_PART = 1024, 255
"""Bytes in a member's path, and in one part of it: what common file systems hold, less room for the folder above."""


BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError)
"""What zipfile raises for an archive that is not as it says: RuntimeError for encryption and unknown methods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too large to be a video that one would want to unpack or open."""

    most_gigabytes: float = 8.0
    """Largest file or archive member, in 10⁹ bytes, unpacked."""
    most_ratio: float = 100.0
    """Largest ratio of unpacked to packed size of an archive member; videos hardly shrink, so more is a zip bomb."""
    most_unpacked_gigabytes: float = 1000.0
    """Most that is unpacked from archives in all, in 10⁹ bytes; clips whose files would bring more are rejected."""


def fetch(found: Found, unpacked: Path, limits: Limits | None = None) -> Path:
    """The path of a file, unpacked below the folder `unpacked` first if it lies in an archive.

    A member is written aside, checked against its CRC and renamed; one that is there with the right bytes is left as it
    is. Raises `Rejected`: `missing_file`, `too_large`, `unsafe_name` (a member or link that leaves its folder, control
    characters), `undecodable` (a wrong CRC, encryption, an unknown method); `OutputError` where the disk is at fault.
    """
    limits = limits or Limits()
    if found.size > limits.most_gigabytes * 1e9:
        detail = f"{_shown(found.name)}: {found.size / 1e9:.1f} GB, above {limits.most_gigabytes:g}"
        raise Rejected("too_large", detail)
    if found.packed:
        return _unpack(found, unpacked, limits)
    if not found.inside():
        raise Rejected("unsafe_name", f"{_shown(found.name)} leads out of its folder")
    if not found.path.is_file():
        raise Rejected("missing_file", f"{_shown(found.name)} is gone")
    return found.path


class Room:
    """How much may still be unpacked: told of one file after the other, each counted once."""

    def __init__(self, limits: Limits) -> None:
        self._most, self._left = limits.most_unpacked_gigabytes, limits.most_unpacked_gigabytes * 1e9
        self._known: set[Found] = set()

    def refused(self, found: Found) -> Rejected | None:
        """Why a file may not be unpacked as well; None where it may, or need not be."""
        if not found.packed or found in self._known:
            return None
        if found.size > self._left:
            detail = f"{_shown(found.name)}: more than {self._most:g} GB would be unpacked in all"
            return Rejected("too_large", detail)
        self._left -= found.size
        self._known.add(found)
        return None


def safe_name(name: str) -> str | None:
    """A member's name as a relative path with slashes; None for one that is absolute, climbs, or hides something."""
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    plain = "/".join(parts)
    if not plain or not plain.isprintable() or len(os.fsencode(plain)) > LONGEST_PATH:
        return None
    if any(part in ("", "..") or ":" in part or len(os.fsencode(part)) > LONGEST_PART for part in parts):
        return None
    return plain


def crc32(found: Found) -> int:
    """CRC-32 of the bytes: as the archive's directory states it, or computed."""
    if found.packed:
        return _directory(found.root, found.root.stat().st_mtime_ns)[found.name].CRC
    return _crc32_of(found.path)


def _crc32_of(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            crc = zlib.crc32(block, crc)
    return crc


@lru_cache(maxsize=8)
def _directory(archive: Path, mtime_ns: int) -> dict[str, zipfile.ZipInfo]:
    with zipfile.ZipFile(archive) as file:
        return {member.filename: member for member in file.infolist()}


def _unpack(found: Found, unpacked: Path, limits: Limits) -> Path:
    name = safe_name(found.name)
    try:
        member = _directory(found.root, found.root.stat().st_mtime_ns).get(found.name)
    except (OSError, *BROKEN) as error:
        raise Rejected("missing_file", f"{found.root.name} cannot be read: {error}") from error
    if member is None:
        raise Rejected("missing_file", f"{_shown(found.name)} is no longer in {found.root.name}")
    if name is None or stat.S_ISLNK(member.external_attr >> 16):
        raise Rejected("unsafe_name", f"{_shown(found.name)} in {found.root.name}")
    if member.file_size > limits.most_ratio * max(member.compress_size, 1):
        detail = f"{name} in {found.root.name} grows {member.file_size / max(member.compress_size, 1):.0f} times"
        raise Rejected("too_large", f"{detail}, above {limits.most_ratio:g}")
    # Two archives of one name must not share a folder.
    mark = sha256(os.fsencode(os.path.realpath(found.root))).hexdigest()[:8]
    target = unpacked / f"{found.root.stem}-{mark}" / name
    if target.is_file() and target.stat().st_size == member.file_size and _crc32_of(target) == member.CRC:
        return target
    try:
        unpacked.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {unpacked}: {error.strerror}") from error
    try:
        _write(found, member, target)
    except BROKEN as error:
        raise Rejected("undecodable", f"{name} in {found.root.name}: {error}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise Rejected("unsafe_name", f"{name} in {found.root.name} is a folder and a file") from error
    except OSError as error:
        raise OutputError(f"cannot unpack {name} to {unpacked}: {error.strerror or error}") from error
    return target


def _write(found: Found, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    aside = Path(name)
    try:
        # Reading ends at the stated size, and a wrong CRC raises at its end.
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(found.root) as file:
            with _wrong_data(), file.open(member) as bytes_in:
                copyfileobj(bytes_in, out, BLOCK)
            out.flush()
            os.fsync(out.fileno())  # later runs take a file that is there for whole
        aside.chmod(0o644)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def _wrong_data() -> Iterator[None]:
    """Where the archive sends us out of itself, or bzip2 says in an OSError that data are none of its own."""
    try:
        yield
    except OSError as error:
        if error.errno in (None, errno.EINVAL):
            raise zipfile.BadZipFile(str(error)) from error
        raise


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)
