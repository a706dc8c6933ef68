"""What a hostile case is: bytes under a name, and what may become of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

COUNTS = Path(__file__).with_name("counts.json")
"""How many cases each corpus has, as the docs state it."""

KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file, and the only things that may become of it."""

    name: str
    """Letters, digits and '_', so that it is its own id."""
    data: bytes
    expected: frozenset[str]
    """Words of `REASONS`, or 'kept'; several where the damage is drawn by chance."""
    suffix: str = ".mp4"


def case(name: str, data: bytes, *expected: str, suffix: str = ".mp4") -> Case:
    return Case(name=name, data=data, expected=frozenset(expected), suffix=suffix)


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def gathered(makers: Iterable[Callable[[], Iterator[N]]]) -> tuple[N, ...]:
    """All that the makers make, each name once."""
    made = tuple(each for maker in makers for each in maker())
    names = [each.name for each in made]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1][:5]
    return made


def counted(kind: str, cases: Iterable[object]) -> None:
    """Fail unless the committed numbers state how many cases a corpus has: the docs are made from them."""
    number = len(list(cases))
    stated = json.loads(COUNTS.read_text())[kind]
    assert stated == number, f"{COUNTS.name} says {stated} of {kind}, the corpus has {number}"
