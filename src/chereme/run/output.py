"""The output folder: what lies where, one run at a time, and the log of it."""

import csv
import errno
import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from chereme.errors import OutputError
from chereme.store import write_text
from chereme.types import Reject


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
                yield self


@contextmanager
def disk_trouble(root: Path) -> Iterator[None]:
    """Turn a full, read-only or forbidden disk into one clear message."""
    try:
        yield
    except OSError as error:
        named = error.filename or root
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(f"the disk is full at {named}; make room and run the same command to go on") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise OutputError(f"cannot write {named}: {error.strerror}; choose another --out") from error
        raise


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Everything that chereme's loggers say, appended to a file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
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
