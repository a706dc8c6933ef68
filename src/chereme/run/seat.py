"""A place for one worker process: starting it, asking it, ending it; and what that process does."""

import faulthandler
import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from math import inf
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from time import monotonic
from typing import Any

from chereme.contracts import Job
from chereme.errors import WorkersError

log = logging.getLogger(__name__)

STARTS = 3
"""Processes that die one after the other before they have their job open: no chance, but a broken installation."""
LOOK_UP = 0.2
"""Seconds between looks whether to go on waiting for an answer."""
PATIENCE = 5.0
"""Seconds to wait for a process that was killed; one that waits for a dead file server cannot be."""


class Died(Exception):
    """The process is gone, or out of memory."""


class Late(Exception):
    """No answer within the time limit."""


class Swollen(Exception):
    """The process held more memory than it may."""


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Seat:
    """A place for one worker: a spawned process, our end of its pipe, and the job it has open.

    One thread at a time asks; `leave` may be called from any other, which ends the process under its hands.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._pipe: Connection | None = None
        self._process: Any = None
        self._job: Job[Any, Any] | None = None

    def sit(self) -> None:
        """Have a process; `Stopped` when the seat was given up."""
        with self._lock:
            if self._closed:
                raise Stopped
            if self._pipe is None:
                context = get_context("spawn")
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs,), daemon=True)
                with theirs, _uninterrupted():
                    process.start()
                self._pipe, self._process = ours, process

    def take(self, job: Job[Any, Any], stop: threading.Event) -> None:
        """Have a process with the job open; what it raises while opening is raised here.

        Raises `WorkersError` when one process after the other dies before it can begin.
        """
        for _ in range(STARTS):
            self.sit()
            if self._job is job:
                return
            try:
                kind, value = self._ask("open", job, stop, inf)
            except Died as death:
                log.warning("a worker died while it started: %s", death)
                continue
            if kind == "error":
                raise value
            self._job = job
            return
        raise WorkersError(
            f"{STARTS} worker processes in a row died before they could begin; what they said stands above. "
            "`chereme build --executor here` does without them and shows the cause; a program of your own must start "
            "its work below `if __name__ == '__main__':`, because workers import it"
        )

    def do(self, item: Any, stop: threading.Event, limit: float = inf, memory: float = inf) -> tuple[str, Any]:
        """The answer within `limit` seconds and `memory` bytes: ("result", value) or ("error", exception).

        Raises `Died`, `Late`, `Swollen` or `Stopped`; the process has ended then.
        """
        return self._ask("do", item, stop, limit, memory)

    def leave(self, *, close: bool = False) -> None:
        """End the process, at once and whatever it is doing; with `close`, for good."""
        with self._lock:
            self._closed |= close
            if self._pipe is not None:
                self._process.kill()
                self._process.join(timeout=PATIENCE)
                self._pipe.close()
            self._pipe = self._job = None

    def _ask(self, what: str, value: Any, stop: threading.Event, limit: float, memory: float = inf) -> tuple[str, Any]:
        try:
            answer = self._answer(what, value, stop, limit, memory)
        except (Died, Late, Swollen, Stopped):
            self.leave()  # its answer would be taken for that to the next question
            raise
        return answer

    def _answer(self, what: str, value: Any, stop: threading.Event, limit: float, memory: float) -> tuple[str, Any]:
        pipe, process = self._pipe, self._process
        if pipe is None:
            raise Stopped
        deadline = monotonic() + limit
        try:
            pipe.send((what, value))
            while not pipe.poll(min(LOOK_UP, limit)):
                if stop.is_set():
                    raise Stopped
                if monotonic() >= deadline:
                    raise Late
                if memory < inf and _held(process.pid) > memory:
                    raise Swollen
            answer: tuple[str, Any] = pipe.recv()
        except (EOFError, OSError):
            if stop.is_set() or self._closed:
                raise Stopped from None
            process.join(timeout=PATIENCE)
            raise Died(_cause(process.exitcode)) from None
        if answer[0] == "memory":
            raise Died("it had no memory left")
        return answer


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A process started within never sees Ctrl-C: the first process decides what an interrupt means."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _held(pid: int) -> int:
    """Bytes of memory that a process really has (proc(5), statm); 0 on systems that do not tell so."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _cause(exitcode: int | None) -> str:
    """Why a process ended, in words."""
    if exitcode is None:
        return "it closed its pipe"
    if exitcode < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def _work(pipe: Connection) -> None:
    """The worker process: open a job when told to, and answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for systems on which it could not be held back
    threading.Thread(target=_end_with_parent, daemon=True).start()
    faulthandler.enable()  # a crash in a codec or a network says where it was
    import_module("chereme.run.jobs")
    work: Callable[[Any], Any] | None = None

    def answer(data: bytes) -> Any:
        nonlocal work
        what, value = pickle.loads(data)  # by the process that started this one, and none else
        if what == "open":
            opened.close()
            work = opened.enter_context(value.open())
            return None
        assert work is not None
        return work(value)

    with suppress(EOFError, OSError), ExitStack() as opened:
        while True:
            pipe.send_bytes(_packed(_guarded(answer, pipe.recv_bytes())))


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even in the middle of a clip that hangs."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _guarded(work: Callable[[Any], Any], item: Any) -> tuple[str, Any]:
    try:
        return "result", work(item)
    except MemoryError:
        return "memory", None
    except Exception as error:
        return "error", portable(error)


def _packed(answer: tuple[str, Any]) -> bytes | memoryview:
    """The answer as it travels; one that cannot is an error."""
    kind, data = _guarded(ForkingPickler.dumps, answer)
    return data if kind == "result" else ForkingPickler.dumps((kind, data))


def portable(error: BaseException) -> BaseException:
    """The error itself if it can travel, else its words."""
    try:
        pickle.loads(pickle.dumps(error))  # our own object, made on the line itself
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
