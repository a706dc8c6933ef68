"""Tables, label maps and JSON beside an export's files."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chereme.types import Vocabulary


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> Path:
    """Write rows as CSV, UTF-8 with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def write_label_map(out: Path, vocabulary: Vocabulary) -> Path:
    """Write `label_map.json`: each gloss of the vocabulary and its label number."""
    return write_json(out / "label_map.json", {gloss: label for label, gloss in enumerate(vocabulary.glosses)})


def write_json(path: Path, value: Any) -> Path:
    """Write readable JSON, UTF-8, keys in the order given."""
    path.write_bytes((json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())
    return path
