"""Trimmed clips: a video file for each, and what they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chereme.exports.cutting import Clip, Cutting, write_sums
from chereme.exports.names import split_folder
from chereme.exports.tables import write_json, write_label_map, write_table
from chereme.exports.whereabouts import ABOUT, WHERE, about, whereabouts
from chereme.types import Sample, Vocabulary

COLUMNS = (
    *("split", "gloss", "label", "video_id", "path"),
    *("frames", "fps", "width", "height", "seconds", "bytes", "sha256", "made"),
    *WHERE,
    *ABOUT,
)
"""The columns of `manifest.csv`: `path` relative to it, `frames` to `sha256` of the clip, `made` whether it was copied
or why it was encoded, the others of the file that it was cut from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips(Cutting):
    """`videos/{split}/{gloss}/{id}.mp4`, just the frames of each span; `manifest.csv`, `label_map.json`,
    `coverage.csv`, `durations.json`, and `SHA256SUMS`.

    Clips need no landmarks: alone they are cut without networks, and hands are no matter. Beside exports that do, they
    are those that passed `[refine]`.
    """

    def write(self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Put the clips in place, then the tables."""
        rows: list[dict[str, Any]] = []
        for sample, clip, path in self.laid_out(prepared, out, vocabulary, "videos"):
            rows.append(row_of(sample, clip, path))
            yield out / path
        yield write_table(out / "manifest.csv", COLUMNS, rows)
        yield write_label_map(out, vocabulary)
        yield write_table(out / "coverage.csv", ("split", "gloss", "clips", "seconds"), _coverage(rows, vocabulary))
        yield write_json(out / "durations.json", durations(rows))
        yield write_sums(out, ((row["path"], row["sha256"]) for row in rows))


def row_of(sample: Sample, clip: Clip, path: Path) -> dict[str, Any]:
    """A clip's row of the manifest, `COLUMNS`."""
    entry, made = sample.entry, clip.made
    row = {"split": entry.split, "gloss": entry.gloss, "label": sample.label, "video_id": entry.id}
    row |= {name: getattr(made, name) for name in ("frames", "fps", "width", "height", "seconds")}
    row |= {"path": path.as_posix(), "bytes": clip.size, "sha256": clip.sha256, "made": made.how}
    return row | whereabouts(sample.tracked.shot) | about(entry)


def durations(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How long the clips last, in seconds: over all of them and by split."""
    of_split: dict[str, list[float]] = {}
    for row in rows:
        of_split.setdefault(split_folder(row["split"]), []).append(row["seconds"])
    return {
        "all": _spread([row["seconds"] for row in rows]),
        "splits": {split: _spread(of_split[split]) for split in sorted(of_split)},
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {"clips": 0}
    low, median, high = np.percentile(seconds, (5, 50, 95)).tolist()
    numbers = {
        "mean": float(np.mean(seconds)),
        "median": median,
        "p5": low,
        "p95": high,
        "total": float(np.sum(seconds)),
    }
    return {"clips": len(seconds)} | {name: round(value, 6) for name, value in numbers.items()}


def _coverage(rows: list[dict[str, Any]], vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    """Clips of each split and gloss, those without any too."""
    lengths: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        lengths.setdefault((split_folder(row["split"]), row["gloss"]), []).append(row["seconds"])
    for split in sorted({split for split, _ in lengths}):
        for gloss in vocabulary.glosses:
            there = lengths.get((split, gloss), [])
            yield {"split": split, "gloss": gloss, "clips": len(there), "seconds": round(sum(there), 6)}
