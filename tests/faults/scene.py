"""One seeded run: a folder of its own, the program started in it with a fault or without, and what came of it."""

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

from tests.faults import driver
from tests.faults.collection import Collection

ROOT = Path(__file__).parents[2]
OUT = "out"
"""The output folder, relative, so that no run's files hold another path than those of the others."""
PATIENCE = 300
"""Seconds after which a run counts as hanging."""

SERVER = get_context("forkserver")
"""Programs are forked off a process that has imported everything and done nothing, which spares most of a short run."""
SERVER.set_forkserver_preload(["tests.faults.imported"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended."""

    code: int
    said: str


@dataclass(slots=True, kw_only=True, eq=False)
class Scene:
    """Where a seeded run takes place."""

    folder: Path
    collection: Collection
    seed: str
    executor: str = "here"
    workers: int = 1
    moments: Sequence[str] = ()
    """What the first process of an untroubled run did to files, in order: "write tracks/…", "flush catalog.parquet"."""
    size: int = 0
    """Bytes that an untroubled run leaves."""
    report: bool = False
    random: Random = field(default_factory=Random)
    ran: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.folder.mkdir()

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.folder / OUT

    @property
    def notes(self) -> Path:
        """Where the last run's process wrote down what it did."""
        return self.folder / f"notes-{self.ran}"

    @property
    def struck(self) -> bool:
        """Whether the last run met its fault."""
        return (self.notes / "struck").exists()

    def moment(self) -> int:
        """Which moment to strike at: of all the places that are written to, each as likely as the others."""
        places: dict[str, list[int]] = {}
        for at, what in enumerate(self.moments, start=1):
            places.setdefault(_place(what), []).append(at)
        return self.random.choice(places[self.random.choice(sorted(places))])

    def run(self, *flags: str, **plan: Any) -> Ended:
        """The program, to its end."""
        with self.started(*flags, **plan) as process:
            return self.ended(process)

    def ended(self, process: ForkServerProcess) -> Ended:
        """Wait for the program to end; raises `TimeoutError` when it hangs."""
        process.join(PATIENCE)
        if process.exitcode is None:
            raise TimeoutError(f"it goes on after {PATIENCE} seconds")
        return Ended(code=process.exitcode, said=(self.folder / f"said-{process.name}").read_text(errors="replace"))

    @contextmanager
    def started(self, *flags: str, **plan: Any) -> Iterator[ForkServerProcess]:
        """The program, running: the first of a group of processes of its own, whose rest ends with the block."""
        self.ran += 1
        self.notes.mkdir()
        name = str(self.ran)
        known = {"role": "driver", "whom": "self", "seed": self.seed, "signal": signal.SIGKILL}
        plan = known | plan | {"folder": str(self.out), "notes": str(self.notes)}
        command = [
            *("build", str(self.collection.recipe), "--out", OUT),
            *("--executor", self.executor, "--workers", str(self.workers)),
            *(() if self.report else ("--no-report",)),
            *flags,
        ]
        said = str(self.folder / f"said-{name}")
        process = SERVER.Process(target=driver.main, args=(command, str(self.folder), said, plan), name=name)
        process.start()
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()

    def clear(self) -> None:
        """Nothing of the run is left."""
        shutil.rmtree(self.folder)


def _place(what: str) -> str:
    """The folder of a moment, below which all moments are alike: tracks, exports/crops, a file at the top."""
    _, _, name = what.partition(" ")
    parts = [part for part in Path(name).parts if not part.startswith(".")]
    return "/".join(parts[: 2 if parts[:1] == ["exports"] else 1])
