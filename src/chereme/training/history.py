"""What each epoch came to: a CSV beside the checkpoints, written anew after every epoch."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from chereme.store import write_text

COLUMNS = (
    *("epoch", "rate", "train_loss", "train_top1", "val_loss", "val_top1", "val_top5", "val_per_class"),
    *("seconds", "waited"),
)
"""Accuracies are shares 0..1, `val_per_class` the mean over classes; of `seconds` an epoch took, those it `waited` for
batches. What was not measured is left out."""


class History:
    """The rows of a run, those of the run it goes on from included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: list[dict[str, float]] = []

    def go_on(self, epochs: int) -> None:
        """Take up the first so many epochs of an earlier run."""
        if self._path.is_file():
            with self._path.open(encoding="utf-8", newline="") as file:
                rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
            self.rows = [row for row in rows if row["epoch"] < epochs]

    def add(self, row: Mapping[str, float]) -> None:
        """One more epoch; the file is whole again."""
        self.rows.append({name: float(row[name]) for name in COLUMNS if name in row})
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in self.rows)
        write_text(self._path, text.getvalue())
