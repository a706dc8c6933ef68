"""A folder of append-only parts: which clips are finished, and their tracks.

A part is a table of tracks (`part-000012-<hash>.parquet`) and a ledger (`….json`) that names the finished clips,
rejects among them. The ledger is written last: a part without one does not count. What is left to do is then ids
asked minus ids in ledgers; there are no ranks and no shard numbers. A later part's word stands over an earlier one's.
Many small parts are merged into one (`merge.py`), which says the same.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.store.columns import Rows, ended, table, track, write_table
from chereme.store.index import REJECTED, Index, Keys
from chereme.store.ledger import Lines, number, read_ledger
from chereme.store.merge import merge, runs
from chereme.store.whole import aside, write_json
from chereme.types import Reject, Shot, Track

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a shot, and the seconds it took."""

    shot: Shot
    result: Track | Reject
    seconds: float = 0.0
    prepared: Mapping[str, bytes] = field(default_factory=dict)
    """What was made of the clip in passing, by the mark of who will want it."""


class Parts:
    """The parts below one folder. One process writes; any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = Index()
        self._rejects: dict[int, Reject] = {}
        self._notes: dict[int, str] = {}
        self._parts: list[Path] = []
        self._torn: list[Path] = []
        self._number = 0
        self._read_ledgers()

    def __contains__(self, shot: Shot) -> bool:
        return self._index.get(_key(shot)) is not None

    def __len__(self) -> int:
        return len(self._index)

    def finished(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """(keys,) which shots are finished, by `Shot.key` as a number; so are told apart a million in a moment."""
        return self._index.holds(keys)

    @property
    def rejects(self) -> Mapping[int, Reject]:
        """Why finished shots have no track, by their key as a number."""
        return self._rejects

    @property
    def notes(self) -> Mapping[int, str]:
        """What else was met while finished shots were tracked, by their key as a number; most have none."""
        return self._notes

    def reject(self, shot: Shot) -> Reject | None:
        """Why a finished shot has no track; None when it has one or is not finished."""
        return self._rejects.get(_key(shot)) if self._rejects else None

    def note(self, shot: Shot) -> str:
        """What else was met while a finished shot was tracked; empty for most."""
        return self._notes.get(_key(shot), "") if self._notes else ""

    def append(self, outcomes: Iterable[Outcome]) -> list[Path]:
        """Add a part; gives its files, the ledger last, none where there are no outcomes.

        Outcomes are sorted by id, so that a part does not tell in which order work ended.
        """
        outcomes = sorted(outcomes, key=lambda o: o.shot.entry.id)
        if not outcomes:
            return []
        finished = [(o.shot.entry.id, o.shot.key) for o in outcomes]
        digest = sha256(json.dumps(finished).encode()).hexdigest()[:12]
        name = f"part-{self._number + 1:06d}-{digest}"
        tables: dict[Path, pa.Table] = {}
        if tracks := [o.result for o in outcomes if isinstance(o.result, Track)]:
            tables[self.folder / f"{name}.parquet"] = table(tracks)
        for mark in sorted({mark for o in outcomes for mark in o.prepared}):
            made = _prepared([o for o in outcomes if mark in o.prepared], mark)
            tables[self.folder / f"{name}.{mark}.parquet"] = made
        for path, rows in tables.items():
            with aside(path) as temporary:
                write_table(rows, temporary, len(rows))
        ledger = self.folder / f"{name}.json"
        write_json(ledger, {"clips": [_line(outcome) for outcome in outcomes]})
        for key, row in self._take(ledger, read_ledger(ledger).clips):
            self._index.put(key, len(self._parts) - 1, row)
        return [*tables, ledger]

    def read(self, shots: Iterable[Shot]) -> Iterator[Track | Reject]:
        """What became of each finished shot, in the order of `shots`; unfinished ones are passed over."""
        rows = Rows()
        for shot in shots:
            key = _key(shot)
            if (place := self._index.get(key)) is None:
                continue
            if place[1] == REJECTED:
                yield self._rejects[key]
                continue
            try:
                found = rows.at(self._parts[place[0]], place[1])
            except FileNotFoundError:  # another process has merged the part meanwhile: it says the same elsewhere
                self._read_ledgers()
                part, row = self._index.get(key) or place
                found = rows.at(self._parts[part], row)
            made = track(*found, shot)
            yield replace(made, note=note) if (note := self._notes.get(key)) else made

    def prepared(self, mark: str, shots: Iterable[Shot]) -> dict[str, bytes]:
        """What was prepared in passing under a mark, by id, of those of the shots that have it."""
        places = {shot.entry.id: self._index.get(_key(shot)) for shot in shots}
        found: dict[str, bytes] = {}
        for part in sorted({place[0] for place in places.values() if place and place[1] != REJECTED}):
            beside = self._parts[part].with_suffix(f".{mark}.parquet")
            if ended(beside):
                for row in pq.read_table(beside).to_pylist():
                    place = places.get(row["id"])
                    if place and place[0] == part and place[1] != REJECTED:
                        found[row["id"]] = row["data"]
        return found

    def forget(self, mark: str) -> None:
        """Remove what was prepared under a mark: it has been delivered."""
        for path in self.folder.glob(f"part-*.{mark}.parquet"):
            path.unlink(missing_ok=True)

    def merge(self) -> None:
        """Make one part of many small ones that follow each other; fewer than `merge.TOGETHER` stay as they are.

        Killed at any moment, the folder says the same as before. Parts beside which lies what was prepared in passing
        stay as well. Parts that did not count when this was opened are removed.
        """
        for ledger in self._torn:
            for path in (ledger, *self.folder.glob(f"{ledger.stem}.*")):
                path.unlink(missing_ok=True)
        for together in runs(self.folder):
            log.info("%d small parts are merged into one", len(together))
            merge(self.folder, together)
        self._read_ledgers()

    def seconds(self) -> float:
        """Working time that all finished shots took, summed over the workers."""
        ledgers = sorted(self.folder.glob("part-*.json"))
        return float(sum(line["seconds"] for path in ledgers for line in read_ledger(path).clips))

    def _read_ledgers(self) -> None:
        self._rejects, self._notes, self._parts, self._torn = {}, {}, [], []
        self._index.fill(self._taken())

    def _taken(self) -> Iterator[tuple[list[int], int, list[int]]]:
        for ledger in sorted(self.folder.glob("part-*.json")):
            clips = read_ledger(ledger).clips
            if not all("reason" in line for line in clips) and not ended(ledger.with_suffix(".parquet")):
                log.warning("%s does not count: its tracks are gone or cut off", ledger.name)
                clips = []
            if clips:
                places = self._take(ledger, clips)
                yield [key for key, _ in places], len(self._parts) - 1, [row for _, row in places]
            else:
                self._torn.append(ledger)
            self._number = max(self._number, number(ledger))

    def _take(self, ledger: Path, clips: Lines) -> list[tuple[int, int]]:
        """Key and row of each clip of a ledger; its rejects and notes are remembered, over those of earlier ones."""
        places, rows = [], 0
        self._parts.append(ledger.with_suffix(".parquet"))
        for line in clips:
            key = int(line["key"], 16)
            self._notes.pop(key, None)
            if "reason" in line:
                self._rejects[key] = Reject(
                    id=line["id"], stage=line["stage"], reason=line["reason"], detail=line["detail"]
                )
                places.append((key, REJECTED))
                continue
            self._rejects.pop(key, None)
            if note := line.get("note"):
                self._notes[key] = note
            places.append((key, rows))
            rows += 1
        self._number = max(self._number, number(ledger))
        return places


def _key(shot: Shot) -> int:
    """The shot's key, which its id went into, as a number."""
    return int(shot.key, 16)


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
