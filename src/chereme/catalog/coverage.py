"""What a catalog holds, in numbers: how much of it is there, how even it is, and what might leak between splits."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from chereme.catalog.address import file_names, recording_of, youtube_id
from chereme.catalog.identity import unique
from chereme.catalog.twins import Twins, groups, twins
from chereme.catalog.vocabulary import incomplete
from chereme.types import SPLITS, Entry

UNKNOWN = "(unknown)"
"""Stands for a source or a split that an entry does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How many clips classes have; of those found, when it is known what is found."""

    glosses: int
    empty: int
    """Classes without a clip; the other numbers leave them out."""
    least: int
    median: float
    most: int
    imbalance: float
    """The largest class over the smallest that has a clip; 0 without any clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One split."""

    clips: int
    found: int | None
    signers: int
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The numbers of `chereme inspect`; `dataclasses.asdict` makes it plain data that JSON can hold."""

    clips: int
    """Entries with an id of their own."""
    duplicate_ids: tuple[str, ...]
    """Ids that come again; the later entries are not counted elsewhere."""
    found: int | None
    """How many have a file; None when that was not looked up."""
    missing: int | None
    by_source: dict[str, int]
    """Clips of each source, most first."""
    missing_by_source: dict[str, int]
    """Clips without a file of each source, most first; empty when that was not looked up."""
    signers: int
    without_signer: int
    signers_shared: dict[str, int]
    """How many signers two splits share, by 'train+val', 'train+test' and 'val+test', where both splits are there."""
    balance: Balance
    splits: dict[str, Part]
    """By train, val, test and '(unknown)', those that are there."""
    incomplete: dict[str, tuple[str, ...]]
    """Glosses without a clip (found, when that is known) in some split, and in which."""
    name_collisions: dict[str, tuple[str, ...]]
    """File names that URLs of different recordings end in, and the URLs."""
    shared_recordings: int
    """URLs that serve more than one clip."""
    clips_in_shared_recordings: int
    twins: int
    """Groups of clips that show the same signing."""
    clips_with_twin: int
    twins_across_glosses: int
    """Groups with more than one gloss."""
    twins_across_splits: tuple[Twins, ...]
    """Groups in more than one split."""
    test_clips_with_twin: int
    """Test clips with a twin in train or val."""


def coverage(
    entries: Iterable[Entry],
    found: Collection[str] | None = None,
    digests: Mapping[str, str] | None = None,
    grouped: Mapping[str, str] | None = None,
) -> Coverage:
    """The numbers of a catalog; `found` are ids with a file, `digests` their files' SHA-256 by id, if known.

    `grouped` are the groups of twins by id when they have been computed before.
    """
    kept, repeated = unique(entries)
    here = kept if found is None else [entry for entry in kept if entry.id in found]
    gone = [] if found is None else [entry for entry in kept if entry.id not in found]
    there = twins(kept, groups(kept, digests) if grouped is None else grouped)
    across = tuple(each for each in there if len(each.splits) > 1)
    test = {entry.id for entry in kept if entry.split == "test"}
    recordings = Counter(recording_of(entry.url) for entry in kept if entry.url)
    shared = [n for n in recordings.values() if n > 1]
    glosses = dict.fromkeys(entry.gloss for entry in kept)
    return Coverage(
        clips=len(kept),
        duplicate_ids=tuple(dict.fromkeys(reject.id for reject in repeated)),
        found=None if found is None else len(here),
        missing=None if found is None else len(gone),
        by_source=_by_source(kept),
        missing_by_source=_by_source(gone),
        signers=len({entry.signer for entry in kept if entry.signer}),
        without_signer=sum(not entry.signer for entry in kept),
        signers_shared=_signers_shared(kept),
        balance=_balance(glosses, here),
        splits=_parts(kept, here, found),
        incomplete={**incomplete(here, glosses, [s for s in SPLITS if any(e.split == s for e in kept)])},
        name_collisions=_name_collisions(kept),
        shared_recordings=len(shared),
        clips_in_shared_recordings=sum(shared),
        twins=len(there),
        clips_with_twin=sum(len(each.ids) for each in there),
        twins_across_glosses=sum(len(each.glosses) > 1 for each in there),
        twins_across_splits=across,
        test_clips_with_twin=sum(id in test for each in across for id in each.ids),
    )


def _by_source(entries: Iterable[Entry]) -> dict[str, int]:
    counts = Counter(entry.source or UNKNOWN for entry in entries)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _balance(glosses: Collection[str], entries: Iterable[Entry]) -> Balance:
    counts = Counter(entry.gloss for entry in entries)
    sizes = sorted(counts.values()) or [0]
    return Balance(
        glosses=len(glosses),
        empty=len(glosses) - len(counts),
        least=sizes[0],
        median=float(median(sizes)),
        most=sizes[-1],
        imbalance=sizes[-1] / sizes[0] if sizes[0] else 0.0,
    )


def _parts(kept: Sequence[Entry], here: Sequence[Entry], found: Collection[str] | None) -> dict[str, Part]:
    parts = {}
    for split in (*SPLITS, None):
        asked = [entry for entry in kept if entry.split == split]
        if not asked:
            continue
        have = [entry for entry in here if entry.split == split]
        parts[split or UNKNOWN] = Part(
            clips=len(asked),
            found=None if found is None else len(have),
            signers=len({entry.signer for entry in asked if entry.signer}),
            balance=_balance({entry.gloss for entry in asked}, have),
        )
    return parts


def _signers_shared(entries: Iterable[Entry]) -> dict[str, int]:
    signers: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.split and entry.signer:
            signers[entry.split].add(entry.signer)
    pairs = combinations([split for split in SPLITS if split in signers], 2)
    return {f"{a}+{b}": len(signers[a] & signers[b]) for a, b in pairs}


def _name_collisions(entries: Iterable[Entry]) -> dict[str, tuple[str, ...]]:
    """YouTube's ids are left out: one id is one recording, whatever the URL."""
    urls: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        if entry.url and not youtube_id(entry.url):
            for name in file_names(entry.url)[:1]:
                urls[name].setdefault(recording_of(entry.url), entry.url)
    return {name: tuple(sorted(urls[name].values())) for name in sorted(urls) if len(urls[name]) > 1}
