"""What every executor owes its caller."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chereme.contracts import Run
from chereme.errors import WorkersError
from chereme.plugins import TABLES, load

EXECUTORS = {name: load("executors", name) for name in TABLES["executors"]}


APART = [name for name in EXECUTORS if name != "here"]
"""Those that work in processes of their own, which may die or be ended."""
TIMEOUT = 2.0


@dataclass(frozen=True)
class Square:
    """Squares numbers; some of them do harm."""

    bad: int | None = None
    starving: int | None = None
    deadly: tuple[int, ...] = ()
    deadly_once: tuple[int, ...] = ()
    hanging: tuple[int, ...] = ()
    swelling: tuple[int, ...] = ()
    opens_badly: bool = False
    opens_deadly: int = 0
    """How many processes die while they open it."""
    notes: Path | None = None

    @contextmanager
    def open(self) -> Iterator[Callable[[int], int]]:
        if self.opens_badly:
            raise ValueError("no network")
        if self.opens_deadly and self._noted("opening") <= self.opens_deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        yield self.square

    def square(self, number: int) -> int:
        times = self._noted(number)
        if number in self.deadly or (number in self.deadly_once and times == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if number in self.hanging:
            time.sleep(600)
        if number in self.swelling:
            held = [b"\1" * (64 << 20)]
            while True:
                held.append(held[0][::-1])
                time.sleep(0.03)
        if number == self.starving:
            raise MemoryError
        if number == self.bad:
            raise ValueError(f"{number} is bad")
        return number * number

    def lost(self, number: int, reason: str = "worker_died") -> int:
        return {"worker_died": -number, "timeout": -1000 - number, "out_of_memory": -2000 - number}[reason]

    def _noted(self, what: object) -> int:
        """How often this has been begun, this time included."""
        if not self.notes:
            return 0
        with self.notes.open("a") as notes:
            notes.write(f"{os.getpid()} {what}\n")
        return begun(self.notes).count(str(what))


def begun(notes: Path) -> list[str]:
    return [line.split()[1] for line in notes.read_text().splitlines()]


def ended(pid: int) -> bool:
    """Whether a process is gone, or is about to be."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def marked(names: Iterable[str]) -> list[Any]:
    """Names as parameters; all tests of Ray's run in one process, so that one cluster does for them."""
    return [pytest.param(name, marks=pytest.mark.xdist_group("ray") if name == "ray" else ()) for name in names]


@pytest.fixture(scope="session")
def standing(cluster: Any) -> Iterator[Run]:
    """Three of Ray's actors, which take long to start, for all tests that do not ask for one alone."""
    with EXECUTORS["ray"](workers=3, timeout=TIMEOUT).open() as run:
        yield run


Opened = Callable[..., AbstractContextManager[Run]]


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Opened:
    """Opens an executor by its name and settings."""

    def run(name: str, **settings: Any) -> AbstractContextManager[Run]:
        if name == "ray" and settings.get("workers") != 1:
            return nullcontext(request.getfixturevalue("standing"))
        made: AbstractContextManager[Run] = EXECUTORS[name](**settings).open()
        return made

    return run


@pytest.fixture(params=marked(EXECUTORS))
def run(request: pytest.FixtureRequest, opened: Opened) -> Iterator[Run]:
    with opened(request.param) as run:
        yield run


