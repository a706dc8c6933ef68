"""The process with the networks: it follows the clips of all workers abreast, as their frames come in."""

import mmap
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

import numpy as np

from chereme.contracts import Abreast
from chereme.landmarks.engine import Round
from chereme.run.seat import portable
from chereme.types import Bytes, Frames, Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """A job that has no inputs: while it is open, whoever connects to its address is served."""

    model: Abreast
    device: str
    address: Path

    @contextmanager
    def open(self) -> Iterator[Callable[[None], None]]:
        """Networks loaded; questions are answered by threads of this process until it ends."""
        with self.model.abreast(self.device) as (engine, begin):
            desk = _Desk(engine, begin)
            with Listener(str(self.address), authkey=current_process().authkey) as listener:
                for work in (desk.work, lambda: desk.welcome(listener)):
                    threading.Thread(target=work, daemon=True).start()
                yield lambda _: None

    def lost(self, input: None, reason: str = "worker_died") -> None:
        """There is nothing to lose."""


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker's clip: what has come in of it, and what was made of that."""

    connection: Connection
    slots: Bytes = field(default_factory=lambda: np.empty((0, 0), np.uint8))
    shot: Shot | None = None
    clip: Any = None
    waiting: deque[tuple[Any, ...]] = field(default_factory=deque)
    """Windows that nobody has looked at."""
    busy: bool = False
    """Whether a window of it is being followed."""
    ended: bool = False

    def say(self, kind: str, value: Any) -> None:
        """Tell the worker; one that is gone is told nothing."""
        with suppress(OSError):
            self.connection.send((kind, value))


class _Desk:
    """What all workers say comes here, and one thread works it off: a round of questions, then what is new."""

    def __init__(self, engine: Any, begin: Callable[[Shot], Any]) -> None:
        self._begin = begin
        self._round = Round(engine)
        self._news: queue.Queue[tuple[_Worker, tuple[Any, ...]]] = queue.Queue()
        self._workers: list[_Worker] = []
        self._broken: BaseException | None = None

    def welcome(self, listener: Listener) -> None:
        """A thread: take up whoever connects."""
        while True:
            try:
                worker = _Worker(listener.accept())
            except (AuthenticationError, EOFError, ConnectionError):  # somebody without the key, or gone already
                continue
            except OSError:  # the door is closed
                return
            self._workers.append(worker)
            if self._broken:
                worker.say("error", self._broken)
            threading.Thread(target=self._hear, args=(worker,), daemon=True).start()

    def _hear(self, worker: _Worker) -> None:
        """A thread for each worker: pass on what it says."""
        with suppress(EOFError, OSError):
            while True:
                self._news.put((worker, worker.connection.recv()))
        self._news.put((worker, ("gone",)))

    def work(self) -> None:
        """A thread: follow the clips. What goes wrong ends the work of all and is told to each."""
        try:
            while True:
                self._take_news(wait=not len(self._round))
                for worker, _ in self._round.turn():
                    worker.busy = False
                    self._go_on(worker)
        except BaseException as error:  # whatever it was belongs to those who wait for tracks
            self._broken = portable(error)
            for worker in self._workers:
                worker.say("error", self._broken)

    def _take_news(self, *, wait: bool) -> None:
        while wait or not self._news.empty():
            worker, (kind, *values) = self._news.get()
            wait = False
            if kind == "slots":
                worker.slots = slots(*values)
                for slot in range(len(worker.slots)):
                    worker.say("free", slot)
            elif kind == "begin":
                self._forget(worker)
                (worker.shot,) = values
                worker.clip = self._begin(values[0])
            elif kind == "window":
                worker.waiting.append(tuple(values))
            elif kind == "end":
                worker.ended = True
            else:
                self._forget(worker)
                self._workers.remove(worker)
                worker.connection.close()
            if kind in ("window", "end"):
                self._go_on(worker)

    def _forget(self, worker: _Worker) -> None:
        """Give up what is under way for a worker: it is gone, or its clip broke off."""
        self._round.drop(worker)
        while worker.waiting:
            worker.say("free", worker.waiting.popleft()[0])
        worker.shot = worker.clip = None
        worker.busy = worker.ended = False

    def _go_on(self, worker: _Worker) -> None:
        """Begin with the worker's next window unless one is under way; the result when there is none left."""
        while worker.waiting and not worker.busy:
            assert worker.shot is not None
            slot, shape, index, seconds = worker.waiting.popleft()
            pixels = worker.slots[slot, : np.prod(shape)].reshape(shape)
            window = Frames(shot=worker.shot, index=index, pixels=pixels, seconds=seconds)
            worker.busy = not self._round.begin(worker, worker.clip.see(window))
            worker.say("free", slot)  # the engine has its own copies now
        if worker.ended and not worker.busy:
            worker.ended = False
            worker.say("track", worker.clip.track())
            worker.shot = worker.clip = None


def slots(path: Path, number: int, size: int, *, create: bool = False) -> Bytes:
    """(number, size) bytes of a file, seen by every process that has it; with `create` it is made first.

    A disk, or a folder in memory, without room for it is an `OSError` at once.
    """
    with path.open("x+b" if create else "r+b") as file:
        if create:
            file.truncate(number * size)
            if hasattr(os, "posix_fallocate"):  # else a full folder in memory would kill whoever writes
                os.posix_fallocate(file.fileno(), 0, number * size)
        return np.frombuffer(mmap.mmap(file.fileno(), number * size), np.uint8).reshape(number, size)
