"""What was asked for and what of it was found, and how that is written down in `catalog.parquet`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.catalog.twins import Twins
from chereme.store import aside
from chereme.types import Entry, Reject, Shot, Vocabulary

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
    "files": pa.list_(_WORDS),
    "key": pa.uint64(),
}
SCHEMA = pa.schema(_COLUMNS)
GROUP = 16_384
"""Rows of a group, which is what is read of the file at a time."""
SAID = b"chereme"
"""The key of the file's own metadata under which is said what is not of one clip."""
MOST_NAMED = 1000
"""Unclaimed videos that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What was found for an entry, and the mark of the file when it was looked at."""

    result: Shot | Reject
    seen: str | None = None
    """Hash of the span asked for and of the file's name, size and time of change: unchanged, it is not probed again."""

    @property
    def by_chance(self) -> bool:
        """Whether it was the machine that failed rather than the file, which another try may show to be good."""
        return isinstance(self.result, Reject) and self.result.reason in ("worker_died", "timeout", "out_of_memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Every entry asked for, in catalog order, and what became of each while acquiring."""

    entries: Sequence[Entry]
    vocabulary: Vocabulary
    located: Mapping[str, Located]
    """By id; an id for each entry."""
    splits: str = ""
    """Whose the splits are: official, stratified, signer or none."""
    crossing: tuple[Twins, ...] = ()
    """Entries that show the same signing but lie in different splits."""
    duplicates: tuple[Reject, ...] = ()
    """Entries with the id of an earlier one."""
    unclaimed: tuple[str, ...] = ()
    """Names of videos that no entry has."""


def save(collection: Collection, path: Path, question: str = "") -> None:
    """Write `catalog.parquet`: a row for each entry asked for, in catalog order.

    `question` is the mark of what was asked of what, so that asking the same again can be answered by the file.
    """
    labels = {gloss: label for label, gloss in enumerate(collection.vocabulary.glosses)}
    said = {
        "question": "" if any(each.by_chance for each in collection.located.values()) else question,
        "glosses": collection.vocabulary.glosses,
        "splits": collection.splits,
        "crossing": [asdict(twins) for twins in collection.crossing],
        "duplicates": [asdict(reject) for reject in collection.duplicates],
        "unclaimed": collection.unclaimed[:MOST_NAMED],
    }
    schema = SCHEMA.with_metadata({SAID: json.dumps(said)})
    entries = iter(collection.entries)
    with aside(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        while some := list(islice(entries, GROUP)):
            rows = (_row(entry, labels[entry.gloss], collection.located[entry.id]) for entry in some)
            columns = [
                pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), SCHEMA.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _row(entry: Entry, label: int, located: Located) -> tuple[Any, ...]:
    """What the columns hold of one clip."""
    span, result = entry.span, located.result
    asked = (entry.id, entry.gloss, label, entry.split, entry.signer, entry.source, entry.variant, entry.url)
    box = entry.box if isinstance(result, Reject) else result.entry.box  # in pixels of the file
    where = (box, span.start, span.stop, span.rate)
    if isinstance(result, Reject):
        none = (None,) * 11
        return (*asked, *where, *none, result.reason, result.detail, located.seen, entry.files, None)
    media = result.media
    found = (str(media.path), media.bytes, media.width, media.height, media.fps, media.frames, media.seconds)
    cut = (media.whole, result.first, result.stop, result.note)
    return (*asked, *where, *found, *cut, None, None, located.seen, entry.files, int(result.key, 16))
