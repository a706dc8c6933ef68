"""Which entries show the same signing: files of the same bytes, or overlapping parts of one recording.

Twins on both sides of a split leak: WLASL has 146 test clips with a byte-identical twin in train or val, and most such
pairs carry two glosses (able = can).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chereme.catalog.address import recording_of
from chereme.types import SPLITS, Entry

Groups = Mapping[str, str]
"""Entry id to the key of its group, for entries that have a twin; all others stand alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Entries that show the same signing, in catalog order."""

    ids: tuple[str, ...]
    glosses: tuple[str, ...]
    """Each of them once, sorted."""
    splits: tuple[str, ...]
    """The splits in which they lie, in the order train, val, test."""


class Union:
    """Sets of things that grow together; the smallest key joined names its set."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, key: str) -> str:
        """The name of the key's set."""
        root = key
        while (above := self._above.get(root, root)) != root:
            root = above
        while key != root:
            self._above[key], key = root, self._above.get(key, key)
        return root

    def joined(self, key: str) -> bool:
        """Whether the key was joined with another, as the lesser or the greater of them."""
        return key in self._above

    def join(self, a: str, b: str) -> None:
        """Make one set of two."""
        low, high = sorted((self.find(a), self.find(b)))
        if low != high:
            self._above[high] = low
            self._above.setdefault(low, low)


def groups(entries: Sequence[Entry], digests: Mapping[str, str] | None = None) -> dict[str, str]:
    """Group key by id, for entries that have a twin; `digests` is the SHA-256 of the file of each id that has one.

    Twins are entries with overlapping spans of one recording (the same URL, or without a URL the same file), and
    entries whose files have the same bytes. But when such a file is a longer recording, of which entries use parts
    that do not overlap, then only overlapping parts of it are twins. Spans on different frame bases count as
    overlapping, since their order cannot be told from metadata. Of a chain of twins, all are one group.
    """
    digests = digests or {}
    united = Union()
    recordings, copies = _Groups(), _Groups()
    for entry in entries:
        if recording := _recording(entry):
            recordings.add(recording, entry)
        if digest := digests.get(entry.id):
            copies.add(digest, entry)
    for several in recordings:
        _join(united, _overlaps(several))
    for several in copies:
        if _is_longer_recording(several):
            _join(united, _overlaps(several))
        else:
            _join(united, pairwise(several))
    members: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if united.joined(entry.id):
            members[united.find(entry.id)].append(entry.id)
    return {id: key for key, ids in members.items() if len(ids) > 1 for id in ids}


class _Groups:
    """Entries by a key that most of them share with no other: only where two do, there is a list."""

    def __init__(self) -> None:
        self._first: dict[str, Entry | list[Entry]] = {}

    def add(self, key: str, entry: Entry) -> None:
        """One entry more."""
        there = self._first.setdefault(key, entry)
        if isinstance(there, list):
            there.append(entry)
        elif there is not entry:
            self._first[key] = [there, entry]

    def __iter__(self) -> Iterator[list[Entry]]:
        """Groups of two and more, by their first entry."""
        return (several for several in self._first.values() if isinstance(several, list))


def twins(entries: Sequence[Entry], groups: Groups) -> list[Twins]:
    """Every group of which at least two of the entries are members, in catalog order."""
    members: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if key := groups.get(entry.id):
            members[key].append(entry)
    return [_twins(several) for several in members.values() if len(several) > 1]


def crossing(entries: Sequence[Entry], groups: Groups) -> list[Twins]:
    """The groups with members in more than one split."""
    return [each for each in twins(entries, groups) if len(each.splits) > 1]


def _twins(several: list[Entry]) -> Twins:
    there = {entry.split for entry in several}
    return Twins(
        ids=tuple(entry.id for entry in several),
        glosses=tuple(sorted({entry.gloss for entry in several})),
        splits=tuple(split for split in SPLITS if split in there),
    )


def _recording(entry: Entry) -> str | None:
    if entry.url:
        return recording_of(entry.url)
    return f"file:{entry.files[0]}" if entry.files else None


def _is_longer_recording(several: list[Entry]) -> bool:
    """Whether entries of one recording use separate parts of the same bytes, so that the file was not cut for one."""
    by_recording: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in several:
        by_recording[_recording(entry)].append(entry)
    return any(key and len(list(_overlaps(own))) < len(own) - 1 for key, own in by_recording.items())


def _overlaps(several: list[Entry]) -> Iterable[tuple[Entry, Entry]]:
    """Enough pairs to connect all entries of one recording that overlap: at most one fewer than there are entries."""
    if len(several) < 2:
        return
    rates = {entry.span.rate for entry in several if not entry.span.whole}
    if len(rates) > 1:
        yield from pairwise(several)
        return
    far: Entry | None = None
    for entry in sorted(several, key=lambda entry: entry.span.start):
        if far is not None and entry.span.start < _stop(far):
            yield far, entry
        if far is None or _stop(entry) > _stop(far):
            far = entry


def _stop(entry: Entry) -> float:
    return float("inf") if entry.span.stop is None else entry.span.stop


def _join(united: Union, pairs: Iterable[tuple[Entry, Entry]]) -> None:
    for a, b in pairs:
        united.join(a.id, b.id)
