"""The output folder: what lies where, one run at a time, and the log of it."""

import csv
import errno
import io
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from chereme.errors import OutputError
from chereme.inert import OneLine
from chereme.store import write_text
from chereme.types import Reject

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)
FAILING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN)
"""What a disk or a file server says that breaks down."""

UNFINISHED = (".tmp", ".part")
"""How names end under which a file or a folder is written; they begin with a dot."""


class Output:
    """Names of everything in an output folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalog = root / "catalog.parquet"
        self.samples = root / "samples.parquet"
        self.videos = root / "videos"
        self.tracks = root / "tracks"
        self.exports = root / "exports"
        self.cut = root / "cut"
        self.rejects = root / "rejects.csv"
        self.summary = root / "summary.json"
        self.report = root / "report.html"
        self.log = root / "run.log"
        self.running = root / ".running"

    @contextmanager
    def open(self) -> Iterator["Output"]:
        """The folder made, locked against a second run, and the log open; disk trouble becomes an `OutputError`."""
        with disk_trouble(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / ".lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise OutputError(
                    f"{self.root} is in use by another run; wait for it or choose another --out"
                ) from None
            with lock, logged(self.log):
                for left in self.root.glob(".*.tmp"):
                    left.unlink(missing_ok=True)
                if self.running.exists():  # the run before this one was killed
                    sweep(self.root)
                self.running.touch()
                yield self
                for folder in (self.cut, self.videos):  # where workers write, which may have died
                    sweep(folder)
                self.running.unlink(missing_ok=True)


@contextmanager
def disk_trouble(root: Path) -> Iterator[None]:
    """Turn a full, read-only or forbidden disk into one clear message."""
    try:
        yield
    except OSError as error:
        named = error.filename or root
        if error.errno in FULL:
            raise OutputError(f"the disk is full at {named}; make room and run the same command to go on") from error
        if error.errno in FORBIDDEN:
            raise OutputError(f"cannot write {named}: {error.strerror}; choose another --out") from error
        if error.errno in FAILING:
            what = f"the disk or server that holds {named} fails: {error.strerror or error}"
            raise OutputError(f"{what}; when it works again, the same command goes on") from error
        raise


def sweep(root: Path) -> None:
    """Remove what a run that was killed had begun to write; only for who holds the lock."""
    for place, folders, files in os.walk(root):
        for name in [name for name in folders if _unfinished(name)]:
            folders.remove(name)
            shutil.rmtree(Path(place, name), ignore_errors=True)
        for name in filter(_unfinished, files):
            Path(place, name).unlink(missing_ok=True)


def _unfinished(name: str) -> bool:
    return name.startswith(".") and name.endswith(UNFINISHED)


class _Log(logging.FileHandler):
    """A log that cannot be written says nothing: what needs the disk more will."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Pass over it."""

    def close(self) -> None:
        """Also where what is left to write cannot be."""
        with suppress(OSError):
            super().close()


LONGEST = 100_000
"""Characters of a line of the log."""


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Everything that chereme's loggers say, appended to a file."""
    handler = _Log(path, encoding="utf-8")
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s", LONGEST))
    root = logging.getLogger("chereme")
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """`rejects.csv`: id,stage,reason,detail, in the order given."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "stage", "reason", "detail"])
    table.writerows([r.id, r.stage, r.reason, r.detail] for r in rejects)
    write_text(path, text.getvalue())
