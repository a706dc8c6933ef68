"""What arrived: whether it is a whole video, and where it goes."""

import logging
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from chereme.download.reasons import Failure
from chereme.download.targets import Target
from chereme.errors import Rejected
from chereme.frames.complete import missing_bytes
from chereme.frames.container import open_video
from chereme.frames.convert import to_mp4
from chereme.frames.flash import unpack_flash
from chereme.frames.probe import Limits, probe
from chereme.sources import digest
from chereme.sources.found import without_suffix
from chereme.store import aside

log = logging.getLogger(__name__)

ENDINGS = {
    "mov,mp4,m4a,3gp,3g2,mj2": ".mp4",
    "matroska,webm": ".mkv",
    "avi": ".avi",
    "flv": ".flv",
    "mpeg": ".mpg",
    "mpegts": ".ts",
    "asf": ".wmv",
    "ogg": ".ogv",
    "rm": ".rm",
    "swf": ".swf",
}
"""The name of a file ends in what it is, by FFmpeg's name of its container, whatever the URL or the host says."""

CONVERTED = frozenset({".swf", ".mov", ".rm", ".ts", ".gif"})
"""Containers that OpenCV's, browsers' or players' builds often cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file in its place."""

    file: str
    """Below the folder, with slashes."""
    bytes: int
    sha256: str


def settle(received: Path, target: Target, folder: Path, *, convert: bool, limits: Limits) -> Stored:
    """Check a file and put it in its place under the target's first name, made an MP4 first if need be.

    It appears under its name when it is whole and checked. Raises `Failure`. What was received is not changed, because
    a run that is stopped here goes on from it; it is moved or of no more use when this returns.
    """
    plain, mp4 = (received.with_name(f"{received.name}.{ending}") for ending in ("swf", "mp4"))
    try:
        ready, ending = _readable(received, plain, mp4, limits) if convert else (received, check(received, limits))
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


def _readable(received: Path, plain: Path, mp4: Path, limits: Limits) -> tuple[Path, str]:
    """The file in a form that many programs read, where it can be had, and the ending that fits it."""
    _refuse_cut_off(received)
    try:
        source = plain if unpack_flash(received, plain) else received
    except Rejected as trouble:
        raise Failure(trouble.reason, trouble.detail) from trouble
    ending = check(source, limits)
    if ending not in CONVERTED:
        return source, ending
    try:
        to_mp4(source, mp4, limits)
    except Rejected as trouble:
        log.warning("%s: left as it came, %s", received.name, trouble)
        return received, ending
    return mp4, ".mp4"


def _refuse_cut_off(path: Path) -> None:
    if lacking := missing_bytes(path):
        raise Failure("truncated", f"at least {lacking} bytes less than its container says")


def check(path: Path, limits: Limits) -> str:
    """The ending that fits what the file is; raises `Failure` unless it is a whole video that opens and has frames."""
    _refuse_cut_off(path)
    try:
        probe(path, limits)
        with open_video(path) as (container, _):
            kind = container.format.name
    except Rejected as trouble:
        raise Failure(trouble.reason, trouble.detail) from trouble
    with path.open("rb") as file:
        head = file.read(64)
    if kind == "mov,mp4,m4a,3gp,3g2,mj2" and (head[4:8] != b"ftyp" or head[8:12] == b"qt  "):
        return ".mov"
    if kind == "matroska,webm" and b"webm" in head:
        return ".webm"
    return ENDINGS.get(kind, ".gif")


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
