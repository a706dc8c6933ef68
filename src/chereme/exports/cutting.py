"""Clips cut out of their files for exports that hold them: made once, kept between runs, linked to their places."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from hashlib import file_digest, sha256
from importlib.metadata import version
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from chereme.errors import OutputError, Rejected
from chereme.exports.names import Names, folders, split_folder
from chereme.frames.cut import Cut
from chereme.frames.encode import whole_file
from chereme.frames.piece import Made
from chereme.plan import FramePlan
from chereme.types import Reject, Sample, Shot, Vocabulary

_SMALL = 1 << 18
SUMS = "SHA256SUMS"
"""A line a file, as `sha256sum --check` reads them: what an export must still hold to be left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip that was cut: its facts, and either the file that is kept or what would be in it."""

    made: Made
    size: int
    """Bytes of the file."""
    sha256: str
    file: Path | None = None
    data: bytes | None = field(default=None, repr=False)

    def put(self, path: Path) -> None:
        """Have the clip at `path`: the kept file under another name, a copy where the disk knows no links."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.file is None:
            path.write_bytes(self.data or b"")
            return
        try:
            os.link(self.file, path)
        except FileNotFoundError:
            raise OutputError(f"{self.file} is gone; run the same command again") from None
        except OSError:
            shutil.copyfile(self.file, path)

    def read(self) -> bytes:
        """What is in the file."""
        return (self.data or b"") if self.file is None else self.file.read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting(Cut):
    """What exports of clips share: how to cut, and where what was cut is kept."""

    costly: ClassVar[bool] = True

    @property
    def needs(self) -> FramePlan:
        """None: clips are cut without looking for hands."""
        return FramePlan(())

    def prepare(self, sample: Sample) -> Clip | Reject:
        """The clip of a sample, cut alone."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            ((_, what),) = self.cut({path: sample.tracked.shot})
            if isinstance(what, Rejected):
                return what.reject(sample.entry.id, "deliver")
            data = path.read_bytes()
        return Clip(made=what, size=len(data), sha256=sha256(data).hexdigest(), data=data)

    def ahead(self, shots: Sequence[Shot], kept: Path) -> Iterator[tuple[str, Clip | Reject]]:
        """By id, the clips of one file: those kept whole by an earlier run, and the others cut in one pass."""
        todo: dict[Path, Shot] = {}
        for shot in shots:
            path = self._place(kept, shot)
            if clip := _kept(path):
                yield shot.entry.id, clip
            else:
                todo[path] = shot
        for path, what in self.cut(todo):
            id = todo[path].entry.id
            yield id, what.reject(id, "deliver") if isinstance(what, Rejected) else _keep(path, what)

    def intact(self, out: Path) -> bool:
        """Whether every file of an earlier run is there with the bytes that it was written with."""
        try:
            lines = (out / SUMS).read_text("utf-8").splitlines()
            return all(digest(out / name) == stated for stated, _, name in (line.partition("  ") for line in lines))
        except (OSError, UnicodeDecodeError):
            return False

    def forget(self, kept: Path) -> None:
        """Remove what was kept for other settings, or by another version, and is in no export any more."""
        for path in kept.glob("*/*/*.mp4"):
            if path.parts[-3] != self._mark() and path.stat().st_nlink == 1:
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)

    def laid_out(
        self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary, where: str = ""
    ) -> Iterator[tuple[Sample, Clip, Path]]:
        """Each clip put in place: its path `{where}/{split}/{gloss}/{id}.mp4` relative to `out`."""
        glosses, ids = folders(vocabulary), Names()
        for sample, clip in prepared:
            entry = sample.entry
            path = Path(where, split_folder(entry.split), glosses[entry.gloss], f"{ids(entry.id)}.mp4")
            clip.put(out / path)
            yield sample, clip, path

    def _mark(self) -> str:
        settings = [(each.name, getattr(self, each.name)) for each in fields(Cut)]
        return sha256(repr((version("chereme"), settings)).encode()).hexdigest()[:10]

    def _place(self, kept: Path, shot: Shot) -> Path:
        key = sha256(repr((shot.key, shot.entry.box if self.crop else None)).encode()).hexdigest()[:24]
        return kept / self._mark() / key[:2] / f"{key}.mp4"


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; read once, however many clips are of it."""
    stat = path.stat()
    return _digest(os.fspath(path), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1024)
def _digest(name: str, size: int, mtime_ns: int) -> str:
    with FileIO(name) as file:  # a `Path` would cost a quarter more, of many small files
        if size <= _SMALL:
            return sha256(file.read()).hexdigest()  # reading by blocks begins with a quarter of a megabyte of zeros
        return file_digest(file, "sha256").hexdigest()


def write_sums(out: Path, files: Iterator[tuple[str, str]]) -> Path:
    """Write `SHA256SUMS` of files given as path relative to `out`, digest."""
    (out / SUMS).write_bytes("".join(f"{stated}  {path}\n" for path, stated in files).encode())
    return out / SUMS


def _keep(path: Path, made: Made) -> Clip:
    """The clip that was just cut, with its facts beside it: only with these does it count."""
    clip = Clip(made=made, size=path.stat().st_size, sha256=digest(path), file=path)
    facts = {"made": asdict(made), "bytes": clip.size, "sha256": clip.sha256}
    with whole_file(path.with_suffix(".json")) as aside:
        aside.write_text(json.dumps(facts), "utf-8")
    return clip


def _kept(path: Path) -> Clip | None:
    """A clip that is there with the bytes in which its frames were counted; None where it is not."""
    try:
        facts: dict[str, Any] = json.loads(path.with_suffix(".json").read_bytes())
        if digest(path) != facts["sha256"]:
            return None
        return Clip(made=Made(**facts["made"]), size=facts["bytes"], sha256=facts["sha256"], file=path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
