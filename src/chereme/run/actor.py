"""What an actor of the executor `ray` does on its node: a pool of one process there, which holds the engine.

So a clip that crashes, hangs or swells is treated as on one machine, by the same code and near where it happens; what
Ray tells of an actor that is gone is then never the clip's doing.
"""

import os
import pickle
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chereme.contracts import Run
from chereme.errors import SettingsError, WorkersError
from chereme.landmarks import weights
from chereme.run.local import Pool
from chereme.run.seat import portable

PASSED_ON = "CHEREME_"
"""Environment variables that begin so hold on every node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an actor is to find on its node, as the first process has it on its own."""

    folder: Path
    """The working directory, which paths may be relative to."""
    shared: tuple[Path, ...] = ()
    """Files and folders that every node must see."""
    environment: Mapping[str, str] = field(default_factory=dict)
    chereme: str = field(default_factory=lambda: version("chereme"))

    @classmethod
    def here(cls, shared: tuple[Path, ...] = ()) -> "Surroundings":
        """Those of this process."""
        passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        return cls(folder=Path.cwd(), shared=shared, environment=passed)

    def enter(self) -> None:
        """Have them in this process.

        Raises `WorkersError` for another version of chereme, `SettingsError` for what this node does not see: clip by
        clip it would seem to be missing.
        """
        node = socket.gethostname()
        if self.chereme != version("chereme"):
            raise WorkersError(f"the node {node} has chereme {version('chereme')}, not {self.chereme}; install that")
        os.environ.update(self.environment)
        if not Path(os.environ.get("CHEREME_MODELS", ".")).expanduser().is_dir():
            del os.environ["CHEREME_MODELS"]  # not on this node, in whose cache goes what is handed over
        if self.folder.is_dir():
            os.chdir(self.folder)
        for path in self.shared:
            if not path.exists():
                raise SettingsError(
                    f"the node {node} does not see {path}; videos, and the output folder where workers write to it "
                    "(archives, exports of clips), must be on a disk that all nodes have under one path"
                )


@dataclass(frozen=True, slots=True)
class Packed:
    """A job whose inputs and results travel as bytes, which nobody on the way opens."""

    job: bytes
    """By cloudpickle, so that it may be of a class that the first process's own program defines."""

    @contextmanager
    def open(self) -> Iterator[Callable[[bytes], bytes]]:
        """As the job within."""
        with pickle.loads(self.job).open() as work:  # all of this is by processes of one run, and none else
            yield lambda item: pickle.dumps(work(pickle.loads(item)))

    def lost(self, input: bytes, reason: str = "worker_died") -> bytes:
        """As the job within."""
        return pickle.dumps(pickle.loads(self.job).lost(pickle.loads(input), reason))


class Actor:
    """A process of Ray's, and the one beside it that works."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._opened = ExitStack()
        self._run: Run | None = None
        self._job: Packed | None = None
        vars(sys.modules["__main__"]).pop("__file__", None)  # else the other process would import Ray's own program

    def take(self, job: Packed, around: Surroundings, held: list[Any]) -> tuple[str, Any]:
        """Be ready for the inputs of a job: ("result", None) or ("error", exception).

        `held` may have a reference to the networks' weights, fetched only by a node that lacks some.
        """
        try:
            around.enter()
            if held:
                import ray

                weights.place(lambda: dict(ray.get(held[0])))
            self._job = job
            if self._run is None:
                self._run = self._opened.enter_context(self._pool.open())
        except Exception as error:
            return "error", portable(error)
        return "result", None

    def do(self, item: bytes) -> tuple[str, Any]:
        """What came of one input: ("result", bytes) or ("error", exception)."""
        assert self._run is not None
        assert self._job is not None
        try:
            (result,) = self._run(self._job, [item])
        except Exception as error:
            return "error", portable(error)
        return "result", result
