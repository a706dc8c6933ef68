"""Clips with lists as PyTorchVideo, SlowFast and mmaction read them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chereme.errors import SettingsError
from chereme.exports.clips import COLUMNS, row_of
from chereme.exports.cutting import Clip, Cutting, write_sums
from chereme.exports.names import split_folder
from chereme.exports.tables import write_label_map, write_table
from chereme.types import SPLITS, Sample, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetics(Cutting):
    """`train.csv`, `val.csv`, `test.csv`: a line a clip, its path and its label with a space between, no header.

    The clips lie in `videos/{split}/{gloss}/{id}.mp4`; those without a split are listed in `all.csv`. `manifest.csv`
    says what they are, as that of `clips` does.
    """

    prefix: str = ""
    """What to put before each path, for programs that start elsewhere; empty: relative to the lists."""

    def __post_init__(self) -> None:
        Cutting.__post_init__(self)
        if any(each.isspace() for each in self.prefix):
            raise SettingsError(f"kinetics.prefix can have no space, which ends the path in its lists: '{self.prefix}'")

    def write(self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Put the clips in place, then the lists."""
        rows: list[dict[str, Any]] = []
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for sample, clip, path in self.laid_out(prepared, out, vocabulary, "videos"):
            rows.append(row_of(sample, clip, path))
            before = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
            lists[split_folder(sample.entry.split)].append(f"{before}{path.as_posix()} {sample.label}\n")
            yield out / path
        for split in dict.fromkeys((*SPLITS, *lists)):
            (out / f"{split}.csv").write_bytes("".join(lists[split]).encode())
            yield out / f"{split}.csv"
        yield write_table(out / "manifest.csv", COLUMNS, rows)
        yield write_label_map(out, vocabulary)
        yield write_sums(out, ((row["path"], row["sha256"]) for row in rows))
