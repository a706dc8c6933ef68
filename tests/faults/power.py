"""A power cut: what was not flushed to the disk is lost or torn, of names the last changes."""

import json
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

NEVER = (".lock", "run.log")
"""Files whose loss is nobody's: a lock of a machine that is down, and a log."""
LOSSES = 0.7
"""The share of what was not flushed that is lost."""


def cut(out: Path, notes: Path, chance: random.Random) -> list[str]:
    """Do to the files below a folder what a power cut might have done; gives what was lost.

    A file's bytes stay when `os.fsync` was called after they last changed. A renamed or removed name stays so when its
    folder was flushed afterwards; of the others, in the order in which they happened, some of the last are undone, as
    a journaling file system does it.
    """
    journal = sorted(
        (json.loads(line) for file in notes.glob("journal-*") for line in file.read_text().splitlines()),
        key=lambda each: each["at"],
    )
    return _names(out, journal, chance) + _bytes(out, journal, chance)


def _names(out: Path, journal: list[dict[str, Any]], chance: random.Random) -> list[str]:
    flushed = {each["names"][-1]: each["at"] for each in journal if each["event"] == "flush"}
    changes = [each for each in journal if each["event"] in ("os.rename", "os.remove") and _loose(each, flushed, out)]
    undone = []
    for each in reversed(changes[len(changes) - chance.randint(0, len(changes)) :]):
        first, last = (out / each["names"][place] for place in (0, -1))
        if each["event"] == "os.rename":
            if not last.exists() or last.stat().st_ino != each.get("ino") or not first.parent.is_dir():
                continue  # it never came to this, or a later change stands
            last.rename(first)
        if "lost" in each and not last.exists() and last.parent.is_dir():
            os.link(each["lost"], last)
        undone.append(f"{each['event']} {each['names'][-1]} undone")
    return undone


def _loose(change: dict[str, Any], flushed: dict[str, int], out: Path) -> bool:
    folder = os.path.relpath((out / change["names"][-1]).parent, out)
    return bool(flushed.get(str(out) if folder == "." else folder, 0) < change["at"])


def _bytes(out: Path, journal: list[dict[str, Any]], chance: random.Random) -> list[str]:
    safe = {(each["ino"], each["mtime"], each["size"]) for each in journal if each["event"] == "flushed"}
    torn = []
    for path in sorted(path for path in out.rglob("*") if path.is_file() and path.name not in NEVER):
        stat = path.stat()
        if (stat.st_ino, stat.st_mtime_ns, stat.st_size) not in safe and chance.random() < LOSSES:
            torn.append(f"{path.relative_to(out)} {tear(path, chance)}")
    return torn


def tear(path: Path, chance: random.Random, *, sized: bool = False) -> str:
    """Spoil a file as a lost write does it; gives how. With `sized` it does not keep its size."""
    size = path.stat().st_size
    how = chance.choice(("gone", "empty", "cut off", "zeros", "garbage")[: 3 if sized else 5])
    at = chance.randrange(size) if size else 0
    if how == "gone":
        path.unlink()
    elif how in ("empty", "cut off"):
        os.truncate(path, 0 if how == "empty" else at)
    else:
        with suppress(ValueError), path.open("r+b") as file:
            file.seek(at)
            file.write(bytes(size - at) if how == "zeros" else chance.randbytes(size - at))
    return how
