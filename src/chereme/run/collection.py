"""What was asked for and what of it was found, and how that is remembered in `catalog.parquet`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.catalog.twins import Twins
from chereme.store import aside
from chereme.types import Entry, Media, Reject, Shot, Vocabulary

_WORDS, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()
_COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys(("id", "gloss"), _WORDS),
    "label": _WHOLE,
    **dict.fromkeys(("split", "signer", "source"), _WORDS),
    "variant": _WHOLE,
    "url": _WORDS,
    "box": pa.list_(_REAL),
    **dict.fromkeys(("span_start", "span_stop", "span_rate"), _REAL),
    "file": _WORDS,
    **dict.fromkeys(("bytes", "width", "height"), _WHOLE),
    "fps": _REAL,
    "frames": _WHOLE,
    "seconds": _REAL,
    "whole": pa.bool_(),
    **dict.fromkeys(("first", "stop"), _WHOLE),
    **dict.fromkeys(("note", "reason", "detail", "seen"), _WORDS),
}
SCHEMA = pa.schema(_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What was found for an entry, and the mark of the file when it was looked at."""

    result: Shot | Reject
    seen: str | None = None
    """Hash of the span asked for and of the file's name, size and time of change: unchanged, it is not probed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Every entry asked for, in catalog order, and what became of each while acquiring."""

    entries: tuple[Entry, ...]
    vocabulary: Vocabulary
    located: Mapping[str, Located]
    """By id; an id for each entry."""
    crossing: tuple[Twins, ...] = ()
    """Entries that show the same signing but lie in different splits."""
    duplicates: tuple[Reject, ...] = ()
    """Entries with the id of an earlier one."""
    unclaimed: tuple[str, ...] = ()
    """Names of videos that no entry has."""

    @property
    def shots(self) -> list[Shot]:
        """What was found, in catalog order."""
        return [r for e in self.entries if isinstance(r := self.located[e.id].result, Shot)]

    @property
    def rejects(self) -> list[Reject]:
        """What was not, in catalog order; duplicates of ids last."""
        found = [r for e in self.entries if isinstance(r := self.located[e.id].result, Reject)]
        return [*found, *self.duplicates]


def save(collection: Collection, path: Path) -> None:
    """Write `catalog.parquet`: a row for each entry asked for, in catalog order."""
    labels = {gloss: label for label, gloss in enumerate(collection.vocabulary.glosses)}
    rows = [_row(entry, labels[entry.gloss], collection.located[entry.id]) for entry in collection.entries]
    with aside(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary, compression="zstd")


def remembered(path: Path, entries: tuple[Entry, ...]) -> dict[str, Located]:
    """What an earlier run found, by id, joined with the entries as they are asked for now; empty when there is none."""
    if not path.exists():
        return {}
    try:
        rows = {row["id"]: row for row in pq.read_table(path).to_pylist() if row["seen"]}
    except (pa.ArrowInvalid, KeyError, OSError):
        return {}
    return {entry.id: _located(entry, rows[entry.id]) for entry in entries if entry.id in rows}


_ENTRY = ("id", "gloss", "split", "signer", "source", "variant", "url", "box")
_SPAN = ("start", "stop", "rate")
_MEDIA = ("bytes", "width", "height", "fps", "frames", "seconds", "whole")


def _row(entry: Entry, label: int, located: Located) -> dict[str, Any]:
    row = {"label": label, "seen": located.seen} | {name: getattr(entry, name) for name in _ENTRY}
    row |= {f"span_{name}": getattr(entry.span, name) for name in _SPAN}
    match located.result:
        case Shot() as shot:
            row |= {name: getattr(shot.media, name) for name in _MEDIA}
            row |= {"file": str(shot.media.path), "first": shot.first, "stop": shot.stop, "note": shot.note}
        case Reject() as reject:
            row |= {"reason": reject.reason, "detail": reject.detail}
    return row


def _located(entry: Entry, row: dict[str, Any]) -> Located:
    if row["reason"]:
        reject = Reject(id=entry.id, stage="acquire", reason=row["reason"], detail=row["detail"])
        return Located(result=reject, seen=row["seen"])
    media = Media(path=Path(row["file"]), **{name: row[name] for name in _MEDIA})
    shot = Shot(entry=entry, media=media, first=row["first"], stop=row["stop"], note=row["note"])
    return Located(result=shot, seen=row["seen"])
