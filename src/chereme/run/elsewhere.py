"""An output folder at a URL: a working copy on this machine, filled from there and published there as it grows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import platformdirs
from filelock import FileLock, Timeout

from chereme.errors import OutputError
from chereme.run.output import Output, disk_trouble
from chereme.store import Depot, url_of

AGAIN = ("cut", "videos")
"""Folders that are not published: what is in them is made again from the videos."""


Publish = Callable[[Path], None]
"""Is told of each file or folder of an output folder that is finished."""


def nowhere(path: Path) -> None:
    """Publish nothing: it is where it shall be."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder in which a run works."""

    folder: Path
    publish: Publish = nowhere


@contextmanager
def at_hand(out: Path, scratch: Path | None = None) -> Iterator[Place]:
    """The output folder itself, or the working copy of one at a URL while the block lasts.

    The copy is a folder below `scratch`, by default in the user's cache. It begins with what is at the URL, which is
    all the state there is, and is removed at the end; what was finished is published also when the block breaks off.
    """
    url = url_of(out)
    if url is None:
        yield Place(out)
        return
    folder = (scratch or platformdirs.user_cache_path("chereme") / "scratch") / sha256(url.encode()).hexdigest()[:16]
    with disk_trouble(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise OutputError(f"{url} is in use by another run; wait for it or choose another --out") from None
        with lock:
            depot = Depot(url, folder, left_out=AGAIN)
            try:
                with depot.claimed():
                    depot.fetch()
                    with _published(depot):
                        yield Place(folder, depot.publish)
            finally:
                rmtree(folder, ignore_errors=True)


@contextmanager
def _published(depot: Depot) -> Iterator[None]:
    """All of the working copy, also when the block breaks off."""
    try:
        yield
    except BaseException:
        with suppress(OutputError):
            depot.publish()
        raise
    depot.publish()


@contextmanager
def looked_into(out: Path | None, scratch: Path | None = None) -> Iterator[Output | None]:
    """What there is of the output folder, if one is named."""
    if out is None:
        yield None
        return
    with at_hand(out, scratch) as place:
        yield Output(place.folder)
