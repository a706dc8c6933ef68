"""Clips with a table a split, as the library datasets reads a folder of videos."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chereme.exports.clips import COLUMNS, row_of, write_table
from chereme.exports.cutting import Clip, Cutting, write_sums
from chereme.exports.names import split_folder, write_label_map
from chereme.types import Sample, Vocabulary

METADATA = ("file_name", *(name for name in COLUMNS if name not in ("path", "split")))
"""The columns of `metadata.csv`; `file_name` is relative to it, as `load_dataset("videofolder")` wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HuggingFace(Cutting):
    """`{split}/{gloss}/{id}.mp4` and `{split}/metadata.csv`, for `load_dataset("videofolder", data_dir=…)`.

    Clips without a split lie in `all`.
    """

    def write(self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Put the clips in place, then a table a split."""
        rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        sums: list[tuple[str, str]] = []
        for sample, clip, path in self.laid_out(prepared, out, vocabulary):
            split = split_folder(sample.entry.split)
            row = row_of(sample, clip, path)
            sums.append((row.pop("path"), clip.sha256))
            del row["split"]
            rows[split].append(row | {"file_name": path.relative_to(split).as_posix()})
            yield out / path
        for split, of_split in rows.items():
            yield write_table(out / split / "metadata.csv", METADATA, of_split)
        yield write_label_map(out, vocabulary)
        yield write_sums(out, iter(sums))
