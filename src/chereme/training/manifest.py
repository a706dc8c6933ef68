"""The clips that a manifest lists."""

import csv
from dataclasses import dataclass
from pathlib import Path

from chereme.errors import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clip of a manifest: the file's frames `first` <= i < `stop`, to its end where `stop` is None."""

    id: str
    path: Path
    label: int
    split: str
    first: int = 0
    stop: int | None = None


def read_manifest(manifest: Path, base: Path | None = None) -> list[Row]:
    """The clips of a `manifest.csv`, of the export `clips` or of the export `manifest`.

    Paths that are not absolute are relative to `base`, by default the manifest's own folder. Raises `DatasetError` for
    a file that is none, naming the line.
    """
    base = base or manifest.parent
    try:
        with manifest.open(encoding="utf-8", newline="") as file:
            return [_row(row, base) for row in csv.DictReader(file)]
    except OSError as error:
        raise DatasetError(f"{manifest}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        wants = "video_id, path, label, and first_frame with stop_frame where a clip is a part of its file"
        raise DatasetError(f"{manifest}: no manifest of clips, with the columns {wants}: {error!r}") from error


def _row(row: dict[str, str], base: Path) -> Row:
    part = {"first": int(row["first_frame"]), "stop": int(row["stop_frame"])} if row.get("stop_frame") else {}
    return Row(
        id=row["video_id"], path=base / row["path"], label=int(row["label"]), split=row.get("split") or "", **part
    )
