"""SIGTERM, by which Slurm and Kubernetes end a job, as an interrupt: what is finished is kept, as after Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextmanager
def terminable() -> Iterator[None]:
    """Within, SIGTERM raises `Terminated`, unless another meaning was given to it or this is not the main thread."""
    unheard = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not unheard or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
