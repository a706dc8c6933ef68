"""What differs between two settings that should be alike, in words of the flags and sections that set it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

SECTIONS = {"sequence": "arrays", "refine": "refine", "crops": "crops", "cut": "clips"}
"""What clips may not differ in from those trained on, and the section of a recipe that sets it."""
LONGEST = 60
"""Characters of a value that are shown."""


def changes(before: Mapping[str, Any], now: Mapping[str, Any], section: str = "") -> Iterator[str]:
    """'[arrays] length was 12 and is 32', of all that differs between two settings as plain values."""
    for name in sorted(before.keys() | now.keys()):
        was, new = before.get(name), now.get(name)
        if was == new:
            continue
        if isinstance(was, Mapping) and isinstance(new, Mapping):
            yield from changes(was, new, f"{section}.{name}" if section else SECTIONS.get(name, name))
        else:
            place = f"[{section.replace('_', '-')}] " if section else ""
            yield f"{place}{name.replace('_', '-')} was {_short(was)} and is {_short(new)}"


def other_words(before: Iterator[str] | tuple[str, ...], now: tuple[str, ...]) -> str:
    """Which glosses are new and which are gone; where all are the same, that their order is another."""
    held = tuple(before)
    new = [gloss for gloss in now if gloss not in set(held)]
    gone = [gloss for gloss in held if gloss not in set(now)]
    said = [f"{words} {_named(glosses)}" for words, glosses in (("new:", new), ("gone:", gone)) if glosses]
    return "; ".join(said) or "the same in another order"


def _named(glosses: list[str], most: int = 5) -> str:
    more = f" and {len(glosses) - most} more" if len(glosses) > most else ""
    return ", ".join(glosses[:most]) + more


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
