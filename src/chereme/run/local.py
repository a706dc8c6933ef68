"""Executors for one machine: this process, or spawned processes that are replaced when they die."""

import logging
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from chereme.contracts import Job, Run

In = TypeVar("In")
Out = TypeVar("Out")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """All in this process, one input after the other."""

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Nothing to set up; results come in the order of the inputs."""

        def run(job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
            with job.open() as work:
                yield from map(work, inputs)

        yield run


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Spawned processes, each with the job opened once; one that dies is replaced and its input tried once more.

    A thread waits on each process, so that none is idle while this process writes results down. Processes are started
    when there is work for them and stay for the next job.
    """

    workers: int = 0
    """Processes; 0 takes one a core."""

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Processes that end with the block."""
        staff = [_Seat() for _ in range(self.workers or cores())]
        for seat in staff:
            seat.sit()  # what takes long to import is imported while the inputs are made ready

        def run(job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
            return _run(staff, job, inputs)

        try:
            yield run
        finally:
            for seat in staff:
                seat.leave()


def _run(staff: "list[_Seat]", job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
    """Results as they come. The first exception of a worker stops all of them and is raised here."""
    shared = _Shared(iter(inputs), len(staff))
    threads = [threading.Thread(target=_serve, args=(seat, job, shared), daemon=True) for seat in staff]
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


class _Seat:
    """A place for one worker: a spawned process, our end of its pipe, and the job it has open."""

    def __init__(self) -> None:
        self._pipe: Connection | None = None
        self._process: Any = None
        self._job: Job[Any, Any] | None = None

    def sit(self) -> Connection:
        """Have a process."""
        if self._pipe is None:
            context = get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def take(self, job: Job[Any, Any]) -> None:
        """Have a process with the job open; what it raises while opening is raised here."""
        pipe = self.sit()
        if self._job is not job:
            try:
                pipe.send(("open", job))
                kind, value = pipe.recv()
            except (EOFError, OSError):
                self.leave()
                raise RuntimeError("a worker process died while it started; its own message stands above") from None
            if kind == "error":
                raise value
            self._job = job

    def do(self, item: Any, stop: threading.Event) -> tuple[str, Any]:
        """The answer; EOFError or OSError when the process died."""
        assert self._pipe is not None
        self._pipe.send(("do", item))
        while not self._pipe.poll(0.2):
            if stop.is_set():
                self.leave()  # its answer would be taken for that to the next question
                return "stopped", None
        answer: tuple[str, Any] = self._pipe.recv()
        return answer

    def leave(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
            self._process.terminate()
            self._process.join()
        self._pipe = self._job = None


def _serve(seat: _Seat, job: Job[Any, Any], shared: _Shared) -> None:
    """A thread: keep one process busy until the inputs end."""
    try:
        for item in shared.take():
            for attempt in ("first", "second"):
                seat.take(job)
                try:
                    answer = seat.do(item, shared.stop)
                    break
                except (EOFError, OSError):
                    log.warning("a worker died at its %s attempt on %s", attempt, _name(item))
                    seat.leave()
            else:
                answer = ("result", job.lost(item))
            if answer[0] != "stopped":
                shared.results.put(answer)
    except BaseException as error:  # whatever it was belongs to the caller, who raises it
        shared.results.put(("error", error))
    finally:
        shared.results.put(("stopped", None))


def _work(pipe: Connection) -> None:
    """The worker process: open a job when told to, and answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what an interrupt means
    import_module("chereme.run.jobs")
    with suppress(EOFError, OSError), ExitStack() as opened:
        work: Callable[[Any], Any] | None = None
        while True:
            what, value = pipe.recv()
            if what == "open":
                opened.close()
                answer = _guarded(lambda job: opened.enter_context(job.open()), value)
                work = answer[1] if answer[0] == "result" else None
                pipe.send(answer if work is None else ("ready", None))
            elif work is not None:
                pipe.send(_guarded(work, value))


def _guarded(work: Callable[[Any], Any], item: Any) -> tuple[str, Any]:
    try:
        return "result", work(item)
    except Exception as error:
        return "error", _portable(error)


def _portable(error: BaseException) -> BaseException:
    """The error itself if it can travel, else its words."""
    try:
        pickle.loads(pickle.dumps(error))  # our own object, made on the line itself
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _name(item: Any) -> str:
    entry = getattr(item, "entry", item)
    return str(getattr(entry, "id", type(item).__name__))
