"""What every executor owes its caller."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chereme.contracts import Run
from chereme.plugins import TABLES, load

EXECUTORS = {name: load("executors", name) for name in TABLES["executors"]}


@dataclass(frozen=True)
class Square:
    """Squares numbers; some of them do harm."""

    bad: int | None = None
    deadly: int | None = None
    opens_badly: bool = False
    notes: Path | None = None

    @contextmanager
    def open(self) -> Iterator[Callable[[int], int]]:
        if self.opens_badly:
            raise ValueError("no network")
        yield self.square

    def square(self, number: int) -> int:
        if self.notes:
            with self.notes.open("a") as notes:
                notes.write(f"{os.getpid()} {number}\n")
        if number == self.deadly:
            os._exit(11)
        if number == self.bad:
            raise ValueError(f"{number} is bad")
        return number * number

    def lost(self, number: int) -> int:
        return -number


@pytest.fixture(params=list(EXECUTORS))
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with EXECUTORS[request.param]().open() as run:
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


class TestPool:
    def test_a_dead_worker_is_replaced_and_its_input_tried_once_more(self, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        with EXECUTORS["pool"](workers=2).open() as run:
            results = sorted(run(Square(deadly=5, notes=notes), range(1, 12)))
        assert results == sorted([-5, *(n * n for n in range(1, 12) if n != 5)])
        assert [line.split()[1] for line in notes.read_text().splitlines()].count("5") == 2

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
