"""Thumbnails of poses as tracked and as cleaned, side by side, as lines of SVG."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from chereme.errors import ExtraMissing, Rejected
from chereme.landmarks.recorded import probe_recording, read_track
from chereme.report.facts import Facts, inside
from chereme.report.pictures import spread_over
from chereme.samples.normalize import HAND_PARTS
from chereme.skeleton import HOLISTIC
from chereme.types import Entry, Shot, Track

MOST = 12
"""Clips shown."""
HEIGHT = 144
"""Units of SVG from top to bottom."""
_WIDEST = 3.0
"""A picture wider than so many heights is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """One frame of a pose: SVG path data by part, and how wide the picture is."""

    width: float
    lines: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A clip's pose before and after cleaning, each at the frame with the hands highest."""

    id: str
    gloss: str
    split: str
    before: Thumbnail
    after: Thumbnail


def pairs(facts: Facts) -> list[Pair]:
    """Clips of the pose export that have both files, spread over the glosses by a fixed lot, sorted by gloss."""
    folder, rows = _index(facts)
    both = {row["video_id"]: row for row in rows if row.get("raw") and row.get("processed")}
    chosen = spread_over({id: row.get("gloss") or "" for id, row in both.items()}, MOST)
    made = [pair for id in chosen if folder and (pair := _pair(folder, both[id]))]
    return sorted(made, key=lambda pair: (pair.gloss, pair.id))


def _index(facts: Facts) -> tuple[Path | None, list[dict[str, str]]]:
    export = facts.section("exports").get("pose")
    folder = facts.inside((export.get("path") if isinstance(export, dict) else None) or "exports/pose")
    if folder is None:
        return None, []
    try:
        with (folder / "poses.csv").open(encoding="utf-8", newline="") as file:
            return folder, [row for row in csv.DictReader(file) if row.get("video_id")]
    except (OSError, ValueError, csv.Error):
        return None, []


def _pair(folder: Path, row: dict[str, str]) -> Pair | None:
    files = [inside(folder, row[kind]) for kind in ("raw", "processed")]
    try:
        before, after = (_thumbnail(path) for path in files if path and path.is_file())
    except (ValueError, Rejected, ExtraMissing):
        return None
    return Pair(id=row["video_id"], gloss=row.get("gloss") or "", split=row.get("split") or "", before=before,
                after=after)  # fmt: skip


def _thumbnail(path: Path) -> Thumbnail:
    """The frame of a file in which the hands are highest."""
    media, _ = probe_recording(path)
    shot = Shot(entry=Entry(id=path.stem, gloss=""), media=media, first=0, stop=media.frames)
    track = read_track(shot, np.arange(media.frames), HOLISTIC)
    width = min(HEIGHT * media.width / media.height, HEIGHT * _WIDEST)
    places = track.points[_highest(track), :, :2] * (HEIGHT * media.width / media.height, HEIGHT)
    return Thumbnail(width=round(width, 1), lines=dict(_lines(places)))


def _highest(track: Track) -> int:
    wrists = np.stack([track.points[:, track.skeleton[part].start, 1] for part in HAND_PARTS])
    height = np.where(np.isnan(wrists), np.inf, wrists).min(axis=0)
    return int(height.argmin()) if np.isfinite(height).any() else len(height) // 2


def _lines(places: npt.NDArray[np.floating[Any]]) -> Iterator[tuple[str, str]]:
    """Each part that is seen, with its edges as path data."""
    for part in HOLISTIC.parts:
        points = places[HOLISTIC[part.name]]
        if part.unit == "image" and np.isfinite(points).any():
            edges = (points[[a, b]] for a, b in part.edges if np.isfinite(points[[a, b]]).all())
            yield part.name, "".join(f"M{_place(one)}L{_place(other)}" for one, other in edges)


def _place(point: npt.NDArray[np.floating[Any]]) -> str:
    x, y = np.clip(point, -HEIGHT, HEIGHT * (_WIDEST + 1)).tolist()
    return f"{x:.1f} {y:.1f}"
