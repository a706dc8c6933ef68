"""An output folder as read: the tables with every column that the report knows, and the summary."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from chereme.errors import DatasetError
from chereme.run.output import Output
from chereme.store import Parts
from chereme.types import SPLITS, Entry, Media, Shot, Track

_TEXT, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()
_CATALOG = {
    **dict.fromkeys(("id", "gloss", "split", "signer", "source", "file", "note", "reason", "detail"), _TEXT),
    **dict.fromkeys(("bytes", "width", "height", "frames", "first", "stop"), _WHOLE),
    **dict.fromkeys(("fps", "seconds"), _REAL),
    "whole": pa.bool_(),
    "box": pa.list_(_REAL),
}
_SAMPLES = {
    **dict.fromkeys(("id", "gloss", "split"), _TEXT),
    "frames": _WHOLE,
    **dict.fromkeys(("left_hand", "right_hand", "any_hand", "longest_gap", "jitter", "hand_px", "score"), _REAL),
}
_REJECTS = dict.fromkeys(("id", "stage", "reason", "detail"), _TEXT)
_SHOT = ("file", "bytes", "width", "height", "frames", "fps", "seconds", "first", "stop")

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an output folder says. A file that is not there counts as an empty one, a column as one of nulls."""

    output: Output
    summary: dict[str, Any]
    catalog: pa.Table
    samples: pa.Table
    rejects: pa.Table

    @classmethod
    def read(cls, root: Path) -> "Facts":
        """Raises `DatasetError` for a file that cannot be read, or a folder in which there is none."""
        output = Output(root)
        if not any(path.exists() for path in (output.summary, output.catalog, output.samples)):
            raise DatasetError(f"{root}: is no output folder of chereme build: it has no {output.summary.name}")
        return cls(
            output=output,
            summary=_json(output.summary),
            catalog=_table(output.catalog, _CATALOG),
            samples=_table(output.samples, _SAMPLES),
            rejects=_table(output.rejects, _REJECTS),
        )

    def section(self, name: str) -> dict[str, Any]:
        """A mapping of the summary; empty where there is none."""
        value = self.summary.get(name)
        return value if isinstance(value, dict) else {}

    def count(self, name: str, otherwise: int | None) -> int | None:
        """A number of the summary."""
        value = self.summary.get(name)
        return value if isinstance(value, int) and value >= 0 else otherwise

    def inside(self, path: object) -> Path | None:
        """What a path of the summary stands for; None when it leaves the output folder or is not there."""
        return inside(self.output.root, path)

    @cached_property
    def found(self) -> pa.Table:
        """The rows of the catalog that have a file."""
        return self.catalog.filter(pc.and_(pc.is_null(self.catalog["reason"]), pc.is_valid(self.catalog["stop"])))

    @cached_property
    def tracks(self) -> Parts | None:
        """The tracks that the samples were made of."""
        folder = self.inside(self.summary.get("tracks"))
        if folder is None:
            others = sorted(path for path in self.output.tracks.glob("*") if path.is_dir())
            folder = others[-1] if others else None
        return Parts(folder) if folder and folder.is_dir() else None

    def shots(self, ids: Iterable[str]) -> dict[str, Shot]:
        """The shots of a few clips, by id, as far as the catalog has all of them."""
        wanted = self.found.filter(pc.is_in(self.found["id"], pa.array(list(ids), _TEXT)))
        shots = {}
        for row in wanted.to_pylist():
            if all(row[name] is not None for name in _SHOT) and 0 <= row["first"] < row["stop"] <= row["frames"]:
                shots[row["id"]] = _shot(row)
        return shots

    def read_tracks(self, shots: Iterable[Shot]) -> Iterator[Track]:
        """The tracks of those shots that have one."""
        for result in self.tracks.read(shots) if self.tracks else ():
            if isinstance(result, Track):
                yield result


def inside(folder: Path, path: object) -> Path | None:
    """What a path read from a file stands for; None when it does not lie below the folder or is not there."""
    if not isinstance(path, str) or "\0" in path:
        return None
    root = folder.resolve()
    full = (root / path).resolve()
    return full if full.is_relative_to(root) and full != root and full.exists() else None


def texts(table: pa.Table, name: str) -> list[str | None]:
    """A column of words."""
    words: list[str | None] = table[name].to_pylist()
    return words


def reals(table: pa.Table, name: str) -> Reals:
    """A column of numbers, (rows,); NaN where there is none."""
    return np.asarray(table[name].cast(_REAL).to_numpy(zero_copy_only=False), np.float64)


def _shot(row: dict[str, Any]) -> Shot:
    split = row["split"] if row["split"] in SPLITS else None
    box = tuple(row["box"]) if row["box"] else None  # a shot's key holds it, by which its track is found
    entry = Entry(id=row["id"], gloss=row["gloss"] or "", split=split, box=box)
    numbers = {name: row[name] for name in ("bytes", "width", "height", "frames", "fps", "seconds")}
    media = Media(path=Path(row["file"]), whole=bool(row["whole"]), **numbers)
    return Shot(entry=entry, media=media, first=row["first"], stop=row["stop"])


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path}: is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise DatasetError(f"{path}: must hold one JSON object, not a {type(value).__name__}")
    return value


def _table(path: Path, columns: dict[str, pa.DataType]) -> pa.Table:
    """The columns that the report knows, of their types, whatever the file has."""
    schema = pa.schema(list(columns.items()))
    if not path.exists():
        return schema.empty_table()
    try:
        rows = _csv(path, columns) if path.suffix == ".csv" else _parquet(path, columns)
        there = [rows[name].cast(kind) if name in rows.column_names else None for name, kind in columns.items()]
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    empty = (pa.nulls(len(rows), kind) for kind in columns.values())
    return pa.table([nulls if column is None else column for column, nulls in zip(there, empty, strict=True)], schema)


def _parquet(path: Path, columns: dict[str, pa.DataType]) -> pa.Table:
    there = pq.read_schema(path).names
    return pq.read_table(path, columns=[name for name in columns if name in there])


def _csv(path: Path, columns: dict[str, pa.DataType]) -> pa.Table:
    return pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=columns),
    )
