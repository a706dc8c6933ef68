"""What an entry is called: ids that are safe as file names, ids made from paths, later entries of the same id."""

import os
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePosixPath

from chereme.inert import is_text
from chereme.types import Entry, Reject

LONGEST = 200
"""Bytes: the common limit for a file name is 255, and exports add suffixes and frame numbers."""

_UNSAFE = re.compile(r'[/\\:*?"<>|]')


def trouble(id: str) -> str:
    """Why an id cannot name a file, in words; empty when it can."""
    if id.isascii() and id.isalnum() and len(id) <= LONGEST:
        return ""
    if not id:
        return "is empty"
    if id.startswith("."):
        return "begins with a dot"
    if not id.isprintable() or _UNSAFE.search(id):
        return "holds a slash or another character that file names cannot hold"
    if len(os.fsencode(id)) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return ""


def id_of(path: PurePosixPath, *, suffix: bool = False) -> str:
    """An id for a relative path: 'book/1.mp4' gives 'book-1'; with `suffix` 'book-1~~mp4'.

    Different paths give different ids: parts are joined by '-', and within a part all but letters, digits and '_' is
    written as '~' and the hexadecimal byte, so 'thank you/take-2.mp4' gives 'thank~20you-take~2d2'. Ids that would be
    too long for a file name end in a hash instead.
    """
    parts = [*path.parent.parts, path.stem]
    id = "-".join("".join(map(_plain, part)) for part in parts)
    if suffix:
        id += "~~" + "".join(map(_plain, path.suffix[1:]))
    if len(os.fsencode(id)) <= LONGEST:
        return id
    kept = os.fsencode(id)[: LONGEST - 40].decode(errors="ignore")
    return f"{kept}~~~{sha256(os.fsencode(id)).hexdigest()[:32]}"


def unique(entries: Iterable[Entry]) -> tuple[list[Entry], list[Reject]]:
    """The first entry of each id, and a reject for every later one, and for those with words that are no text."""
    kept: dict[str, Entry] = {}
    rejects = []
    for entry in entries:
        words = (entry.id, entry.gloss, entry.signer or "", entry.source or "", entry.url or "", *entry.files)
        if not all(map(is_text, words)):
            detail = f"gloss {entry.gloss[:60]!a}: words that are no Unicode text, in its metadata or its file's name"
            rejects.append(Reject(id=ascii(entry.id)[1:-1], stage="acquire", reason="unsafe_name", detail=detail))
            continue
        first = kept.setdefault(entry.id, entry)
        if first is not entry:
            detail = f"gloss '{entry.gloss}'; the first has gloss '{first.gloss}'"
            rejects.append(Reject(id=entry.id, stage="acquire", reason="duplicate_id", detail=detail))
    return list(kept.values()), rejects


def _plain(character: str) -> str:
    if character.isalnum() or character == "_":
        return character
    return "".join(f"~{byte:02x}" for byte in os.fsencode(character))
