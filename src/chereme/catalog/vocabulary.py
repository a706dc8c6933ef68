"""Label numbers that stay the same, and classes that cannot be trained or tested on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from chereme.errors import DatasetError
from chereme.types import SPLITS, Entry, Split, Vocabulary

Order = Literal["sorted", "official"]


def vocabulary(entries: Iterable[Entry], order: Order = "sorted", official: Sequence[str] = ()) -> Vocabulary:
    """The glosses of the entries in label order.

    'sorted' is by code point, as ImageFolder sorts class folders. 'official' is the dataset's class order: `official`
    where given (it must hold every gloss), else the order in which glosses first appear. Glosses without entries have
    no label, so numbers are those of the dataset only as long as no class is missing.
    """
    there = dict.fromkeys(entry.gloss for entry in entries)
    if order == "sorted":
        return Vocabulary(tuple(sorted(there)))
    if not official:
        return Vocabulary(tuple(there))
    if beyond := sorted(there.keys() - set(official)):
        raise DatasetError(f"the official class order has no {', '.join(beyond[:5])}")
    return Vocabulary(tuple(gloss for gloss in dict.fromkeys(official) if gloss in there))


def incomplete(
    entries: Iterable[Entry], glosses: Iterable[str] = (), splits: Collection[Split] | None = None
) -> dict[str, tuple[Split, ...]]:
    """Glosses without an entry in some split, and these splits; sorted by gloss.

    `glosses` adds classes that should be there; `splits` are those that must be filled, None: all that any entry has.
    """
    there: dict[str, set[Split]] = defaultdict(set)
    for gloss in glosses:
        there[gloss] = set()
    for entry in entries:
        there[entry.gloss].update({entry.split} if entry.split else ())
    needed = set().union(*there.values()) if splits is None else set(splits)
    empty = {gloss: tuple(s for s in SPLITS if s in needed - have) for gloss, have in there.items()}
    return {gloss: empty[gloss] for gloss in sorted(empty) if empty[gloss]}
