"""Which glosses and clips of a catalog are wanted."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chereme.catalog.metadata import read_text
from chereme.catalog.nslt import CLASS_LIST, class_list, membership
from chereme.catalog.splits import apportion
from chereme.errors import DatasetError, SettingsError
from chereme.plugins import suggest
from chereme.types import SPLITS, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The entries wanted, in catalog order, and what there is to say about them."""

    entries: tuple[Entry, ...]
    order: tuple[str, ...] = ()
    """The subset's class order, for an official vocabulary; empty without a subset."""
    absent: tuple[str, ...] = ()
    """Ids that the subset names and the catalog does not have."""
    scarce: dict[str, int] = field(default_factory=dict)
    """Glosses left out for having too few clips, and how many they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Which glosses and clips are wanted; by default all. The settings work in the order in which they stand here."""

    subset: str = ""
    """A subset of WLASL: 100, 300, 1000 or 2000 for nslt_100.json … beside the metadata, or such a file's path."""
    glosses: tuple[str, ...] = ()
    """These glosses only."""
    glosses_file: Path | None = None
    """These glosses only: a text file with one a line."""
    min_clips: int = 0
    """Only glosses with at least this many clips that exist on disk."""
    top: int = 0
    """Only this many glosses, those with most clips; 0: all."""
    max_clips: int = 0
    """At most this many clips of each gloss, from as many signers as can be; 0: all."""

    def __post_init__(self) -> None:
        for name in ("min_clips", "top", "max_clips"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} must be 0 or above, not {getattr(self, name)}")

    def choose(
        self, entries: Sequence[Entry], found: Collection[str] | None = None, folder: Path | None = None
    ) -> Chosen:
        """The entries wanted. Without a word on splits: see `per_split`, to be used when they are final.

        `found` holds the ids that exist on disk (None: all count as existing), `folder` is where the metadata lies.
        Raises `SettingsError` for unknown glosses or when nothing is left.
        """
        chosen = Chosen(entries=tuple(entries))
        if self.subset:
            chosen = subset(entries, self._subset_file(folder or Path()))
        kept: Sequence[Entry] = chosen.entries
        if wanted := (*self.glosses, *(read_glosses(self.glosses_file) if self.glosses_file else ())):
            kept = of_glosses(kept, wanted)
        scarce: dict[str, int] = {}
        if self.min_clips:
            kept, scarce = frequent(kept, self.min_clips, found)
        if self.top:
            kept = most_frequent(kept, self.top, found)
        if self.max_clips:
            kept = at_most(kept, self.max_clips, found)
        if entries and not kept:
            raise SettingsError(f"nothing is left to do: {self._why(scarce)}")
        return replace(chosen, entries=tuple(kept), scarce=scarce)

    def _subset_file(self, folder: Path) -> Path:
        path = folder / f"nslt_{self.subset}.json" if self.subset.isdecimal() else Path(self.subset)
        if not path.exists():
            wanted = "a subset is a number, such as 100, with this file beside the metadata, or the path of such a file"
            raise DatasetError(f"{path}: there is no such file; {wanted}")
        return path

    def _why(self, scarce: dict[str, int]) -> str:
        if scarce:
            most = max(scarce, key=lambda gloss: scarce[gloss])
            return f"no gloss has {self.min_clips} clips on disk; '{most}' has most, {scarce[most]}"
        return f"the subset '{self.subset}' and the catalog have no id in common"


def subset(entries: Iterable[Entry], path: Path) -> Chosen:
    """The entries that a `nslt_*.json` names, with its splits; glosses stay the catalog's own.

    The class order is by the file's class numbers. A class takes the gloss that most of its entries have ('lose' for
    class 163, which the class list calls 'losear'); without an entry, the name in the class list beside the file.
    """
    members = membership(path)
    kept = [replace(e, split=members[e.id][1]) for e in entries if e.id in members]
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in kept:
        votes[members[entry.id][0]][entry.gloss] += 1
    numbers = sorted({number for number, _ in members.values()})
    listed: tuple[str, ...] = ()
    if len(votes) < len(numbers) and (beside := path.with_name(CLASS_LIST)).exists():
        listed = class_list(beside)
    order = dict.fromkeys(gloss for number in numbers if (gloss := _class_name(number, votes, listed)))
    order |= dict.fromkeys(entry.gloss for entry in kept)
    there = {entry.id for entry in kept}
    return Chosen(entries=tuple(kept), order=tuple(order), absent=tuple(id for id in members if id not in there))


