"""What a run of downloads came to, by source and by host."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chereme.download.ledger import Row
from chereme.download.reasons import REASONS
from chereme.download.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The URLs of one source, or of one host."""

    urls: int = 0
    entries: int = 0
    here: int = 0
    """Files that are in their place."""
    settled: int = 0
    """Known not to be had."""
    failed: int = 0
    """Failed in a way that asking again may mend."""
    waiting: int = 0
    """Not asked for yet."""
    bytes: int = 0
    """Of the files that are here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How things stand after a run, or before one that only looks."""

    all: Tally
    by_source: Mapping[str, Tally]
    """Most URLs first."""
    by_host: Mapping[str, Tally]
    reasons: Mapping[str, int]
    """Why URLs are not here, most first."""
    fetched: int = 0
    """Files that this run fetched."""
    received: int = 0
    """Bytes that this run received."""
    asked: int = 0
    """URLs that this run asked for; that it would ask for, when it only looks."""
    dropped: Mapping[str, str] | None = None
    """Hosts that were left for the next run, and why."""
    elsewhere: int = 0
    """Entries found in the folders given as there already."""
    without_url: int = 0
    """Entries that name no URL."""

    @property
    def finished(self) -> bool:
        """Whether every URL is here or known not to be had."""
        return not self.all.failed and not self.all.waiting


def tallies(targets: Iterable[Target], rows: Mapping[str, Row]) -> tuple[Tally, dict[str, Tally], dict[str, Tally]]:
    """All together, by source, by host."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for target in targets:
        row = rows.get(target.key)
        now = Counter({"urls": 1, "entries": len(target.ids), state(row): 1})
        now["bytes"] = row.bytes if row else 0
        for place in (("", ""), ("source", target.source), ("host", target.host)):
            counts.setdefault(place, Counter()).update(now)
    whole = Tally(**counts.get(("", ""), Counter()))
    parts = [{n: Tally(**c) for (kind, n), c in counts.items() if kind == wanted} for wanted in ("source", "host")]
    by_source, by_host = (dict(sorted(p.items(), key=lambda i: (-i[1].urls, i[0]))) for p in parts)
    return whole, by_source, by_host


def state(row: Row | None) -> str:
    """How a URL stands, in the words of `Tally`."""
    if row is None:
        return "waiting"
    if row.status == "fetched":
        return "here"
    return "settled" if REASONS[row.reason].again == "never" else "failed"


def reasons(targets: Iterable[Target], rows: Mapping[str, Row]) -> dict[str, int]:
    """How many URLs are not here for each reason, most first."""
    found = [row.reason for target in targets if (row := rows.get(target.key)) and row.status == "failed"]
    return dict(sorted(Counter(found).items(), key=lambda item: (-item[1], item[0])))
