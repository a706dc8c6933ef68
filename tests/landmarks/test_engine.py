"""Questions and answers, with work whose result is known: each piece adds up the answers to its questions."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.landmarks.engine import Asking, Look, OneByOne, Question, Round, Search, abreast, answered
from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import Hand
from chereme.types import Bytes


class Doubling:
    """Answers a number with its double; notes how many came at once."""

    def __init__(self) -> None:
        self.rounds: list[int] = []

    def take(self, pixels: Bytes) -> Iterable[Any]:
        return pixels

    def answer(self, questions: Sequence[Question]) -> list[Any]:
        self.rounds.append(len(questions))
        return [2 * asked.image for asked in questions]


def adding(numbers: Sequence[int]) -> Asking[int]:
    total = 0
    for number in numbers:
        total += yield Search(number)
    return total


NUMBERS = st.lists(st.lists(st.integers(0, 99), max_size=6), max_size=8)


@given(lists=NUMBERS, most=st.integers(1, 9))
def test_results_come_in_order_whoever_is_abreast(lists: list[list[int]], most: int) -> None:
    engine = Doubling()
    assert list(abreast(map(adding, lists), engine, most)) == [2 * sum(numbers) for numbers in lists]
    assert max(engine.rounds, default=0) <= most
    assert sum(engine.rounds) == sum(map(len, lists))


def test_questions_of_all_are_answered_together() -> None:
    engine = Doubling()
    assert list(abreast([adding([1, 2]), adding([3]), adding([4, 5, 6])], engine, 3)) == [6, 6, 30]
    assert engine.rounds == [3, 2, 1]


def test_work_is_begun_only_when_there_is_room() -> None:
    begun = []

    def work() -> Iterator[Asking[int]]:
        for number in range(9):
            begun.append(number)
            yield adding([number, number])

    results = abreast(work(), Doubling(), 2)
    assert next(results) == 0
    assert len(begun) <= 4


def test_one_piece_alone() -> None:
    assert answered(adding([1, 2, 3]), Doubling()) == 12
    assert answered(adding([]), Doubling()) == 0


def test_work_that_is_dropped_ends() -> None:
    ended = []

    def work() -> Asking[None]:
        try:
            yield Search(1)
        finally:
            ended.append(True)

    rounds = Round(Doubling())
    assert rounds.begin("a", work()) == []
    rounds.drop("a")
    rounds.drop("nobody")
    assert ended == [True]
    assert len(rounds) == 0
    assert rounds.turn() == []


def test_one_by_one_asks_whom_it_should() -> None:
    hand = Hand(np.zeros((21, 3), np.float32), 0.9, 0.5, Region(0, 0, 1))
    engine = OneByOne(lambda image, region=None: [], lambda image, regions: [hand] * len(regions))
    image = np.zeros((1, 1, 3), np.uint8)
    assert engine.answer([Look(image, [hand.region] * 2), Search(image)]) == [[hand, hand], []]


def test_what_goes_wrong_while_asking_reaches_the_caller() -> None:
    def work() -> Asking[None]:
        yield Search(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        answered(work(), Doubling())
