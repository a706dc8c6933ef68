"""What workers do when their first process is interrupted or killed, or when what they hand over cannot travel."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chereme.errors import SettingsError
from chereme.run.local import Pool
from chereme.run.seat import Stopped
from tests.contracts.test_executors import Square, ended

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from pathlib import Path
from chereme.run.local import Pool
from tests.run.test_local import Sleep

if __name__ == "__main__":
    with Pool(workers=2).open() as run:
        list(run(Sleep(notes=Path(sys.argv[1]), opening=sys.argv[2] == "opening"), range(9)))
"""


@dataclass(frozen=True)
class Sleep:
    """Says which process it is in, and then does nothing for long."""

    notes: Path
    opening: bool = False

    @contextmanager
    def open(self) -> Iterator[Callable[[int], None]]:
        if self.opening:
            self.sleep(0)
        yield self.sleep

    def sleep(self, number: int) -> None:
        with self.notes.open("a") as notes:
            notes.write(f"{os.getpid()}\n")
        time.sleep(600)

    def lost(self, number: int, reason: str = "worker_died") -> None:
        raise AssertionError


@dataclass(frozen=True)
class Give:
    """Gives back what it is told to make."""

    @contextmanager
    def open(self) -> Iterator[Callable[[Any], Any]]:
        yield self.give

    def give(self, what: Any) -> Any:
        if what == "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        return (lambda: 7) if what == "function" else 7

    def lost(self, what: Any, reason: str = "worker_died") -> str:
        return reason


@dataclass(frozen=True)
class Unwelcome:
    """Cannot be unpacked where it arrives."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


def wait_for(what: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("where", ["opening", "working"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_at_once_with_the_process_that_started_them(how: int, where: str, tmp_path: Path) -> None:
    program, notes = tmp_path / "program.py", tmp_path / "notes"
    program.write_text(PROGRAM)
    notes.touch()
    process = subprocess.Popen(
        [sys.executable, program, notes, where],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_for(lambda: notes.read_text().count("\n") == 2, 60)
    workers = [int(line) for line in notes.read_text().splitlines()]
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does: every process of the group gets it
    else:
        process.send_signal(how)
    _, said = process.communicate(timeout=20)
    assert wait_for(lambda: all(map(gone, workers)), 10)
    assert said.count("Traceback") == (how == signal.SIGINT), said
    assert ("KeyboardInterrupt" in said) == (how == signal.SIGINT)


def test_what_cannot_travel_is_an_error_and_no_dead_worker() -> None:
    stuck: list[Any] = ["number", lambda: 7]
    foreign: list[Any] = ["number", Unwelcome()]
    with Pool(workers=1).open() as run:
        with pytest.raises(Exception, match="pickle"):
            list(run(Give(), ["number", "function"]))
        with pytest.raises(Exception, match="pickle"):
            list(run(Give(), stuck))
        with pytest.raises(ValueError, match="no number"):
            list(run(Give(), foreign))
        assert list(run(Give(), ["number"])) == [7]


def test_a_stopped_process_is_ended_too() -> None:
    with Pool(workers=1, timeout=1).open() as run:
        assert list(run(Give(), ["number", "stopped", "number"])) == [7, "timeout", 7]


@pytest.mark.parametrize("timeout", [-1.0, float("nan"), float("inf")])
def test_an_impossible_time_limit_is_refused(timeout: float) -> None:
    with pytest.raises(SettingsError, match="timeout"):
        Pool(timeout=timeout)


def test_many_threads_ask_and_each_is_told_what_came_of_its_own(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    job = Square(deadly=(5,), deadly_once=(3,), hanging=(7,), bad=9, notes=notes)
    with Pool(workers=2, timeout=1).asking() as ask, ThreadPoolExecutor(6) as threads:
        asked = {number: threads.submit(ask, job, number) for number in range(1, 20)}
        told = {number: future.result() for number, future in asked.items() if number != 9}
        with pytest.raises(ValueError, match="9 is bad"):
            asked[9].result()
    assert told == {n: {5: -5, 7: -1007}.get(n, n * n) for n in range(1, 20) if n != 9}
    assert all(ended(int(line.split()[0])) for line in notes.read_text().splitlines())


def test_one_that_asks_has_one_process(tmp_path: Path) -> None:
    notes, job = tmp_path / "notes", Square(notes=tmp_path / "notes")
    with Pool(workers=4).asking(ready=1) as ask:
        assert [ask(job, number) for number in range(9)] == [n * n for n in range(9)]
    assert len({line.split()[0] for line in notes.read_text().splitlines()}) == 1


def test_who_waits_when_the_block_ends_is_told(tmp_path: Path) -> None:
    job = Square(hanging=(1, 2), notes=tmp_path / "notes")
    with ThreadPoolExecutor(2) as threads:
        with Pool(workers=1).asking() as ask:
            waiting = [threads.submit(ask, job, number) for number in (1, 2)]
            assert wait_for((tmp_path / "notes").exists, 20)
        for each in waiting:
            with pytest.raises(Stopped):
                each.result(timeout=20)
    with pytest.raises(Stopped):
        ask(job, 3)
