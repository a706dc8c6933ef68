"""Compressed Flash films (`CWS`) as plain ones (`FWS`): FFmpeg reads the former too, but loses what comes last.

Of a film of 20 small pictures it gave 17, of one with plain pictures none at all. Both forms are in Adobe's SWF
specification: eight bytes of header, the last four the length when plain, then the body, deflated or not.
"""

import zlib
from pathlib import Path

from chereme.errors import Rejected

HEADER = 8
BLOCK = 1 << 16


def unpack_flash(source: Path, target: Path) -> bool:
    """Write a compressed film as the plain one `target`; whether it was one, else nothing is written.

    Raises `Rejected`: `undecodable` when it is broken, ends too early, or holds more than it says.
    """
    with source.open("rb") as file:
        header = file.read(HEADER)
        if header[:3] != b"CWS" or len(header) < HEADER:
            return False
        length = int.from_bytes(header[4:], "little")
        stream = zlib.decompressobj()
        try:
            with target.open("wb") as plain:
                plain.write(b"F" + header[1:])
                while (block := stream.unconsumed_tail or file.read(BLOCK)) and not stream.eof:
                    plain.write(stream.decompress(block, BLOCK))
                    if plain.tell() > length:
                        raise Rejected("undecodable", f"{source.name}: more than the {length} bytes it says it has")
            if not stream.eof:
                raise Rejected("undecodable", f"{source.name}: its compressed part ends too early")
        except zlib.error as error:
            target.unlink(missing_ok=True)
            raise Rejected("undecodable", f"{source.name}: {error}") from None
        except Rejected:
            target.unlink(missing_ok=True)
            raise
    return True
