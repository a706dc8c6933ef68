"""A folder of append-only parts: which clips are finished, and their tracks.

A part is a table of tracks (`part-000012-<hash>.parquet`) and a ledger (`….json`) that names the finished clips,
rejects among them. The ledger is written last: a part without one does not count. What is left to do is then ids
asked minus ids in ledgers; there are no ranks and no shard numbers. A later part's word stands over an earlier one's.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.store.columns import table, track
from chereme.store.whole import aside, write_json
from chereme.types import Reject, Shot, Track

log = logging.getLogger(__name__)

_PARTS_IN_MEMORY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a shot, and the seconds it took."""

    shot: Shot
    result: Track | Reject
    seconds: float = 0.0
    prepared: Mapping[str, bytes] = field(default_factory=dict)
    """What was made of the clip in passing, by the mark of who will want it."""


@dataclass(frozen=True, slots=True)
class _Place:
    part: Path
    row: int
    note: str = ""


class Parts:
    """The parts below one folder. One process writes; any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[tuple[str, str], _Place | Reject] = {}
        self._number = 0
        for ledger in sorted(folder.glob("part-*.json")):
            self._take(ledger)

    def __contains__(self, shot: Shot) -> bool:
        return (shot.entry.id, shot.key) in self._places

    def __len__(self) -> int:
        return len(self._places)

    def reject(self, shot: Shot) -> Reject | None:
        """Why a finished shot has no track; None when it has one or is not finished."""
        place = self._places.get((shot.entry.id, shot.key))
        return place if isinstance(place, Reject) else None

    def note(self, shot: Shot) -> str:
        """What else was met while a finished shot was tracked; empty for most."""
        place = self._places.get((shot.entry.id, shot.key))
        return place.note if isinstance(place, _Place) else ""

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Add a part. Outcomes are sorted by id, so that a part does not tell in which order work ended."""
        outcomes = sorted(outcomes, key=lambda o: o.shot.entry.id)
        if not outcomes:
            return
        finished = [(o.shot.entry.id, o.shot.key) for o in outcomes]
        digest = sha256(json.dumps(finished).encode()).hexdigest()[:12]
        name = f"part-{self._number + 1:06d}-{digest}"
        tracks = [o.result for o in outcomes if isinstance(o.result, Track)]
        if tracks:
            with aside(self.folder / f"{name}.parquet") as temporary:
                pq.write_table(table(tracks), temporary, compression="zstd", row_group_size=len(tracks))
        for mark in sorted({mark for o in outcomes for mark in o.prepared}):
            with aside(self.folder / f"{name}.{mark}.parquet") as temporary:
                pq.write_table(_prepared([o for o in outcomes if mark in o.prepared], mark), temporary)
        ledger = self.folder / f"{name}.json"
        write_json(ledger, {"clips": [_line(outcome) for outcome in outcomes]})
        self._take(ledger)

    def read(self, shots: Iterable[Shot]) -> Iterator[Track | Reject]:
        """What became of each finished shot, in the order of `shots`; unfinished ones are passed over."""
        load = lru_cache(_PARTS_IN_MEMORY)(_load)
        for shot in shots:
            match self._places.get((shot.entry.id, shot.key)):
                case _Place(part, row, note):
                    yield replace(track(load(part), row, shot), note=note)
                case Reject() as reject:
                    yield reject

    def prepared(self, mark: str, shots: Iterable[Shot]) -> dict[str, bytes]:
        """What was prepared in passing under a mark, by id, of those of the shots that have it."""
        places = {shot.entry.id: self._places.get((shot.entry.id, shot.key)) for shot in shots}
        parts = sorted({place.part for place in places.values() if isinstance(place, _Place)})
        found: dict[str, bytes] = {}
        for part in parts:
            beside = part.with_suffix(f".{mark}.parquet")
            if beside.exists():
                for row in pq.read_table(beside).to_pylist():
                    place = places.get(row["id"])
                    if isinstance(place, _Place) and place.part == part:
                        found[row["id"]] = row["data"]
        return found

    def forget(self, mark: str) -> None:
        """Remove what was prepared under a mark: it has been delivered."""
        for path in self.folder.glob(f"part-*.{mark}.parquet"):
            path.unlink(missing_ok=True)

    def seconds(self) -> float:
        """Working time that all finished shots took, summed over the workers."""
        return float(sum(line["seconds"] for path in self.folder.glob("part-*.json") for line in _lines(path)))

    def _take(self, ledger: Path) -> None:
        rows = 0
        for line in _lines(ledger):
            where = (line["id"], line["key"])
            if "reason" in line:
                self._places[where] = Reject(
                    id=line["id"], stage=line["stage"], reason=line["reason"], detail=line["detail"]
                )
            else:
                self._places[where] = _Place(ledger.with_suffix(".parquet"), rows, line.get("note", ""))
                rows += 1
        self._number = max(self._number, int(ledger.name.split("-")[1]))


def _prepared(outcomes: list[Outcome], mark: str) -> pa.Table:
    data = {"id": [o.shot.entry.id for o in outcomes], "data": [o.prepared[mark] for o in outcomes]}
    columns: dict[str, pa.DataType] = {"id": pa.string(), "data": pa.binary()}
    return pa.table(data, schema=pa.schema(columns))


def _line(outcome: Outcome) -> dict[str, Any]:
    known = {"id": outcome.shot.entry.id, "key": outcome.shot.key}
    if isinstance(outcome.result, Reject):
        known |= asdict(outcome.result)
    elif outcome.result.note:
        known["note"] = outcome.result.note
    return known | {"seconds": round(outcome.seconds, 4)}


def _lines(ledger: Path) -> list[dict[str, Any]]:
    """A ledger's clips; an unreadable one (cut off by a full disk, say) does not count, and is said."""
    try:
        clips: list[dict[str, Any]] = json.loads(ledger.read_bytes())["clips"]
    except (ValueError, KeyError, TypeError) as error:
        log.warning("%s does not count: %s", ledger.name, error)
        return []
    return clips


def _load(part: Path) -> pa.Table:
    return pq.read_table(part)
