"""Compressed Flash films (`CWS`) as plain ones (`FWS`): FFmpeg reads the former too, but loses what comes last.

Of a film of 20 small pictures it gave 17, of one with plain pictures none at all. Both forms are in Adobe's SWF
specification: eight bytes of header, the last four the length when plain, then the body, deflated or not.
"""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from chereme.errors import Rejected

HEADER = 8
BLOCK = 1 << 16
MOST = 256_000_000
"""Bytes of a film that is held in memory."""


def unpack_flash(source: Path, target: Path) -> bool:
    """Write a compressed film as the plain one `target`; whether it was one, else nothing is written.

    Raises `Rejected`: `undecodable` when it is broken, ends too early, or holds more than it says.
    """
    if not is_compressed(source):
        return False
    try:
        with target.open("wb") as plain:
            plain.writelines(_unpacked(source))
    except Rejected:
        target.unlink(missing_ok=True)
        raise
    return True


def plain_flash(source: Path) -> io.BytesIO:
    """A compressed film as the plain one, in memory.

    Raises `Rejected` as `unpack_flash` does, and `too_large` for one of more than `MOST` bytes.
    """
    if (length := _length(source)) > MOST:
        raise Rejected("too_large", f"{source.name}: {length / 1e6:.0f} MB when unpacked, above {MOST / 1e6:.0f}")
    return io.BytesIO(b"".join(_unpacked(source)))


def is_compressed(source: Path) -> bool:
    """Whether a file is such a film."""
    with source.open("rb") as file:
        header = file.read(HEADER)
    return header[:3] == b"CWS" and len(header) == HEADER


def _length(source: Path) -> int:
    with source.open("rb") as file:
        return int.from_bytes(file.read(HEADER)[4:], "little")


def _unpacked(source: Path) -> Iterator[bytes]:
    length, count = _length(source), HEADER
    stream = zlib.decompressobj()
    with source.open("rb") as file:
        yield b"F" + file.read(HEADER)[1:]
        try:
            while (block := stream.unconsumed_tail or file.read(BLOCK)) and not stream.eof:
                part = stream.decompress(block, BLOCK)
                count += len(part)
                if count > length:
                    raise Rejected("undecodable", f"{source.name}: more than the {length} bytes it says it has")
                yield part
        except zlib.error as error:
            raise Rejected("undecodable", f"{source.name}: {error}") from None
    if not stream.eof:
        raise Rejected("undecodable", f"{source.name}: its compressed part ends too early")
