"""Clips with a table a split, as the library datasets reads a folder of videos."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import SettingsError
from chereme.exports.clips import COLUMNS, row_of
from chereme.exports.cutting import Clip, Cutting, write_sums
from chereme.exports.names import split_folder
from chereme.exports.tables import write_label_map, write_table
from chereme.frames.cut import Cut
from chereme.types import Sample, Vocabulary

PLAIN = ("file_name", "label", "gloss", "frames", "fps", "width", "height", "seconds")
"""The columns of `metadata.csv`: those that are filled in every row, because the library guesses types split by split
and refuses splits that differ; ids of digits alone would lose their zeros besides."""
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("label", "frames", "width", "height", "bytes", "variant"), pa.int64()),
    **dict.fromkeys(("fps", "seconds", "start_seconds", "end_seconds"), pa.float64()),
}
TYPED = pa.schema(
    [pa.field("file_name", pa.string())]
    + [pa.field(name, _TYPES.get(name, pa.string())) for name in COLUMNS if name not in ("split", "path")]
)
"""The columns of `metadata.parquet`: all of the manifest's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HuggingFace(Cutting):
    """`{split}/{gloss}/{id}.mp4` and `{split}/metadata.csv`, for `load_dataset("videofolder", data_dir=…)`.

    `manifest.csv` says what the clips are, as that of `clips` does. Clips without a split lie in `all`.
    """

    metadata: Literal["csv", "parquet"] = "csv"
    """The tables' form: csv has a few columns whose types the library guesses, parquet all of them with their types."""

    def __post_init__(self) -> None:
        Cut.__post_init__(self)
        if self.metadata not in ("csv", "parquet"):
            raise SettingsError(f"huggingface.metadata is csv or parquet, not '{self.metadata}'")

    def write(self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Put the clips in place, then a table a split."""
        rows: list[dict[str, Any]] = []
        of_split: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for sample, clip, path in self.laid_out(prepared, out, vocabulary):
            split, row = split_folder(sample.entry.split), row_of(sample, clip, path)
            rows.append(row)
            of_split[split].append(row | {"file_name": path.relative_to(split).as_posix()})
            yield out / path
        for split, listed in of_split.items():
            table = out / split / f"metadata.{self.metadata}"
            if self.metadata == "csv":
                yield write_table(table, PLAIN, ({name: row[name] for name in PLAIN} for row in listed))
            else:
                pq.write_table(pa.Table.from_pylist(listed, TYPED), table, compression="zstd")
                yield table
        yield write_table(out / "manifest.csv", COLUMNS, rows)
        yield write_label_map(out, vocabulary)
        yield write_sums(out, ((row["path"], row["sha256"]) for row in rows))
