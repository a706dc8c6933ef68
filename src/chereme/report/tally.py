"""What is counted over the tables: reasons, sources, splits, classes. Every list has a bound, the rest is summed."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chereme.report.facts import Facts, texts
from chereme.types import REASONS, SPLITS

EXAMPLES = 6
"""Ids shown for a reason."""
MOST_ROWS = 30
"""Rows of a table of words from data."""
MOST_BARS = 60
"""Glosses that are named in the class balance; of more, only its shape and its ends are shown."""
MOST_TWINS = 12
NO_SPLIT = "no split"

_MISSING = "missing_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One word for why clips were dropped."""

    word: str
    meaning: str
    clips: int
    stages: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    """Ids with the particulars."""


def reasons(facts: Facts) -> list[Reason]:
    """Why clips were dropped before any export, most frequent first; the summary counts where there is no list."""
    dropped = facts.rejects.filter(pc.fill_null(pc.not_equal(facts.rejects["stage"], "deliver"), True))
    counted: Counter[str] = Counter()
    met: defaultdict[str, set[str]] = defaultdict(set)
    examples: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    columns = (texts(dropped, name) for name in ("reason", "stage", "id", "detail"))
    for word, stage, id, detail in zip(*columns, strict=True):
        word = word or ""
        counted[word] += 1
        met[word].add(stage or "")
        if len(examples[word]) < EXAMPLES:
            examples[word].append((id or "", detail or ""))
    if not facts.output.rejects.exists():
        counted.update({word: clips for word, clips in facts.section("rejected").items() if isinstance(clips, int)})
    return [
        Reason(
            word=word,
            meaning=REASONS.get(word, ""),
            clips=clips,
            stages=tuple(sorted(met[word])),
            examples=tuple(examples[word]),
        )
        for word, clips in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A piece of the funnel bar."""

    name: str
    kind: str
    """The word for it in the page's style."""
    clips: int


def funnel(facts: Facts) -> list[Share]:
    """What became of all clips asked for: kept, or dropped at a stage; together they are all of them."""
    stages = Counter(texts(facts.rejects, "stage"))
    asked = facts.count("asked", len(facts.catalog)) or 0
    kept = facts.count("kept", len(facts.samples) if facts.output.samples.exists() else None)
    shares = [Share(name=words, kind=stage, clips=stages[stage]) for stage, words in _DROPPED]
    rest = asked - sum(share.clips for share in shares)
    first = Share(name="kept", kind="kept", clips=rest if kept is None else kept)
    if kept is None:
        first = Share(name="not yet tracked and judged", kind="waiting", clips=rest)
    waiting = Share(name="not yet done", kind="waiting", clips=rest - first.clips)
    return [share for share in (first, waiting, *shares) if share.clips > 0]


_DROPPED = (
    ("refine", "dropped for their quality"),
    ("extract", "dropped while tracking"),
    ("acquire", "not found or not readable"),
)


@dataclass(slots=True, kw_only=True)
class Source:
    """Where clips come from, and how many of them are there."""

    name: str
    asked: int = 0
    found: int = 0
    missing: int = 0


def sources(facts: Facts) -> list[Source]:
    """Most missing first; those beyond `MOST_ROWS` are one row. Empty when the catalog names no source."""
    by_name: dict[str, Source] = {}
    for name, reason in zip(texts(facts.catalog, "source"), texts(facts.catalog, "reason"), strict=True):
        source = by_name.setdefault(name or "", Source(name=name or "(not stated)"))
        source.asked += 1
        source.found += reason is None
        source.missing += reason == _MISSING
    if set(by_name) <= {""}:
        return []
    ordered = sorted(by_name.values(), key=lambda s: (-s.missing, -s.asked, s.name))
    if len(ordered) <= MOST_ROWS:
        return ordered
    rest = ordered[MOST_ROWS - 1 :]
    others = Source(name=f"({len(rest)} others)")
    for each in rest:
        others.asked += each.asked
        others.found += each.found
        others.missing += each.missing
    return [*ordered[: MOST_ROWS - 1], others]


@dataclass(slots=True, kw_only=True)
class SplitRow:
    """What one split holds."""

    name: str
    asked: int = 0
    found: int = 0
    kept: int = 0
    glosses: set[str] = field(default_factory=set)
    signers: set[str] = field(default_factory=set)


def splits(facts: Facts) -> list[SplitRow]:
    """The splits that occur, in their usual order; glosses and signers are those of the clips kept."""
    rows: dict[str, SplitRow] = {}
    kept = set(texts(facts.samples, "id"))
    columns = (texts(facts.catalog, name) for name in ("id", "gloss", "split", "signer", "reason"))
    for id, gloss, split, signer, reason in zip(*columns, strict=True):
        row = rows.setdefault(split or NO_SPLIT, SplitRow(name=split or NO_SPLIT))
        row.asked += 1
        row.found += reason is None
        if id in kept and reason is None:
            row.kept += 1
            row.glosses.add(gloss or "")
            row.signers.update([signer] if signer else ())
    return sorted(rows.values(), key=lambda row: (_place(row.name), row.name))


def _place(split: str) -> int:
    return next((i for i, name in enumerate(SPLITS) if name == split), len(SPLITS))


def shared_signers(rows: Iterable[SplitRow]) -> list[str] | None:
    """Signers of train that also sign in test, sorted; None when it cannot be told."""
    signers = {row.name: row.signers for row in rows}
    if not signers.get("train") or not signers.get("test"):
        return None
    return sorted(signers["train"] & signers["test"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Clips that show the same signing though they lie in different splits."""

    clips: tuple[tuple[str, str, str], ...]
    """Id, gloss and split of each."""


def twins(facts: Facts) -> tuple[int, list[Twin]]:
    """How many groups of twins cross splits, and the first of them."""
    groups: Any = facts.section("twins").get("across_splits") or []
    groups = [[id for id in group if isinstance(id, str)] for group in groups if isinstance(group, list)]
    first = [group[:EXAMPLES] for group in groups[:MOST_TWINS]]
    wanted = {id for group in first for id in group}
    rows = facts.catalog.filter(pc.is_in(facts.catalog["id"], pa.array(sorted(wanted), pa.string()))).select(
        ["id", "gloss", "split"]
    )
    known = {row["id"]: (row["gloss"] or "", row["split"] or NO_SPLIT) for row in rows.to_pylist()}
    return len(groups), [Twin(clips=tuple((id, *known.get(id, ("", ""))) for id in group)) for group in first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Clips a gloss."""

    glosses: tuple[str, ...]
    """Most clips kept first."""
    splits: tuple[str, ...]
    kept: dict[str, tuple[int, ...]]
    """By split: a count for each gloss."""
    asked: tuple[int, ...]

    @property
    def totals(self) -> list[int]:
        """Clips kept of each gloss, falling."""
        return [sum(counts[row] for counts in self.kept.values()) for row in range(len(self.glosses))]

    @property
    def lost(self) -> list[str]:
        """Glosses asked for of which no clip is left, sorted."""
        return sorted(gloss for gloss, total in zip(self.glosses, self.totals, strict=True) if not total)

    @property
    def figures(self) -> dict[str, float]:
        """Least, median and most clips a gloss that has any, and the imbalance: most / least."""
        left = [total for total in self.totals if total]
        if not left:
            return {}
        return {"min": min(left), "median": median(left), "max": max(left), "imbalance": max(left) / min(left)}


def classes(facts: Facts) -> Classes:
    """Counts a gloss, of the clips kept, by split."""
    asked = Counter(gloss or "" for gloss in texts(facts.catalog, "gloss"))
    pairs = zip(texts(facts.samples, "split"), texts(facts.samples, "gloss"), strict=True)
    kept = Counter((split or NO_SPLIT, gloss or "") for split, gloss in pairs)
    names = sorted({split for split, _ in kept}, key=lambda name: (_place(name), name))
    totals: Counter[str] = Counter()
    for (_, gloss), clips in kept.items():
        totals[gloss] += clips
    glosses = tuple(sorted(asked | totals, key=lambda gloss: (-totals[gloss], gloss)))
    return Classes(
        glosses=glosses,
        splits=tuple(names),
        kept={split: tuple(kept[split, gloss] for gloss in glosses) for split in names},
        asked=tuple(asked[gloss] for gloss in glosses),
    )
