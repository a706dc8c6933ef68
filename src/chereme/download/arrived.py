"""What arrived: whether it is a whole video, and where it goes."""

import logging
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from chereme.contracts import Ask
from chereme.download.look import Convert, Look, Seen
from chereme.download.reasons import Failure
from chereme.download.targets import Target
from chereme.errors import Rejected
from chereme.frames.probe import Limits
from chereme.sources import digest
from chereme.sources.found import without_suffix
from chereme.store import aside

log = logging.getLogger(__name__)

CONVERTED = frozenset({".swf", ".mov", ".rm", ".ts", ".gif"})
"""Containers that OpenCV's, browsers' or players' builds often cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file in its place."""

    file: str
    """Below the folder, with slashes."""
    bytes: int
    sha256: str


def settle(received: Path, target: Target, folder: Path, *, convert: bool, limits: Limits, ask: Ask) -> Stored:
    """Check a file and put it in its place under the target's first name, made an MP4 first if need be.

    It appears under its name when it is whole and checked. Raises `Failure`. What was received is not changed, because
    a run that is stopped here goes on from it; it is moved or of no more use when this returns.
    """
    plain, mp4 = (received.with_name(f"{received.name}.{ending}") for ending in ("swf", "mp4"))
    try:
        seen = check(received, limits, ask, plain if convert else None)
        ready, ending = seen.path, seen.ending
        if convert and ending in CONVERTED:
            trouble = ask(Convert(limits=limits), (seen.path, mp4))
            if trouble:
                log.warning("%s: left as it came, %s", received.name, trouble)
            ready, ending = (received, ending) if trouble else (mp4, ".mp4")
        if ending == ".gif":
            raise Failure("not_a_video", "a GIF picture")
        place = folder / f"{target.names[0]}{ending}"
        place.parent.mkdir(parents=True, exist_ok=True)
        size, mark = ready.stat().st_size, digest(ready)
        with ready.open("rb") as file:
            os.fsync(file.fileno())
        ready.replace(place)
        return Stored(file=place.relative_to(folder).as_posix(), bytes=size, sha256=mark)
    finally:
        plain.unlink(missing_ok=True)
        mp4.unlink(missing_ok=True)


def check(path: Path, limits: Limits, ask: Ask, plain: Path | None = None) -> Seen:
    """What a file is, unpacked to `plain` if it is compressed Flash; raises `Failure` unless it is a whole video."""
    seen = ask(Look(limits=limits), (path, plain))
    if isinstance(seen, Rejected):
        raise Failure(seen.reason, seen.detail)
    return seen


def spread(target: Target, folder: Path, file: str) -> str:
    """Give the file all names that the target has: links to it, copies on a disk that has none; these, a line each."""
    first = folder / file
    links = []
    for name in target.names:
        place = folder / f"{name}{first.suffix}"
        if place == first:
            continue
        links.append(place.relative_to(folder).as_posix())
        if place.exists() and place.stat().st_size == first.stat().st_size:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            place.hardlink_to(first)
        except OSError:
            with aside(place) as temporary:
                copyfile(first, temporary)
    return "\n".join(links)


def lying(folder: Path) -> dict[str, list[Path]]:
    """The videos below a folder, by their path in it less the ending; hidden ones are passed over."""
    found: dict[str, list[Path]] = defaultdict(list)
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            stem = without_suffix(name)
            if stem != name and not name.startswith("."):
                place = Path(at) / name
                found[place.with_name(stem).relative_to(folder).as_posix()].append(place)
    return found
