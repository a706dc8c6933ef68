"""The executor `ray`: actors on the nodes of a Ray cluster, which may come and go."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chereme.contracts import Run
from chereme.errors import ExtraMissing, WorkersError
from chereme.run.crew import Crew
from chereme.run.local import Pool, cores

log = logging.getLogger(__name__)

OBJECTS = 512 << 20
"""Bytes of shared memory for results under way in a Ray of our own: two a worker, of about 0.1 MB."""
QUIET: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray:
    """Actors on a cluster, or on a Ray of its own on this machine.

    They are started when there is work for them and stay for the next job, unless that needs more or less of a node.
    """

    workers: int = 0
    """Actors; 0 takes as many as the cluster has room for, also when it grows."""
    timeout: float = 0.0
    """Seconds for one input, after which its process is ended; 0: no limit."""
    memory: float = 0.0
    """Gigabytes (10⁹ bytes) that a process may hold, above which it is ended. 0: no limit."""
    address: str = ""
    """Of the cluster, as host:port. Without: the one that this process has joined, that `RAY_ADDRESS` names or that
    runs on this machine; `local`, or where there is none: one of its own."""
    shared: tuple[Path, ...] = ()
    """Files and folders that every node must see."""

    @contextmanager
    def open(self) -> Iterator[Run]:
        """Actors that end with the block; so does the cluster, if it is one of its own."""
        pool = Pool(workers=1, timeout=self.timeout, memory=self.memory)
        with _joined(self.address, self.workers) as ray:
            crew = Crew(ray, pool, self.workers, self.shared)
            try:
                yield lambda job, inputs: crew.run(job, iter(inputs))
            finally:
                crew.leave()


@contextmanager
def _joined(address: str, workers: int) -> Iterator[Any]:
    """Ray, connected to a cluster; it is left again unless this process had joined it before."""
    try:
        import ray
    except ImportError:
        raise ExtraMissing("the executor 'ray'", "ray") from None
    if ray.is_initialized():
        yield ray
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a Ray of our own tells nobody of it
    terminate = signal.getsignal(signal.SIGTERM)
    if address == "local" or not _found(ray, address):
        log.info("a Ray of its own, on this machine")
        alone: dict[str, Any] = {"object_store_memory": OBJECTS, "include_dashboard": False}
        # Else it would end actors of ours for what others hold; the limit of memory is the pool's business.
        alone["_system_config"] = {"memory_monitor_refresh_ms": 0}
        ray.init(address="local", num_cpus=workers or cores(), **alone, **QUIET)
    if callable(terminate) and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminate)  # Ray has put its own in the place of what the caller wants
    try:
        yield ray
    finally:
        ray.shutdown()


def _found(ray: Any, address: str) -> bool:
    """Whether there is a cluster, which is then joined; `WorkersError` where none answers at the address given."""
    try:
        ray.init(address=address or "auto", **QUIET)
    except (ConnectionError, ValueError, RuntimeError) as error:
        if address:
            raise WorkersError(f"no Ray cluster answers at {address}: {error}") from error
        return False
    return True
