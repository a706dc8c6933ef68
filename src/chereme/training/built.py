"""What a build tells of clips beside their sequences: where those lie, how many there should be, which are twins."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import DatasetError
from chereme.training.form import Material, digest_of

ARRAYS = "landmarks.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How many clips a split has of some glosses."""

    official: int | None
    """By the dataset's own list; None where that is not known."""
    asked: int | None
    """In the catalog; None without a catalog."""
    found: int | None
    """Those whose file was found and can be read; None without a catalog."""
    remark: str = ""
    """Why the official number is not known."""


def place_of(where: Path, export: str, holds: str = ARRAYS) -> tuple[Path, str]:
    """The output folder and the export in it; for an export's folder elsewhere, that folder and itself.

    `holds` is the file by which an export's folder is known.
    """
    if (where / "exports").is_dir():
        return where, export
    folder = where.parent if where.name == holds else where
    if not (folder / holds).is_file():
        raise DatasetError(f"{where}: neither an output folder of chereme build nor one that holds {holds}")
    if folder.parent.name == "exports":
        return folder.parent.parent, folder.name
    return folder, str(folder.resolve())


def twins_of(clips: Material, inside: Iterable[int], trained: Collection[int], out: Path) -> frozenset[str]:
    """Those of the clips inside that show the same signing as one trained on.

    As the build found by their files and spans, and by equal points or pixels: the same video under another name. A
    clip whose file is gone is known by the first alone.
    """
    ids = {clips.ids[place] for place in trained}
    across = _section(_summary(out), "twins").get("across_splits")
    groups = [group for group in across if isinstance(group, list)] if isinstance(across, list) else []
    by_file = {id for group in groups if ids.intersection(group) for id in group}
    digests = {digest for place in trained if (digest := digest_of(clips, place))}
    return frozenset(
        clips.ids[place] for place in inside if clips.ids[place] in by_file or digest_of(clips, place) in digests
    )


def listed(out: Path, split: str, glosses: Iterable[str], official: int = 0) -> Listed:
    """How many clips of a split there should be; `official` is the number where it is stated, else 0.

    Else it is the catalog's, as long as the catalog has the dataset's own splits and all of their clips.
    """
    try:
        table = pq.read_table(out / "catalog.parquet", columns=["gloss", "split", "reason"])
    except (OSError, pa.ArrowInvalid):
        remark = "How many clips the split has officially is not known here; say it with --official."
        return Listed(official=official or None, asked=None, found=None, remark="" if official else remark)
    wanted = set(glosses)
    rows = [row for row in table.to_pylist() if row["split"] == split and row["gloss"] in wanted]
    found = sum(row["reason"] is None for row in rows)
    remark = "" if official else _lacking(_summary(out))
    return Listed(official=official or (None if remark else len(rows)), asked=len(rows), found=found, remark=remark)


def _lacking(summary: dict[str, Any]) -> str:
    """Why a catalog does not have all the clips of the official split; '' when it has."""
    settings = _section(summary, "settings")
    if summary.get("splits", settings.get("splits.by", "official")) not in ("auto", "official"):
        return "The splits are this build's own: there is no official number of clips to compare with."
    few = next((flag for flag in ("limit", "choose.max-clips") if flag in settings), None)
    if few:
        return f"The build left clips out by --{few}: the official number is not known here; say it with --official."
    return ""


def _section(summary: dict[str, Any], name: str) -> dict[str, Any]:
    value = summary.get(name)
    return value if isinstance(value, dict) else {}


def _summary(out: Path) -> dict[str, Any]:
    try:
        summary = json.loads((out / "summary.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}
