"""Clips that were cut: how long they last, and how much of what was asked for is there."""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chereme.report.facts import Facts, texts
from chereme.report.tally import MOST_ROWS, NO_SPLIT
from chereme.types import SPLITS

FIGURES = ("mean", "median", "p5", "p95")
"""What is told of how long clips last, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Clips asked for and cut, by split; (asked, cut) in the order of `splits`."""

    name: str
    counts: tuple[tuple[int, int], ...]

    @property
    def share(self) -> float:
        """Of all asked for, what is there."""
        asked = sum(asked for asked, _ in self.counts)
        return sum(cut for _, cut in self.counts) / asked if asked else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutClips:
    """What the page says of the export `clips`."""

    durations: tuple[tuple[str, dict[str, float]], ...]
    """Of all clips and of each split: number and figures."""
    splits: tuple[str, ...]
    total: Coverage
    glosses: tuple[Coverage, ...]
    """The least covered first, at most `MOST_ROWS`."""
    more: int
    """Glosses that are not shown."""


def cut_clips(facts: Facts) -> CutClips | None:
    """What is told of the export `clips`; None where there is none, or its tables cannot be read."""
    export = facts.section("exports").get("clips")
    folder = facts.inside(export.get("path")) if isinstance(export, dict) else None
    if folder is None:
        return None
    try:
        durations = json.loads((folder / "durations.json").read_bytes())
        cut = _cut(folder / "coverage.csv")
        lasting = [("all", _figures(durations["all"]))]
        lasting += [(str(split), _figures(told)) for split, told in sorted(durations["splits"].items(), key=_place)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    columns = (texts(facts.catalog, name) for name in ("gloss", "split"))
    asked = Counter((gloss or "", split or "") for gloss, split in zip(*columns, strict=True))
    splits = tuple(split for split in (*SPLITS, "") if any(each == split for _, each in asked))

    def coverage(name: str, glosses: set[str]) -> Coverage:
        pairs = [(sum(asked[g, s] for g in glosses), sum(cut[g, s] for g in glosses)) for s in splits]
        return Coverage(name=name, counts=tuple(pairs))

    named = {gloss for gloss, _ in asked}
    each = sorted((coverage(gloss, {gloss}) for gloss in named), key=lambda row: (row.share, row.name))
    return CutClips(
        durations=tuple(lasting),
        splits=tuple(split or NO_SPLIT for split in splits),
        total=coverage("all", named),
        glosses=tuple(each[:MOST_ROWS]),
        more=max(0, len(each) - MOST_ROWS),
    )


def _cut(path: Path) -> Counter[tuple[str, str]]:
    """Clips by gloss and split; those of no split lie in `all`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Counter({(row["gloss"], row["split"] if row["split"] in SPLITS else ""): int(row["clips"]) for row in rows})


def _figures(told: dict[str, Any]) -> dict[str, float]:
    return {"clips": int(told["clips"])} | {name: float(told[name]) for name in FIGURES if name in told}


def _place(item: tuple[str, Any]) -> tuple[int, str]:
    return next((i for i, name in enumerate(SPLITS) if name == item[0]), len(SPLITS)), item[0]
