"""What every executor owes its caller."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
def executor(request: pytest.FixtureRequest) -> Any:
    return EXECUTORS[request.param]()


def test_every_input_once(executor: Any, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert sorted(executor.run(Square(notes=notes), range(40))) == [n * n for n in range(40)]
    assert sorted(int(line.split()[1]) for line in notes.read_text().splitlines()) == list(range(40))


def test_no_inputs(executor: Any) -> None:
    assert list(executor.run(Square(), [])) == []


def test_an_exception_reaches_the_caller(executor: Any) -> None:
    with pytest.raises(ValueError, match="7 is bad"):
        list(executor.run(Square(bad=7), range(20)))


def test_so_does_one_while_opening(executor: Any) -> None:
    with pytest.raises(ValueError, match="no network"):
        list(executor.run(Square(opens_badly=True), range(3)))


def test_so_does_one_of_the_inputs(executor: Any) -> None:
    def inputs() -> Iterator[int]:
        yield 1
        raise OSError("the list broke off")

    with pytest.raises(OSError, match="broke off"):
        list(executor.run(Square(), inputs()))


def test_inputs_are_taken_only_a_few_ahead(executor: Any) -> None:
    taken = []

    def inputs() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = executor.run(Square(), inputs())
    next(results)
    time.sleep(0.3)
    assert len(taken) < 40
    results.close()


class TestPool:
    def test_a_dead_worker_is_replaced_and_its_input_tried_once_more(self, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        pool = EXECUTORS["pool"](workers=2)
        results = sorted(pool.run(Square(deadly=5, notes=notes), range(1, 12)))
        assert results == sorted([-5, *(n * n for n in range(1, 12) if n != 5)])
        assert [line.split()[1] for line in notes.read_text().splitlines()].count("5") == 2

    def test_workers_end_when_the_caller_stops_early(self, tmp_path: Path) -> None:
        notes = tmp_path / "notes"
        results = EXECUTORS["pool"](workers=2).run(Square(notes=notes), iter(range(10**9)))
        next(results)
        results.close()
        for pid in {int(line.split()[0]) for line in notes.read_text().splitlines()}:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
