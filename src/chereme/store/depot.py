"""A folder at a URL, in a bucket or wherever fsspec reaches, and the local folder that is its working copy.

Nothing is asked of the far side but to put, get, list and remove whole files. Order does what renaming does on a disk:
a file that vouches for others (`SEALS`) is put after them, and removed before they change.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from shutil import rmtree
from typing import Any, TypeVar

from chereme.errors import ExtraMissing, OutputError, SettingsError
from chereme.store.claim import Claim

T = TypeVar("T")
log = logging.getLogger(__name__)

SEALS = ("*/part-*.json", "exports/*/export.json", "summary.json")
"""Files that say of others that they are there and whole."""
WHOLE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "memory"}
"""Protocols of stores that show a file only when all of it has come; elsewhere it is put aside and moved."""
TRIES = 5
"""Times that one thing is tried of the far side."""
PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long."""
ABREAST = 16
"""Files under way at a time: what is waited for is the far side, not this one."""
HOPELESS = (FileNotFoundError, PermissionError)
"""No bucket, no right to it: another try would say the same."""

_FOLDED = re.compile(r"([a-z][a-z0-9+]+):/(.+)")


def url_of(path: Path | str) -> str | None:
    """The URL that a path is, `s3://bucket/folder` say; None for a path on this machine.

    A `Path` made of a URL has lost one of its two slashes, which it gets back.
    """
    text = path.as_posix() if isinstance(path, Path) else path.replace("://", ":/", 1)
    folded = _FOLDED.fullmatch(text)
    return f"{folded[1]}://{'/' if folded[1] == 'file' else ''}{folded[2].strip('/')}" if folded else None


class Depot:
    """What is at a URL, and its working copy. Hidden files, and those below `left_out`, stay where they are."""

    def __init__(self, url: str, folder: Path, left_out: Iterable[str] = ()) -> None:
        self.url, self.folder = url, folder
        self._left_out = frozenset(left_out)
        self._there: dict[str, tuple[int, int]] = {}
        """Files at the URL, and the size and time of change that the copy of each has."""
        self._broken = False
        self._claim: Claim | None = None
        self._far, self._root = _reach(url)
        self._whole = url.partition("://")[0] in WHOLE

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """No other run's while the block lasts; `OutputError` where another works there.

        If another takes this one for dead meanwhile, nothing is published any more.
        """
        claim = Claim(self._far, self._root, self.url, folders=not self._whole)
        self._again("claim", self.url, claim.write)
        with claim.kept():
            self._again("list", self.url, claim.settle)
            self._claim = claim
            yield

    def fetch(self) -> None:
        """Make the folder hold what is at the URL, and nothing else."""
        if self.folder.exists():
            rmtree(self.folder)
        self.folder.mkdir(parents=True)
        found = self._again("list", self.url, lambda: self._far.find(self._root, detail=True))
        sizes = {PurePosixPath(path).relative_to(self._root).as_posix(): facts["size"] for path, facts in found.items()}
        wanted = {name: size for name, size in sizes.items() if self._kept(name)}
        log.info("%s has %d files", self.url, len(wanted))
        self._abreast(lambda name: self._get(name, wanted[name]), wanted)

    def publish(self, below: Path | None = None) -> None:
        """Put what is new or changed at or below a path of the folder, all of it by default; remove what is gone.

        Given a file, it looks at no other. Raises `OutputError` when the far side keeps failing; what was put stands,
        and another run goes on from there. After that nothing is published any more.
        """
        if self._broken:
            return
        if self._claim and self._claim.lost:
            self._broken = True
            raise OutputError(f"another run went on at {self.url} and took this one for dead; it writes no more there")
        start = below or self.folder
        here = self._local(start)
        gone = []
        if not start.is_file():
            top = start.relative_to(self.folder).as_posix()
            gone = [name for name in self._there if _is_below(name, top) and name not in here]
        changed = [name for name, mark in here.items() if self._there.get(name) != mark]
        self._remove(name for name in changed if _seals(name) and name in self._there)
        for seals in (False, True):
            self._abreast(self._put, [name for name in changed if _seals(name) == seals])
        for seals in (True, False):
            self._remove(name for name in gone if _seals(name) == seals)

    def _local(self, start: Path) -> dict[str, tuple[int, int]]:
        paths = [start] if start.is_file() else start.rglob("*")
        names = ((path.relative_to(self.folder).as_posix(), path) for path in paths)
        return {name: _mark(path) for name, path in names if self._kept(name) and path.is_file()}

    def _kept(self, name: str) -> bool:
        parts = name.split("/")
        return parts[0] not in self._left_out and not any(part.startswith(".") for part in parts) and ".." not in parts

    def _get(self, name: str, size: int) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)

        def get() -> None:
            self._far.get_file(f"{self._root}/{name}", str(path))
            if path.stat().st_size != size:
                raise OSError(f"{path.stat().st_size} bytes came of {size}")

        self._again("get", name, get)
        self._there[name] = _mark(path)

    def _put(self, name: str) -> None:
        path, target = self.folder / name, f"{self._root}/{name}"
        mark = _mark(path)  # what changes while it is put is put again

        def put() -> None:
            if self._whole:
                self._far.put_file(str(path), target)
            else:
                folder, _, last = target.rpartition("/")
                self._far.makedirs(folder, exist_ok=True)
                self._far.put_file(str(path), f"{folder}/.{last}.tmp")
                self._far.mv(f"{folder}/.{last}.tmp", target)
            came = self._far.info(target)["size"]
            if came != mark[0] and path.stat().st_size == mark[0]:
                raise OSError(f"{came} bytes came of {mark[0]}")

        self._again("put", name, put)
        self._there[name] = mark

    def _remove(self, names: Iterable[str]) -> None:
        def remove(name: str) -> None:
            try:
                self._far.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                log.debug("%s was gone", name)

        names = list(names)
        self._abreast(lambda name: self._again("remove", name, lambda: remove(name)), names)
        for name in names:
            del self._there[name]

    def _abreast(self, act: Callable[[str], None], names: Iterable[str]) -> None:
        with ThreadPoolExecutor(ABREAST) as threads:
            doing = [threads.submit(act, name) for name in sorted(names)]
            try:
                for each in doing:
                    each.result()
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def _again(self, verb: str, what: str, act: Callable[[], T]) -> T:
        """What an act gives, tried until it does; `OutputError` when it never did."""
        for attempt in range(1, TRIES + 1):
            try:
                return act()
            except Exception as error:  # each far side has exceptions of its own
                if isinstance(error, OutputError):
                    raise
                if attempt == TRIES or isinstance(error, HOPELESS) or self._broken:
                    self._broken = True
                    raise OutputError(
                        f"cannot {verb} {what} ({self.url}): {type(error).__name__}: {error}; what was put there "
                        "before stands, and the same command goes on from it"
                    ) from error
                level = logging.WARNING if attempt == TRIES - 1 else logging.INFO
                log.log(level, "cannot %s %s at try %d of %d: %s", verb, what, attempt, TRIES, error)
                time.sleep(PAUSE * 2 ** (attempt - 1))
        raise AssertionError


def _reach(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the URL's path in it."""
    try:
        import fsspec
    except ImportError:
        raise ExtraMissing(f"the output folder {url}", "cloud") from None
    try:
        far, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise SettingsError(f"{url}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"{url} is no place that fsspec knows: {error}") from error
    return far, str(root).rstrip("/")


def _seals(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in SEALS)


def _is_below(name: str, top: str) -> bool:
    return top == "." or name == top or name.startswith(f"{top}/")


def _mark(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