def read_glosses(path: Path) -> list[str]:
    """Glosses from a text file, one a line; a leading number and a tab, as in WLASL's class list, are taken off."""
    lines = (re.sub(r"^\d+\t", "", line).strip() for line in read_text(path).splitlines())
    glosses = [line for line in lines if line]
    if not glosses:
        raise DatasetError(f"{path}: holds no gloss; write one a line")
    return glosses


def of_glosses(entries: Sequence[Entry], glosses: Iterable[str]) -> list[Entry]:
    """The entries of these glosses; an unknown one is a `SettingsError` with near names."""
    there = dict.fromkeys(entry.gloss for entry in entries)
    wanted = dict.fromkeys(glosses)
    if unknown := [gloss for gloss in wanted if gloss not in there]:
        folded = {gloss.casefold(): gloss for gloss in there}
        near = [suggest(folded.get(gloss.casefold(), gloss), list(there)) for gloss in unknown[:5]]
        more = f"; and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        said = "; ".join(f"no gloss '{gloss}': {hint}" for gloss, hint in zip(unknown, near, strict=False))
        raise SettingsError(f"the catalog has {said}{more}")
    return [entry for entry in entries if entry.gloss in wanted]


def frequent(
    entries: Sequence[Entry], least: int, found: Collection[str] | None = None
) -> tuple[list[Entry], dict[str, int]]:
    """The entries of glosses with at least `least` clips found, and the other glosses with their counts."""
    counts = _counts(entries, found)
    scarce = {gloss: n for gloss, n in counts.items() if n < least}
    return [entry for entry in entries if entry.gloss not in scarce], scarce


def most_frequent(entries: Sequence[Entry], number: int, found: Collection[str] | None = None) -> list[Entry]:
    """The entries of the glosses with most clips found; of equals, those that come first."""
    counts = _counts(entries, found)
    wanted = set(sorted(counts, key=lambda gloss: -counts[gloss])[:number])
    return [entry for entry in entries if entry.gloss in wanted]


def at_most(entries: Sequence[Entry], number: int, found: Collection[str] | None = None) -> list[Entry]:
    """At most `number` entries of each gloss, in the order given.

    Each split keeps its share of the gloss; within it, clips that are found come first, one of each signer in turn.
    """
    by_gloss: dict[str, dict[str | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, entry in enumerate(entries):
        by_gloss[entry.gloss][entry.split].append(i)
    kept: set[int] = set()
    for gloss, by_split in by_gloss.items():
        sizes = [len(several) for several in by_split.values()]
        shares = sizes if sum(sizes) <= number else apportion(number, sizes, key=gloss)
        for several, share in zip(by_split.values(), shares, strict=True):
            kept.update(_spread(entries, several, share, lambda entry: entry.signer, found))
    return [entry for i, entry in enumerate(entries) if i in kept]


def per_split(entries: Sequence[Entry], number: int, found: Collection[str] | None = None) -> list[Entry]:
    """At most `number` entries of each split, in the order given: found ones first, one of each gloss in turn."""
    kept: set[int] = set()
    for split in (*SPLITS, None):
        several = [i for i, entry in enumerate(entries) if entry.split == split]
        kept.update(_spread(entries, several, number, lambda entry: entry.gloss, found))
    return [entry for i, entry in enumerate(entries) if i in kept]


def _spread(
    entries: Sequence[Entry],
    several: Sequence[int],
    number: int,
    of: Callable[[Entry], Hashable],
    found: Collection[str] | None,
) -> list[int]:
    """Up to `number` of the indices: found ones first, going round what `of` gives, in the order given."""
    rank: Counter[Hashable] = Counter()
    order = []
    for missing in (False, True):
        for i in several:
            if (found is not None and entries[i].id not in found) == missing:
                key = of(entries[i])
                order.append((missing, rank[key], i))
                rank[key] += 1
    return [i for _, _, i in sorted(order)[:number]]


def _counts(entries: Iterable[Entry], found: Collection[str] | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.gloss] = counts.get(entry.gloss, 0) + (found is None or entry.id in found)
    return counts


def _class_name(number: int, votes: dict[int, Counter[str]], listed: Sequence[str]) -> str | None:
    if number in votes:
        return votes[number].most_common(1)[0][0]
    return listed[number] if number < len(listed) else None
