"""Who is trained on and who is tested: the dataset's own splits, or ours, which no clip's twin ever crosses."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

from chereme.catalog.twins import Groups, Twins, Union, crossing
from chereme.errors import SettingsError
from chereme.types import SPLITS, Entry, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """Entries with their splits, in catalog order, and what there is to say about it."""

    entries: tuple[Entry, ...]
    by: str
    """How it was done: official, stratified, signer or none."""
    crossing: tuple[Twins, ...] = ()
    """Twins that lie in different splits; with our own splits there are none."""
    placed: tuple[str, ...] = ()
    """Ids whose split is a guess: without an official split among entries that have one, or without a signer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """How entries are divided into train, val and test."""

    by: Literal["auto", "official", "stratified", "signer", "none"] = "auto"
    """official: the dataset's; stratified: shares of each gloss; signer: no signer in two splits; none: no splits;
    auto: official where the dataset has splits, else stratified."""
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Parts of train, val and test, in any scale; 0 leaves a split empty. For stratified and signer."""
    shares_of: Literal["all", "found"] = "all"
    """What these are parts of: all clips asked for, so that each stays where it is when more of them are found, or the
    clips that are found, which then may move. For stratified and signer."""
    seed: int = 0
    """Another number gives other splits. For stratified and signer."""

    def __post_init__(self) -> None:
        if self.by not in ("auto", "official", "stratified", "signer", "none"):
            raise SettingsError(f"by must be auto, official, stratified, signer or none, not '{self.by}'")
        if self.shares_of not in ("all", "found"):
            raise SettingsError(f"shares-of must be all or found, not '{self.shares_of}'")
        if len(self.shares) != 3 or not all(0 <= share < 1e9 for share in self.shares) or sum(self.shares) <= 0:
            raise SettingsError(f"shares must be three numbers from 0, not all 0, as 0.8 0.1 0.1, not {self.shares}")

    def divide(
        self, entries: Sequence[Entry], groups: Groups | None = None, found: Collection[str] | None = None
    ) -> Divided:
        """Entries with their splits, in the order given; ids must be unique, `groups` are the twins among them.

        `found` holds the ids that exist on disk (None: all count as existing), which matters for `shares_of` alone.

        Official splits are taken as they are: twins that cross them are listed, not moved. An entry without a split
        among others that have one goes where its twin is (test before val before train), else to train.
        """
        groups = groups or {}
        by = self.by
        if by == "auto":
            by = "official" if any(entry.split for entry in entries) else "stratified"
        if by == "official":
            return _official(entries, groups)
        if by == "none":
            return Divided(entries=tuple(replace(entry, split=None) for entry in entries), by=by)
        if by == "signer":
            return self._by_signer(entries, groups, found)
        units = {entry.id: groups.get(entry.id, entry.id) for entry in entries}
        splits = self._shared(entries, units, found, fill=False)
        return Divided(entries=_with(entries, {id: splits[unit] for id, unit in units.items()}), by=by)

    def _by_signer(self, entries: Sequence[Entry], groups: Groups, found: Collection[str] | None) -> Divided:
        """No signer in two splits. Clips without a signer may be of anyone: they are trained on, never tested on."""
        if not any(entry.signer for entry in entries):
            raise SettingsError(
                "splits by signer need signers, and no entry has one: name them in a folder's signers.csv or a table's "
                "column signer, or try by = 'stratified'"
            )
        united = Union()
        for entry in entries:
            if key := groups.get(entry.id):
                united.join(_person(entry), f"group:{key}")
        units = {entry.id: united.find(_person(entry)) for entry in entries}
        unknown = united.find(_person(replace(entries[0], signer=None)))
        known = [entry for entry in entries if units[entry.id] != unknown]
        wanted = sum(share > 0 for share in self.shares)
        people = len({units[entry.id] for entry in self._counted(known, found)})
        if people < wanted:
            raise SettingsError(
                f"{wanted} splits by signer need as many signers without common clips; there are {people}. "
                "Set the share of a split to 0, or try by = 'stratified'"
            )
        splits = self._shared(known, units, found, fill=True) | {unknown: "train"}
        return Divided(
            entries=_with(entries, {id: splits[unit] for id, unit in units.items()}),
            by="signer",
            placed=tuple(entry.id for entry in entries if not entry.signer),
        )

    def _counted(self, entries: Sequence[Entry], found: Collection[str] | None) -> Sequence[Entry]:
        """Those that the shares are of."""
        if self.shares_of == "all" or found is None:
            return entries
        return [entry for entry in entries if entry.id in found]

    def _shared(
        self, entries: Sequence[Entry], units: Mapping[str, str], found: Collection[str] | None, *, fill: bool
    ) -> dict[str, Split]:
        """A split for each unit: those that the shares are of first, then the others among themselves."""
        splits = self._assign(self._counted(entries, found), units, fill=fill)
        left = [entry for entry in entries if units[entry.id] not in splits]
        return splits | (self._assign(left, units, fill=False) if left else {})

    def _assign(self, entries: Sequence[Entry], units: Mapping[str, str], *, fill: bool) -> dict[str, Split]:
        """A split for each unit (a clip, a group of twins, a signer), which stays together.

        Each gloss has a whole number of clips to give to each split. Large units first, each goes where most of its
        clips are still wanted, like the iterative stratification of Sechidis et al. (2011); a hash of seed and name
        decides between equals, so that more data elsewhere does not reshuffle a gloss. With `fill`, the last units go
        where there is none yet, and of equal choices to the split that lacks most.
        """
        held: dict[str, dict[str, int]] = {}
        sizes: Counter[str] = Counter()
        for entry in entries:
            unit = units[entry.id]
            glosses = held.setdefault(unit, {})
            glosses[entry.gloss] = glosses.get(entry.gloss, 0) + 1
            sizes[unit] += 1
        clips = Counter(entry.gloss for entry in entries)
        apart = Counter(gloss for glosses in held.values() for gloss in glosses)
        wanted = {g: apportion(n, self.shares, apart=apart[g], key=f"{self.seed}:{g}") for g, n in clips.items()}
        left = {gloss: list(numbers) for gloss, numbers in wanted.items()}
        total = [sum(numbers[s] for numbers in wanted.values()) for s in range(3)]
        still = list(total)
        open_ = [s for s in range(3) if self.shares[s] > 0]
        empty = set(open_)
        splits: dict[str, Split] = {}
        for done, unit in enumerate(sorted(held, key=lambda unit: (-sizes[unit], _hash(f"{self.seed}:{unit}")))):
            glosses = held[unit]
            best, most = open_[0], (-1.0, 0.0, 0.0)
            for s in sorted(empty) if fill and empty and len(held) - done <= len(empty) else open_:
                filled, need = 0, 0.0
                for gloss, n in glosses.items():
                    room = left[gloss][s]
                    if room > 0:
                        filled += min(n, room)
                    if wanted[gloss][s]:
                        need += room / wanted[gloss][s]
                merit = (filled, need, still[s] / max(total[s], 1) if fill else 0.0)
                if merit > most:
                    best, most = s, merit
            splits[unit] = SPLITS[best]
            empty.discard(best)
            still[best] -= sizes[unit]
            for gloss, n in glosses.items():
                left[gloss][best] -= n
        return splits


def apportion(number: int, shares: Sequence[float], *, apart: int | None = None, key: str = "") -> list[int]:
    """Whole numbers in the proportion of `shares` that add up to `number`, by largest remainder.

    When there are at least as many pieces that can be parted (`apart`; None: all can) as there are shares above 0,
    each of these gets at least 1. Equal remainders are decided by a hash of `key`.
    """
    ideal = [number * share / sum(shares) for share in shares]
    given = [int(part + 1e-9) for part in ideal]
    ties = sorted(range(len(shares)), key=lambda s: (given[s] - ideal[s], _hash(f"{key}:{s}")))
    for s in [s for s in ties if shares[s] > 0][: number - sum(given)]:
        given[s] += 1
    open_ = [s for s in range(len(shares)) if shares[s] > 0]
    if (number if apart is None else apart) >= len(open_):
        for s in open_:
            if not given[s]:
                given[max(open_, key=lambda s: given[s])] -= 1
                given[s] = 1
    return given


def _official(entries: Sequence[Entry], groups: Groups) -> Divided:
    if not any(entry.split for entry in entries):
        raise SettingsError("by = 'official' needs a dataset with splits, and no entry has one; try 'stratified'")
    twin: dict[str, Split] = {}
    for entry in entries:
        if entry.split and (key := groups.get(entry.id)):
            twin[key] = max(twin.get(key, entry.split), entry.split, key=SPLITS.index)
    placed = {e.id: twin.get(groups.get(e.id, ""), SPLITS[0]) for e in entries if e.split is None}
    divided = _with(entries, placed) if placed else tuple(entries)
    return Divided(entries=divided, by="official", crossing=tuple(crossing(divided, groups)), placed=tuple(placed))


def _with(entries: Sequence[Entry], splits: Mapping[str, Split]) -> tuple[Entry, ...]:
    return tuple(replace(entry, split=splits.get(entry.id, entry.split)) for entry in entries)


def _person(entry: Entry) -> str:
    return f"signer:{entry.signer}" if entry.signer else "nobody"


def _hash(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
