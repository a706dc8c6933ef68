"""Output folders as `chereme build` leaves them, with words and numbers that a test chooses."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.exports.crop import Crop
from chereme.exports.crops import Crops
from chereme.frames.encode import write_video
from chereme.samples.quality import measure
from chereme.skeleton import HANDS
from chereme.store import Outcome, Parts
from chereme.types import Entry, Media, Reject, Sample, Shot, Split, Track, Vocabulary

FRAMES, FPS, WIDTH, HEIGHT = 24, 25.0, 160, 120
_RANDOM = np.random.default_rng(5)
_HAND = np.concatenate([[[0, 0]], [[x, -y] for x in (-0.5, -0.2, 0.1, 0.35, 0.6) for y in (0.7, 1, 1.25, 1.45)]])
"""(points, xy) in hand sizes: a flat, open hand."""


@dataclass(kw_only=True)
class Folder:
    """What the folder tells; each list may be changed before `write`."""

    shots: list[Shot] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    absent: list[tuple[Entry, Reject]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    crops: bool = False

    def add(self, id: str, gloss: str, split: Split | None = "train", **facts: Any) -> Shot:
        """A clip that was found; without a video of its own until `write` draws one."""
        media = Media(
            path=Path(facts.pop("file", f"{id}.mp4")),
            bytes=1000,
            width=WIDTH,
            height=HEIGHT,
            fps=facts.pop("fps", FPS),
            frames=FRAMES,
            seconds=FRAMES / FPS,
            whole=False,
        )
        entry = Entry(id=id, gloss=gloss, split=split, **facts)
        shot = Shot(entry=entry, media=media, first=0, stop=FRAMES)
        self.shots.append(shot)
        return shot

    def lack(self, id: str, gloss: str, reason: str = "missing_file", detail: str = "", **facts: Any) -> None:
        """A clip that was asked for and not found."""
        self.absent.append(
            (Entry(id=id, gloss=gloss, **facts), Reject(id=id, stage="acquire", reason=reason, detail=detail))
        )

    def write(self, root: Path) -> Path:
        root.mkdir(parents=True, exist_ok=True)
        tracks = {shot.entry.id: make_hands(shot) for shot in self.shots}
        rejected = {reject.id for reject in self.rejects}
        kept = [tracks[shot.entry.id] for shot in self.shots if shot.entry.id not in rejected]
        Parts(root / "tracks" / "hands-0123").append([Outcome(shot=t.shot, result=t) for t in tracks.values()])
        rows = [_row(shot.entry, shot) for shot in self.shots]
        rows += [_row(entry, None) | {"reason": r.reason, "detail": r.detail} for entry, r in self.absent]
        _parquet(root / "catalog.parquet", rows, _CATALOG)
        _parquet(root / "samples.parquet", [_sample(track) for track in kept], _SAMPLES)
        rejects = [reject for _, reject in self.absent] + self.rejects
        with (root / "rejects.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerows(
                [["id", "stage", "reason", "detail"], *([r.id, r.stage, r.reason, r.detail] for r in rejects)]
            )
        exports = {"arrays": {"path": "exports/arrays", "samples": len(kept), "rejected": {}}}
        (root / "exports" / "arrays").mkdir(parents=True)
        (root / "exports" / "arrays" / "landmarks.npz").write_bytes(b"0" * 1234)
        if self.crops:
            exports["crops"] = {"path": "exports/crops", "samples": len(kept), "rejected": {"incomplete_class": 2}}
            write_crops(root / "exports" / "crops", kept)
        summary = {
            "chereme": "0.1.0",
            "asked": len(rows),
            "found": len(self.shots),
            "kept": len(kept),
            "rejected": {},
            "seconds": {"acquire": 1.25, "extract": 75.0, "deliver crops": 2.0},
            "glosses": len({row["gloss"] for row in rows}),
            "plan": "every frame in 2, at most 32 + 5 spread over the middle 0.7",
            "model": "0123abcd",
            "tracks": "tracks/hands-0123",
            "exports": exports,
            "twins": {"across_splits": []},
            "settings": {"dataset": "folder", "videos": "my videos, more", "crops.size": "160"},
        }
        (root / "summary.json").write_text(json.dumps(summary | self.summary), "utf-8")
        return root


def make_hands(shot: Shot) -> Track:
    """Both hands, waving; the left one is away in the first third."""
    frames = shot.stop - shot.first
    angle = np.linspace(0, 3, frames)
    left = 0.3 + 0.04 * np.sin(angle), 0.7 + 0.04 * np.cos(angle)
    right = 0.7 - 0.1 * np.sin(angle), 0.6 - 0.1 * np.cos(angle)
    scale = np.array([0.12, 0.12 * WIDTH / HEIGHT])
    hands = [np.stack(place, axis=1)[:, None] + _HAND * scale for place in (left, right)]
    points = np.concatenate([np.concatenate(hands, axis=1), np.zeros((frames, len(HANDS), 1))], axis=2)
    score = np.full((frames, len(HANDS)), 0.5 + (sum(shot.entry.id.encode()) % 50) / 100, np.float32)
    points[: frames // 3, :21], score[: frames // 3, :21] = np.nan, 0
    index = np.arange(shot.first, shot.stop)
    return Track(
        shot=shot,
        skeleton=HANDS,
        index=index,
        points=points.astype(np.float32),
        score=score,
        seconds=index / shot.media.fps,
        model="0123abcd",
    )


def write_crops(folder: Path, tracks: list[Track]) -> None:
    """The crops export of the tracks, of gray pictures instead of videos."""
    export = Crops(complete_classes=False)
    gray = cv2.imencode(".jpg", np.full((export.size, export.size, 3), 120, np.uint8))[1].tobytes()
    folder.mkdir(parents=True)
    samples = [Sample(track=track, label=0, quality=measure(track)) for track in tracks]
    points = _RANDOM.uniform(40, 180, (len(HANDS), 2)).astype(np.float32)
    crop = Crop(frame=12, box=(0, 0, 100, 100), score=1.0, points=points, jpeg=gray)
    vocabulary = Vocabulary(tuple(sorted({track.shot.entry.gloss for track in tracks})))
    list(export.write(iter([(sample, crop) for sample in samples]), folder, vocabulary))


def draw_video(path: Path) -> Path:
    """A gray video with the frames that `Folder.add` says."""
    return write_video(path, [np.full((HEIGHT, WIDTH, 3), 90 + i, np.uint8) for i in range(FRAMES)], FPS)


_CATALOG = pa.schema(
    {
        **dict.fromkeys(("id", "gloss", "split", "signer", "source", "file", "reason", "detail"), pa.string()),
        **dict.fromkeys(("bytes", "width", "height", "frames", "first", "stop"), pa.int64()),
        **dict.fromkeys(("fps", "seconds"), pa.float64()),
        "box": pa.list_(pa.float64()),
    }
)
_SAMPLES = pa.schema(
    {
        **dict.fromkeys(("id", "gloss", "split"), pa.string()),
        "frames": pa.int64(),
        **dict.fromkeys(
            ("left_hand", "right_hand", "any_hand", "longest_gap", "jitter", "hand_px", "score"), pa.float64()
        ),
    }
)


def _row(entry: Entry, shot: Shot | None) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in ("id", "gloss", "split", "signer", "source", "box")}
    if shot:
        media = {name: getattr(shot.media, name) for name in ("bytes", "width", "height", "fps", "frames", "seconds")}
        row |= media | {"file": str(shot.media.path), "first": shot.first, "stop": shot.stop}
    return row


def _sample(track: Track) -> dict[str, Any]:
    quality, entry = measure(track), track.shot.entry
    figures = {
        name: getattr(quality, name) for name in ("frames", "any_hand", "longest_gap", "jitter", "hand_px", "score")
    }
    return {"id": entry.id, "gloss": entry.gloss, "split": entry.split} | quality.seen | figures


def _parquet(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
