"""Opening what arrived: the part of a download in which a stranger's file meets a decoder, in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chereme.errors import Rejected
from chereme.frames.complete import missing_bytes
from chereme.frames.container import open_video
from chereme.frames.convert import to_mp4
from chereme.frames.flash import unpack_flash
from chereme.frames.probe import Limits, probe

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

LOST = {"worker_died": "worker_died", "timeout": "check_timeout", "out_of_memory": "out_of_memory"}
"""A pool's words for an input that is lost, and those of a download: there a timeout is the host's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A whole video that opens and has frames."""

    path: Path
    """The file itself, or what it was unpacked to."""
    ending: str
    """That fits what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Whether files are whole videos, and of which kind.

    An input is a file, and where to unpack it to if it is a compressed Flash film; None where that is not wanted.
    """

    limits: Limits

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[Path, Path | None]], Seen | Rejected]]:
        """Nothing to set up."""
        yield self.look

    def look(self, asked: tuple[Path, Path | None]) -> Seen | Rejected:
        """What a file is, or why it is of no use."""
        path, plain = asked
        try:
            _refuse_cut_off(path)
            if plain and unpack_flash(path, plain):
                path = plain
                _refuse_cut_off(path)
            probe(path, self.limits)
            return Seen(path=path, ending=_ending(path))
        except Rejected as trouble:
            return trouble

    def lost(self, input: tuple[Path, Path | None], reason: str = "worker_died") -> Rejected:
        """A file that kills or blocks the process which opens it."""
        return Rejected(LOST[reason], "while it was looked at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """Files made MP4. An input is a file, and the MP4 to write."""

    limits: Limits

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[Path, Path]], Rejected | None]]:
        """Nothing to set up."""
        yield self.convert

    def convert(self, asked: tuple[Path, Path]) -> Rejected | None:
        """Why there is no MP4, where there is none."""
        source, mp4 = asked
        try:
            to_mp4(source, mp4, self.limits)
        except Rejected as trouble:
            return trouble
        return None

    def lost(self, input: tuple[Path, Path], reason: str = "worker_died") -> Rejected:
        """A file that kills or blocks the process which decodes it."""
        return Rejected(LOST[reason], "while it was converted")


def _refuse_cut_off(path: Path) -> None:
    if lacking := missing_bytes(path):
        raise Rejected("truncated", f"at least {lacking} bytes less than its container says")


def _ending(path: Path) -> str:
    with open_video(path) as (container, _):
        kind = container.format.name
    with path.open("rb") as file:
        head = file.read(64)
    if kind == "mov,mp4,m4a,3gp,3g2,mj2" and (head[4:8] != b"ftyp" or head[8:12] == b"qt  "):
        return ".mov"
    if kind == "matroska,webm" and b"webm" in head:
        return ".webm"
    return ENDINGS.get(kind, ".gif")
