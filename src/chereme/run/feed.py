"""The executor `gpu`: a process or a few hold the networks, the others decode and feed them with frames.

It is a pool in all but this: a worker's landmark model is a `Remote`, which hands windows of pixels to a process with
networks and takes tracks back. So clips are taken, lost, retried and written down as the pool does it, and
exports are prepared in the workers, from pixels that they hold anyway. Pixels go through memory that both see.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count, groupby
from multiprocessing import current_process
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import numpy as np

from chereme.contracts import Abreast, Follow, Job, LandmarkModel, Run
from chereme.errors import SettingsError, WorkersError
from chereme.run.jobs import Extract
from chereme.run.local import Pool, cores
from chereme.run.seat import Seat
from chereme.run.serve import Serve, slots
from chereme.skeleton import Skeleton
from chereme.types import Frames, Reject, Shot, Track

SERVED = 24
"""Workers to a process with networks: its own work in Python takes 0.2 ms a frame, so one cannot keep up with many."""
SLOTS = 4
"""Windows that a worker decodes ahead of the networks."""
SLOT_BYTES = 4 << 20
"""Room for one window of pixels, or for one frame where that is larger."""
SHARED = Path("/dev/shm")
"""Memory as a folder, on Linux; a container may have only little of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Processes with the networks, on a GPU as a rule, and spawned processes that decode for them.

    Each of the latter has one clip under way, and the networks' batches are made of those: more workers than cores are
    of use.
    """

    workers: int = 0
    """Processes that decode; 0 takes one a core."""
    timeout: float = 0.0
    """Seconds for one input, after which its process is ended; 0: no limit."""
    memory: float = 0.0
    """Gigabytes (10⁹ bytes) that a process which decodes may hold; 0: no limit."""
    networks: int = 0
    """Processes with the networks; 0 takes one for every 24 workers."""

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Processes that end with the block; that with the networks is there only for jobs that follow."""
        workers = self.workers or cores()
        with Pool(workers=workers, timeout=self.timeout, memory=self.memory).open() as pool:

            def run(job: Job[Any, Any], inputs: Iterable[Any]) -> Iterator[Any]:
                if isinstance(job, Extract):
                    with _served(job, workers, self.networks or -(-workers // SERVED)) as addresses:
                        yield from pool(replace(job, model=Remote(model=job.model, addresses=addresses)), inputs)
                else:
                    yield from pool(job, inputs)

            yield run


@contextmanager
def _served(job: Extract, workers: int, networks: int) -> Iterator[tuple[Path, ...]]:
    """Where the processes with the networks of a job listen while this lasts."""
    if not isinstance(job.model, Abreast):
        name = type(job.model).__name__.lower()
        raise SettingsError(
            f"the executor 'gpu' follows many clips at once, which '{name}' cannot; --executor pool does"
        )
    job.model.fetch()
    with tempfile.TemporaryDirectory(prefix="chereme-", dir=_memory(workers)) as folder:
        addresses = tuple(Path(folder) / f"networks-{number}" for number in range(networks))
        with ExitStack() as seats:
            for address in addresses:
                seat = Seat()
                seats.callback(seat.leave, close=True)
                seat.take(Serve(model=job.model, device=job.device, address=address), threading.Event())
            yield addresses


def _memory(workers: int) -> Path | None:
    """The folder that is memory, where it has room for all workers; else None, for the usual one."""
    if not (SHARED.is_dir() and os.access(SHARED, os.W_OK)):
        return None
    return SHARED if shutil.disk_usage(SHARED).free > 2 * workers * SLOTS * SLOT_BYTES else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A landmark model whose networks are in other processes."""

    model: LandmarkModel
    addresses: tuple[Path, ...]
    """Where these listen."""

    @property
    def skeleton(self) -> Skeleton:
        """As the model's."""
        return self.model.skeleton

    def fingerprint(self) -> str:
        """As the model's."""
        return self.model.fingerprint()

    def fetch(self) -> None:
        """Nothing: the other processes have it."""

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """A connection to one of the processes; the device is its business."""
        address = self.addresses[os.getpid() % len(self.addresses)]
        with _present():
            connection = Client(str(address), authkey=current_process().authkey)
        with connection:
            yield _Feeder(connection, address.parent).follow


@contextmanager
def _present() -> Iterator[None]:
    """Talking to the process with the networks; that it is gone is a `WorkersError`."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise WorkersError(
            "the process with the networks is gone; what it said stands above. The same command goes on with the clips "
            "that are left"
        ) from error


class _Feeder:
    """A worker's end: the slots that it fills, and what the networks say."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self._numbers = count()
        self._slots = np.empty((0, 0), np.uint8)
        self._free: list[int] = []

    def follow(self, windows: Iterable[Frames]) -> Iterator[Track | Reject]:
        """One result a shot; frames are handed over as fast as they are taken."""
        for shot, own in groupby(windows, key=lambda window: window.shot):
            self._say("begin", shot)
            self._fit(shot)
            for window in own:
                self._hand_over(window)
            self._say("end")
            while (answer := self._listen()) is None:
                pass
            yield answer

    def _fit(self, shot: Shot) -> None:
        """Have slots for frames of this size."""
        size = max(SLOT_BYTES, shot.media.width * shot.media.height * 3)
        if self._slots.shape[1] >= size:
            return
        while len(self._free) < len(self._slots):
            self._listen()
        self._free = []
        path = self._folder / f"{os.getpid()}-{next(self._numbers)}"
        self._slots = slots(path, SLOTS, size, create=True)
        self._say("slots", path, SLOTS, size)
        while len(self._free) < SLOTS:  # the other side has them as well once it says that they are free
            self._listen()
        path.unlink()  # so that nothing stays, however the two end

    def _hand_over(self, window: Frames) -> None:
        frames, size = len(window.index), window.pixels[0].nbytes
        step = max(1, self._slots.shape[1] // size)
        for first in range(0, frames, step):
            part = slice(first, first + step)
            while not self._free:
                self._listen()
            slot, pixels = self._free.pop(), window.pixels[part]
            self._slots[slot, : pixels.nbytes] = pixels.reshape(-1)
            self._say("window", slot, pixels.shape, window.index[part], window.seconds[part])

    def _say(self, *words: Any) -> None:
        with _present():
            self._connection.send(words)

    def _listen(self) -> Track | Reject | None:
        """The next word from the networks: a result, or None for a slot that is free again."""
        with _present():
            kind, value = self._connection.recv()
        if kind == "error":
            raise value
        if kind == "free":
            self._free.append(value)
            return None
        result: Track | Reject = value
        return result
