"""What following asks of the networks, and who answers: one question after the other, or those of many clips at once.

The logic of following is written as generators: they give out a question, and go on with its answer. So the same logic
serves a CPU, where a network is quickest with one image at a time, and a GPU, where it is quickest with many.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import Landmarker
from chereme.landmarks.palm import Detector
from chereme.types import Bytes

T = TypeVar("T")

Image = Any
"""One frame, as an engine keeps it."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What hands are in these regions of an image? The answer is a list with a `Hand` a region, however unlikely."""

    image: Image
    regions: Sequence[Region]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What palms are in an image, or in a region of it? The answer is a list of `Palm`, best first."""

    image: Image
    region: Region | None = None


Question = Look | Search
Asking = Generator[Question, Any, T]
"""Work that asks questions on its way to a result."""


class Engine(Protocol):
    """Answers questions."""

    def take(self, pixels: Bytes) -> Iterable[Image]:
        """The frames (frames, height, width, rgb), each as this engine wants it in questions."""
        ...

    def answer(self, questions: Sequence[Question]) -> list[Any]:
        """An answer a question; which questions come together changes nothing about any of them."""
        ...


class OneByOne:
    """An engine for a CPU: each question on its own, images where they are."""

    def __init__(self, detect: Detector, landmarks: Landmarker) -> None:
        self._detect, self._landmarks = detect, landmarks

    def take(self, pixels: Bytes) -> Iterable[Image]:
        """The frames as they are."""
        return pixels

    def answer(self, questions: Sequence[Question]) -> list[Any]:
        """An answer a question."""
        return [
            self._detect(asked.image, asked.region)
            if isinstance(asked, Search)
            else self._landmarks(asked.image, asked.regions)
            for asked in questions
        ]


def answered(asking: Asking[T], engine: Engine) -> T:
    """The result of work whose questions are answered as they come."""
    try:
        question = next(asking)
        while True:
            question = asking.send(engine.answer([question])[0])
    except StopIteration as end:
        result: T = end.value
        return result


class Round:
    """Pieces of work under way, each waiting for the answer to one question; a round answers all of them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: dict[Any, tuple[Asking[Any], Question]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, key: Any, asking: Asking[T]) -> list[tuple[Any, T]]:
        """Set a piece of work going; its key and result, if it is finished without a question."""
        return self._go_on(key, asking, None)

    def drop(self, key: Any) -> None:
        """Give up a piece of work, if it is under way."""
        if key in self._waiting:
            self._waiting.pop(key)[0].close()

    def turn(self) -> list[tuple[Any, Any]]:
        """Answer every question there is; the keys and results of the work that this finished."""
        waiting, self._waiting = self._waiting, {}
        answers = self._engine.answer([question for _, question in waiting.values()])
        return [
            done
            for (key, (asking, _)), answer in zip(waiting.items(), answers, strict=True)
            for done in self._go_on(key, asking, answer)
        ]

    def _go_on(self, key: Any, asking: Asking[T], answer: Any) -> list[tuple[Any, T]]:
        try:
            self._waiting[key] = asking, asking.send(answer)
        except StopIteration as end:
            return [(key, end.value)]
        return []


def abreast(work: Iterable[Asking[T]], engine: Engine, most: int) -> Iterator[T]:
    """The results in the order of the work, of which at most so many pieces are under way at once.

    Results that are ready before their turn are kept until it comes.
    """
    rest = enumerate(work)
    rounds: Round = Round(engine)
    finished: dict[int, T] = {}
    due = 0
    while True:
        while len(rounds) < most and (piece := next(rest, None)) is not None:
            finished |= rounds.begin(*piece)
        while due in finished:
            yield finished.pop(due)
            due += 1
        if not len(rounds):
            return
        finished |= rounds.turn()
