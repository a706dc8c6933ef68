"""Executors for one machine: this process, or spawned processes that are replaced when they die."""

import logging
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from chereme.contracts import Job

In = TypeVar("In")
Out = TypeVar("Out")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """All in this process, one input after the other."""

    def run(self, job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
        """Results in the order of the inputs."""
        with job.open() as work:
            yield from map(work, inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Spawned processes, each with the job opened once; one that dies is replaced and its input tried once more.

    A thread waits on each process, so that none is idle while this process writes results down.
    """

    workers: int = 0
    """Processes; 0 takes one a core."""

    def run(self, job: Job[In, Out], inputs: Iterable[In]) -> Iterator[Out]:
        """Results as they come. The first exception of a worker stops all of them and is raised here."""
        count = self.workers or cores()
        shared = _Shared(iter(inputs), count)
        threads = [threading.Thread(target=_serve, args=(job, shared), daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        serving = count
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


class _Worker:
    """A spawned process and our end of its pipe."""

    def __init__(self, job: Job[Any, Any]) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(job, theirs), daemon=True)
        self._process.start()
        theirs.close()
        try:
            kind, value = self._pipe.recv()
        except (EOFError, OSError):
            raise RuntimeError("a worker process died while it started; its own message stands above") from None
        if kind == "error":
            raise value

    def do(self, item: Any, stop: threading.Event) -> tuple[str, Any]:
        """Its answer; EOFError or OSError when it died."""
        self._pipe.send(item)
        while not self._pipe.poll(0.2):
            if stop.is_set():
                return "stopped", None
        answer: tuple[str, Any] = self._pipe.recv()
        return answer

    def end(self) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _serve(job: Job[Any, Any], shared: _Shared) -> None:
    """A thread: keep one process busy until the inputs end."""
    worker: _Worker | None = None
    try:
        for item in shared.take():
            for attempt in ("first", "second"):
                worker = worker or _Worker(job)
                try:
                    answer = worker.do(item, shared.stop)
                    break
                except (EOFError, OSError):
                    log.warning("a worker died at its %s attempt on %s", attempt, _name(item))
                    worker.end()
                    worker = None
            else:
                answer = ("result", job.lost(item))
            if answer[0] != "stopped":
                shared.results.put(answer)
    except BaseException as error:  # whatever it was belongs to the caller, who raises it
        shared.results.put(("error", error))
    finally:
        if worker:
            worker.end()
        shared.results.put(("stopped", None))


def _work(job: Job[Any, Any], pipe: Connection) -> None:
    """The worker process: open the job once, say so, then answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what an interrupt means
    with suppress(EOFError, OSError):
        try:
            with job.open() as work:
                pipe.send(("ready", None))
                while True:
                    pipe.send(_guarded(work, pipe.recv()))
        except Exception as error:
            pipe.send(("error", _portable(error)))


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
