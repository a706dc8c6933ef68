"""What an output folder remembers of its clips, read again as it is wanted: a million of them take little room."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.catalog.twins import Twins
from chereme.errors import OutputError
from chereme.run.collection import SAID, Located
from chereme.store import Keys
from chereme.types import Entry, Media, Reject, Shot, Span, Vocabulary

Mask = npt.NDArray[np.bool_]

_ENTRY = ("id", "gloss", "split", "signer", "source", "variant", "url", "box", "files")
_SPAN = ("span_start", "span_stop", "span_rate")
_MEDIA = ("file", "bytes", "width", "height", "fps", "frames", "seconds", "whole")
_SHOT = ("first", "stop", "note")
_WHOLE = Span()
_TOGETHER = 1024
"""Rows that are made values at a time: few enough to stay in a processor's cache, which halves the time."""


class Shots(Sequence[Shot]):
    """Shots of a catalog file, in its order, each made anew when it is asked for."""

    def __init__(self, file: pq.ParquetFile, rows: npt.NDArray[np.int64], keys: Keys) -> None:
        self._file = file
        self._rows = rows
        self.keys = keys
        """(shots,) `Shot.key` of each as a number."""

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Shot: ...
    @overload
    def __getitem__(self, at: slice) -> "Shots": ...
    def __getitem__(self, at: int | slice) -> "Shot | Shots":
        """One shot, or some of them."""
        if isinstance(at, slice):
            return Shots(self._file, self._rows[at], self.keys[at])
        return next(iter(self[at : at + 1 or None]))

    def __iter__(self) -> Iterator[Shot]:
        """In order; a group of rows is in memory at a time."""
        for columns in self._columns((*_ENTRY, *_SPAN, *_MEDIA, *_SHOT)):
            yield from map(_shot, *columns)

    def where(self, mask: Mask) -> "Shots":
        """Those for which the mask, (shots,), is true."""
        return self if mask.all() else Shots(self._file, self._rows[mask], self.keys[mask])

    def of_files(self, which: Callable[[Path], bool]) -> Mask:
        """(shots,) whether the file of each is one of a kind."""
        told = (which(Path(file)) for (files,) in self._columns(("file",)) for file in files)
        return np.fromiter(told, bool, len(self))

    def told(self) -> Iterator[str]:
        """The `repr` of each shot's key, path, note and entry, without making the shots: in a quarter of the time."""
        keys = iter(self.keys.tolist())
        for columns in self._columns((*_ENTRY, *_SPAN, "file", "note")):
            for id, gloss, split, signer, source, variant, url, box, files, start, stop, rate, file, note, key in zip(
                *columns, keys, strict=False
            ):
                span, box, files, size = f"Span({start=}, {stop=}, {rate=})", box and tuple(box), tuple(files), None
                yield (
                    f"('{key:016x}', {file!r}, {note!r}, Entry({id=}, {gloss=}, span={span}, {split=}, {signer=}, "
                    f"{source=}, {variant=}, {box=}, {size=}, {url=}, {files=}))"
                )

    def column(self, name: str) -> Iterator[Any]:
        """One column of the catalog."""
        for (values,) in self._columns((name,)):
            yield from values

    def _columns(self, names: Sequence[str]) -> Iterator[list[list[Any]]]:
        """Columns as lists of some rows, one group after the other."""
        first = 0
        for group in range(self._file.metadata.num_row_groups):
            last = first + self._file.metadata.row_group(group).num_rows
            begin, end = np.searchsorted(self._rows, [first, last])
            if begin < end:
                table = self._file.read_row_group(group, columns=list(names))
                if end - begin < last - first:
                    table = table.take(pa.array(self._rows[begin:end] - first))
                for some in table.to_batches(_TOGETHER):
                    yield [some[name].to_pylist() for name in names]
            first = last


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """`catalog.parquet` of an output folder: every clip asked for, and what became of each while acquiring."""

    file: pq.ParquetFile
    question: str
    """The mark of what was asked of what; empty where another try may find more."""
    vocabulary: Vocabulary
    splits: str
    """Whose the splits are: official, stratified, signer or none."""
    crossing: tuple[Twins, ...]
    duplicates: tuple[Reject, ...]
    unclaimed: tuple[str, ...]
    """Names of videos that no entry has, the first of them."""

    @classmethod
    def read(cls, path: Path) -> "Catalog | None":
        """What is remembered; None when there is nothing that this version wrote."""
        try:
            file = pq.ParquetFile(path)
            said = json.loads((file.schema_arrow.metadata or {})[SAID])
            return cls(
                file=file,
                question=said["question"],
                vocabulary=Vocabulary(tuple(said["glosses"])),
                splits=said["splits"],
                crossing=tuple(Twins(**{k: tuple(v) for k, v in twins.items()}) for twins in said["crossing"]),
                duplicates=tuple(Reject(**each) for each in said["duplicates"]),
                unclaimed=tuple(said["unclaimed"]),
            )
        except (pa.ArrowInvalid, OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    @property
    def asked(self) -> int:
        """How many entries were asked for."""
        return int(self.file.metadata.num_rows)

    @cached_property
    def shots(self) -> Shots:
        """What was found, in catalog order."""
        keys = self.file.read(columns=["key"])["key"]
        found = keys.is_valid().to_numpy()
        return Shots(self.file, np.flatnonzero(found), keys.drop_null().to_numpy())

    @property
    def rejects(self) -> list[Reject]:
        """What was not, in catalog order; duplicates of ids last."""
        names = ["id", "reason", "detail"]
        batches = (batch.filter(batch["reason"].is_valid()) for batch in self.file.iter_batches(columns=names))
        rows = (row for batch in batches for row in batch.to_pylist())
        return [*(_reject(row["id"], row["reason"], row["detail"]) for row in rows), *self.duplicates]

    def located(self, entries: Mapping[str, Entry], marks: Mapping[str, str]) -> Iterator[tuple[str, Located]]:
        """By id, what was found for entries whose mark is as it was, joined with them as they are asked for now."""
        rows = Shots(self.file, np.arange(self.asked), np.zeros(0, np.uint64))
        for columns in rows._columns(("id", "seen", "reason", "detail", *_MEDIA, *_SHOT)):
            for id, seen, reason, detail, *found in zip(*columns, strict=True):
                if seen and marks.get(id) == seen:
                    result = _reject(id, reason, detail) if reason else _found(entries[id], *found)
                    yield id, Located(result=result, seen=seen)


def remembered(path: Path) -> Catalog:
    """The catalog that was just written; raises `OutputError` where it cannot be read."""
    if catalog := Catalog.read(path):
        return catalog
    raise OutputError(f"{path} was written and cannot be read again; is the disk in order?")


def keys_of(shots: Iterable[Shot]) -> Keys:
    """(shots,) `Shot.key` of each as a number."""
    if isinstance(shots, Shots):
        return shots.keys
    return np.array([int(shot.key, 16) for shot in shots], np.uint64)


def _shot(*row: Any) -> Shot:
    id, gloss, split, signer, source, variant, url, box, files, start, stop, rate, *found = row
    whole = start == 0 and stop is None and rate is None
    entry = Entry(
        id=id,
        gloss=gloss,
        span=_WHOLE if whole else Span(start=start, stop=stop, rate=rate),
        split=split,
        signer=signer,
        source=source,
        variant=variant,
        box=tuple(box) if box else None,
        url=url,
        files=tuple(files),
    )
    return _found(entry, *found)


def _found(entry: Entry, *row: Any) -> Shot:
    file, size, width, height, fps, frames, seconds, whole, first, stop, note = row
    media = Media(
        path=Path(file),
        bytes=size,
        width=width,
        height=height,
        fps=fps,
        frames=frames,
        seconds=seconds,
        whole=whole,
    )
    return Shot(entry=entry.fitted(width, height), media=media, first=first, stop=stop, note=note)


def _reject(id: str, reason: str, detail: str) -> Reject:
    return Reject(id=id, stage="acquire", reason=reason, detail=detail)
