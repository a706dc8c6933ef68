"""A `.pose` file a clip: as tracked, and cleaned."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from chereme.contracts import Partly
from chereme.errors import Rejected, SettingsError
from chereme.exports.names import Names, folders, split_folder
from chereme.exports.pose_file import as_pose, check, pose_bytes
from chereme.exports.tables import write_label_map
from chereme.plan import Every, FramePlan
from chereme.samples.clean import Clean, confidence
from chereme.skeleton import Skeleton
from chereme.types import Reject, Sample, Track, Vocabulary

COLUMNS = (
    *("split", "gloss", "label", "video_id", "raw", "processed"),
    *("frames", "fps", "confidence", "processed_frames", "processed_fps", "reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The bytes of a clip's files, None for one that is not made, and its row of `poses.csv`."""

    raw: bytes | None = field(repr=False)
    processed: bytes | None = field(repr=False)
    row: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poses(Clean):
    """`poses/raw/{split}/{gloss}/{id}.pose`, the same under `poses/processed`, `poses.csv` and `label_map.json`.

    The raw file holds all frames and points as tracked; the processed one is made of it by the steps below, in their
    order. A clip that these steps refuse has its raw file and is counted with its reason.
    """

    raw: bool = True
    """Whether to write the files as tracked."""
    processed: bool = True
    """Whether to write the cleaned files."""

    costly: ClassVar[bool] = True

    @property
    def needs(self) -> FramePlan:
        """Every frame."""
        return FramePlan((Every(),))

    def check(self, skeleton: Skeleton) -> None:
        """Raise `SettingsError` for what cannot be written or cleaned, `ExtraMissing` without pose-format."""
        check(skeleton)
        if self.processed and not {"body", "left_hand", "right_hand"} & {part.name for part in skeleton.parts}:
            raise SettingsError(f"{skeleton.name} has neither shoulders nor hands to clean by: --pose.no-processed")

    def prepare(self, sample: Sample) -> Prepared | Partly | Reject:
        """Both files of a clip; with `Partly`, the raw one alone and why."""
        track = sample.tracked
        if not track.score.any():
            return Reject(id=sample.entry.id, stage="deliver", reason="no_hands", detail="nobody in any frame")
        try:
            raw = pose_bytes(as_pose(track, found=True)) if self.raw else None
        except Rejected as trouble:
            return trouble.reject(sample.entry.id, "deliver")
        if not self.processed:
            return Prepared(raw=raw, processed=None, row=_row(sample, None, ""))
        try:
            cleaned = self.clean(track)
            return Prepared(raw=raw, processed=pose_bytes(as_pose(cleaned)), row=_row(sample, cleaned, ""))
        except Rejected as trouble:
            reject = trouble.reject(sample.entry.id, "deliver")
            if raw is None:
                return reject
            made = Prepared(raw=raw, processed=None, row=_row(sample, None, trouble.reason))
            return Partly(value=made, reject=reject)

    def write(self, prepared: Iterator[tuple[Sample, Prepared]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write each clip's files as it comes, then the table and the label map."""
        glosses, ids = folders(vocabulary), Names()
        with (out / "poses.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            for sample, made in prepared:
                entry, row = sample.entry, dict(made.row)
                for kind, data in (("raw", made.raw), ("processed", made.processed)):
                    row[kind] = ""
                    if data is not None:
                        place = Path("poses", kind, split_folder(entry.split), glosses[entry.gloss])
                        path = place / f"{ids(entry.id)}.pose"
                        row[kind] = path.as_posix()
                        (out / place).mkdir(parents=True, exist_ok=True)
                        (out / path).write_bytes(data)
                        yield out / path
                table.writerow(row)
        yield out / "poses.csv"
        yield write_label_map(out, vocabulary)


def _row(sample: Sample, cleaned: Track | None, reason: str) -> dict[str, Any]:
    entry, shot = sample.entry, sample.tracked.shot
    return {
        "split": entry.split,
        "gloss": entry.gloss,
        "label": sample.label,
        "video_id": entry.id,
        "frames": shot.stop - shot.first,
        "fps": round(shot.media.fps, 6),
        "confidence": round(confidence(sample.tracked), 4),
        "processed_frames": "" if cleaned is None else len(cleaned.index),
        "processed_fps": "" if cleaned is None else round(cleaned.shot.media.fps, 6),
        "reason": reason,
    }
