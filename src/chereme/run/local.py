"""Executors for one machine: this process, or spawned processes that are replaced when they die or hang."""

import logging
import os
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from chereme.contracts import Ask, Job, Run
from chereme.errors import SettingsError
from chereme.run.seat import Died, Late, Seat, Stopped, Swollen

In = TypeVar("In")
Out = TypeVar("Out")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """All in this process, one input after the other.

    An input for which the memory does not suffice is tried once more and then lost, as with workers. But nothing guards
    this process itself: an input that crashes it ends the run (the same command goes on, and meets that input again),
    and one that hangs is waited for without limit.
    """

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Nothing to set up; results come in the order of the inputs."""

        def run(job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
            with job.open() as work:
                for item in inputs:
                    for attempt in ("first", "second"):
                        try:
                            result = work(item)
                            break
                        except MemoryError:
                            log.warning("no memory left at the %s attempt on %s", attempt, _name(item))
                    else:
                        result = job.lost(item, "worker_died")
                    yield result

        yield run


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Spawned processes, each with the job opened once; one that dies or hangs is replaced, and nothing else is lost.

    The input that a process died of, or grew too large on, is tried once more, in a fresh one; the input on which it
    hung is not. A thread
    waits on each process, so that none is idle while this process writes results down. Processes are started when there
    is work for them and stay for the next job; they end with this one, however it ends.
    """

    workers: int = 0
    """Processes; 0 takes one a core."""
    timeout: float = 0.0
    """Seconds for one input, after which its process is ended; 0: no limit."""
    memory: float = 0.0
    """Gigabytes (10⁹ bytes) that a process may hold, above which it is ended; looked at five times a second, on Linux.
    0: no limit."""

    def __post_init__(self) -> None:
        if not 0 <= self.timeout < inf:
            raise SettingsError(f"the timeout must be 0 (no limit) or more seconds, not {self.timeout}")
        if not 0 <= self.memory < inf:
            raise SettingsError(f"the memory must be 0 (no limit) or more gigabytes, not {self.memory}")

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Processes that end with the block."""
        staff = [Seat() for _ in range(self.workers or cores())]
        running: list[_Shared] = []

        def run(job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
            shared = _Shared(iter(inputs), len(staff))
            running[:] = [shared]
            return _run(staff, job, shared, self._bounds)

        try:
            for seat in staff:
                seat.sit()  # what takes long to import is imported while the inputs are made ready
            yield run
        finally:
            for shared in running:
                shared.stop.set()
            for seat in staff:
                seat.leave(close=True)

    @contextmanager
    def asking(self, ready: int = 0) -> Iterator[Ask]:
        """What does one input for each thread that asks, in processes that end with the block.

        `ready` of them are started now, the others when all that are there are busy. Who asks, or waits, after the
        block has ended is told so by `chereme.run.seat.Stopped`.
        """
        staff = [Seat() for _ in range(self.workers or cores())]
        free: queue.LifoQueue[Seat] = queue.LifoQueue()
        stop = threading.Event()
        for seat in reversed(staff):
            free.put(seat)

        def ask(job: Job[In, Out], input: In) -> Out:
            seat = free.get()
            try:
                kind, value = _done(seat, job, input, stop, self._bounds)
            finally:
                free.put(seat)
            if kind == "error":
                raise value
            result: Out = value
            return result

        try:
            for seat in staff[:ready]:
                seat.sit()
            yield ask
        finally:
            stop.set()
            for seat in staff:
                seat.leave(close=True)

    @property
    def _bounds(self) -> "_Bounds":
        return _Bounds(self.timeout or inf, self.memory * 1e9 or inf)


class _Bounds(NamedTuple):
    """What one input may take."""

    seconds: float
    bytes: float


def _run(staff: list[Seat], job: Job[Any, Out], shared: "_Shared", limit: _Bounds) -> Iterator[Out]:
    """Results as they come. The first exception of a worker stops all of them and is raised here."""
    threads = [threading.Thread(target=_serve, args=(seat, job, shared, limit), daemon=True) for seat in staff]
    for thread in threads:
        thread.start()
    serving = len(staff)
    try:
        while serving:
            kind, value = shared.results.get()
            if kind == "stopped":
                serving -= 1
            elif kind == "error":
                raise value
            else:
                yield value
    finally:
        shared.stop.set()
        for thread in threads:
            while thread.is_alive():
                shared.drain()
                thread.join(timeout=0.05)


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


class _Shared:
    """What the threads of one run share: the inputs that are left, and the results so far."""

    def __init__(self, inputs: Iterator[Any], ahead: int) -> None:
        self._inputs = inputs
        self._lock = threading.Lock()
        self.stop = threading.Event()
        self.results: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=2 * ahead)

    def take(self) -> Iterator[Any]:
        """One input after the other, each to one thread only."""
        while not self.stop.is_set():
            with self._lock:
                try:
                    item = next(self._inputs)
                except StopIteration:
                    return
            yield item

    def drain(self) -> None:
        """Make room, so that a thread which waits to put a result can see that it should stop."""
        while not self.results.empty():
            self.results.get_nowait()


def _serve(seat: Seat, job: Job[Any, Any], shared: _Shared, limit: _Bounds) -> None:
    """A thread: keep one process busy until the inputs end."""
    try:
        for item in shared.take():
            shared.results.put(_done(seat, job, item, shared.stop, limit))
    except Stopped:
        pass
    except BaseException as error:  # whatever it was belongs to the caller, who raises it
        shared.results.put(("error", error))
    finally:
        shared.results.put(("stopped", None))


def _done(seat: Seat, job: Job[Any, Any], item: Any, stop: threading.Event, limit: _Bounds) -> tuple[str, Any]:
    """What came of one input: an answer of the process, or that it is lost."""
    reason = "worker_died"
    for attempt in ("first", "second"):
        seat.take(job, stop)
        try:
            return seat.do(item, stop, limit.seconds, limit.bytes)
        except Died as death:
            reason = "worker_died"
            log.warning("a worker died at its %s attempt on %s: %s", attempt, _name(item), death)
        except Swollen:
            reason = "out_of_memory"
            most = limit.bytes / 1e9
            log.warning("a worker held more than %g GB at its %s attempt on %s", most, attempt, _name(item))
        except Late:
            log.warning("a worker was ended after %g seconds on %s", limit.seconds, _name(item))
            return "result", job.lost(item, "timeout")
    return "result", job.lost(item, reason)


def _name(item: Any) -> str:
    """What a log calls an input: the entry's id, or else the file's name, where it or a part of it has one."""
    parts = item if isinstance(item, tuple) else (item,)
    entries: Iterator[Any] = (getattr(each, "entry", each) for each in parts)
    files = (each.name for each in parts if isinstance(each, Path))
    return next((str(entry.id) for entry in entries if hasattr(entry, "id")), next(files, type(item).__name__))
