"""What a hostile case is: bytes under a name, and what may become of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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


def counted(kind: str, cases: Iterable[object]) -> None:
    """Fail unless the committed numbers state how many cases a corpus has: the docs are made from them."""
    number = len(list(cases))
    stated = json.loads(COUNTS.read_text())[kind]
    assert stated == number, f"{COUNTS.name} says {stated} of {kind}, the corpus has {number}"