def test_every_input_once(run: Run, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert sorted(run(Square(notes=notes), range(40))) == [n * n for n in range(40)]
    assert sorted(int(line.split()[1]) for line in notes.read_text().splitlines()) == list(range(40))


def test_no_inputs(run: Run) -> None:
    assert list(run(Square(), [])) == []


def test_an_exception_reaches_the_caller(run: Run) -> None:
    with pytest.raises(ValueError, match="7 is bad"):
        list(run(Square(bad=7), range(20)))


def test_so_does_one_while_opening(run: Run) -> None:
    with pytest.raises(ValueError, match="no network"):
        list(run(Square(opens_badly=True), range(3)))


def test_so_does_one_of_the_inputs(run: Run) -> None:
    def inputs() -> Iterator[int]:
        yield 1
        raise OSError("the list broke off")

    with pytest.raises(OSError, match="broke off"):
        list(run(Square(), inputs()))


def test_inputs_are_taken_only_a_few_ahead(run: Run) -> None:
    taken = []

    def inputs() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = run(Square(), inputs())
    next(results)
    time.sleep(0.3)
    assert len(taken) < 40
    results.close()  # type: ignore[attr-defined]


def test_one_job_after_the_other_also_after_trouble(run: Run) -> None:
    assert sorted(run(Square(), range(5))) == [0, 1, 4, 9, 16]
    with pytest.raises(ValueError, match="3 is bad"):
        list(run(Square(bad=3), range(9)))
    with pytest.raises(ValueError, match="no network"):
        list(run(Square(opens_badly=True), range(9)))
    stopped = run(Square(), iter(range(10**9)))
    next(stopped)
    stopped.close()  # type: ignore[attr-defined]
    assert sorted(run(Square(), range(5))) == [0, 1, 4, 9, 16]


def test_an_input_without_enough_memory_is_tried_once_more_and_then_lost(run: Run, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    results = sorted(run(Square(starving=5, notes=notes), range(1, 12)))
    assert results == sorted([-5, *(n * n for n in range(1, 12) if n != 5)])
    assert begun(notes).count("5") == 2


@pytest.mark.parametrize("name", marked(APART))
class TestApart:
    def test_an_input_that_kills_is_tried_once_more_and_then_lost(
        self, name: str, opened: Opened, tmp_path: Path
    ) -> None:
        notes = tmp_path / "notes"
        with opened(name, workers=2) as run:
            results = sorted(run(Square(deadly=(5,), notes=notes), range(1, 12)))
        assert results == sorted([-5, *(n * n for n in range(1, 12) if n != 5)])
        assert begun(notes).count("5") == 2

    def test_one_that_kills_once_has_its_result(self, name: str, opened: Opened, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        with opened(name, workers=2) as run:
            results = sorted(run(Square(deadly_once=(3, 8), notes=notes), range(12)))
        assert results == [n * n for n in range(12)]
        assert sorted(begun(notes)) == sorted(str(n) for n in [3, 8, *range(12)])

    def test_one_that_hangs_is_given_up_at_the_time_limit(self, name: str, opened: Opened, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        with opened(name, workers=2, timeout=TIMEOUT) as run:
            start = time.monotonic()
            results = sorted(run(Square(hanging=(5,), notes=notes), range(1, 12)))
            assert time.monotonic() - start > TIMEOUT
        assert results == sorted([-1005, *(n * n for n in range(1, 12) if n != 5)])
        assert begun(notes).count("5") == 1
        gone = notes.read_text().splitlines()
        if name == "ray":  # whose others stand for the next test
            gone = [line for line in gone if line.endswith(" 5")]
        assert all(ended(int(line.split()[0])) for line in gone)

    @pytest.mark.skipif(sys.platform != "linux", reason="no other system tells what a process holds")
    def test_one_that_takes_more_memory_than_it_may_is_tried_once_more_and_then_lost(
        self, name: str, opened: Opened, tmp_path: Path
    ) -> None:
        notes = tmp_path / "notes"
        with opened(name, workers=1, memory=0.7) as run:
            results = sorted(run(Square(swelling=(5,), notes=notes), range(1, 9)))
        assert results == sorted([-2005, *(n * n for n in range(1, 9) if n != 5)])
        assert begun(notes).count("5") == 2

    def test_much_trouble_at_once_costs_no_other_result(self, name: str, opened: Opened, tmp_path: Path) -> None:
        job = Square(deadly=(2, 3, 20), deadly_once=(4, 21), hanging=(5, 6, 39), notes=tmp_path / "notes")
        with opened(name, workers=3, timeout=TIMEOUT) as run:
            results = sorted(run(job, range(40)))
            assert sorted(run(Square(), range(4))) == [0, 1, 4, 9]
        lost = {2: -2, 3: -3, 20: -20, 5: -1005, 6: -1006, 39: -1039}
        assert results == sorted(lost.get(n, n * n) for n in range(40))

    def test_workers_that_cannot_start_are_an_error_and_no_endless_loop(
        self, name: str, opened: Opened, tmp_path: Path
    ) -> None:
        notes = tmp_path / "notes"
        with opened(name, workers=1) as run:
            with pytest.raises(WorkersError, match="in a row died before they could begin"):
                list(run(Square(opens_deadly=1000, notes=notes), range(9)))
            assert len(begun(notes)) <= 5
            assert sorted(run(Square(), range(4))) == [0, 1, 4, 9]

    def test_one_that_dies_while_it_starts_is_replaced(self, name: str, opened: Opened, tmp_path: Path) -> None:
        with opened(name, workers=1) as run:
            assert sorted(run(Square(opens_deadly=1, notes=tmp_path / "notes"), range(4))) == [0, 1, 4, 9]


class TestPool:
    def test_workers_stay_for_the_next_job_and_end_with_the_block(self, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        with EXECUTORS["pool"](workers=2).open() as run:
            list(run(Square(notes=notes), range(30)))
            list(run(Square(notes=notes), range(30)))
        workers = {int(line.split()[0]) for line in notes.read_text().splitlines()}
        assert len(workers) <= 2
        for pid in workers:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
