"""A list of the clips that were kept, and the metadata of just these in WLASL's own form."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from chereme.exports.cutting import digest
from chereme.exports.names import write_json, write_label_map
from chereme.exports.whereabouts import about, whereabouts
from chereme.plan import FramePlan, Spread
from chereme.types import Entry, Media, Reject, Sample, Vocabulary

COLUMNS = ("split", "gloss", "label", "video_id", "path")
"""The columns that every manifest has, in this order."""
DETAILS = (
    *("start_seconds", "end_seconds", "first_frame", "stop_frame", "frames", "fps", "width", "height"),
    *("bytes", "sha256", "signer", "source", "variant", "url", "frame_base", "decision", "note"),
)
"""More of each clip: where it lies in its file (frames half-open from 0, `frames` of them; seconds at the file's mean
rate), the file's size and SHA-256, and how that was decided: the base of its span's numbers, what became of it, and
both with the seconds asked for (`note`)."""

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
"""A signer that WLASL would number."""

WLASL_FPS = 25
"""The `fps` of every record of WLASL, whatever the video's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`manifest.csv`, `label_map.json` and `metadata.json`; clips in catalog order."""

    base: str = ""
    """Folder that the paths of the manifest are relative to; empty: absolute paths."""
    details: bool = True
    """Whether to add columns on time, size, signer and source."""
    metadata: bool = True
    """Whether to write metadata.json: the instances that were kept, in WLASL's own form."""
    checksums: bool = True
    """Whether the details have each file's SHA-256, for which it is read once."""

    costly: ClassVar[bool] = True
    lists: ClassVar[bool] = True

    @property
    def needs(self) -> FramePlan:
        """A few frames, the same as `Crops` asks for: enough to know whether a clip shows a hand at all.

        Beside exports that need none, such as `Clips`, it needs none either.
        """
        return FramePlan((Spread(),))

    def prepare(self, sample: Sample) -> dict[str, Any] | Reject:
        """One row of the manifest; missing_file when the file whose checksum is asked for is gone."""
        entry, shot = sample.entry, sample.track.shot
        media = shot.media
        row: dict[str, Any] = {
            "split": entry.split,
            "gloss": entry.gloss,
            "label": sample.label,
            "video_id": entry.id,
            "path": self._path(media),
        }
        if self.details:
            try:
                checksum = digest(media.path) if self.checksums else ""
            except OSError:
                return Reject(id=entry.id, stage="deliver", reason="missing_file", detail=str(media.path))
            row |= whereabouts(shot) | about(entry)
            row |= {"first_frame": shot.first, "stop_frame": shot.stop, "frames": shot.stop - shot.first}
            row |= {"fps": round(media.fps, 6), "width": media.width, "height": media.height}
            row |= {"bytes": media.bytes, "sha256": checksum, "note": shot.note}
        return row

    def write(
        self, prepared: Iterator[tuple[Sample, dict[str, Any]]], out: Path, vocabulary: Vocabulary
    ) -> Iterator[Path]:
        """Write the files."""
        instances: dict[str, list[dict[str, Any]]] = {}
        columns = COLUMNS + DETAILS if self.details else COLUMNS
        with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, columns, lineterminator="\n")
            table.writeheader()
            for sample, row in prepared:
                table.writerow(row)
                if self.metadata:
                    of_gloss = instances.setdefault(sample.entry.gloss, [])
                    of_gloss.append(_instance(sample.entry, sample.track.shot.media, number=len(of_gloss)))
        yield out / "manifest.csv"
        yield write_label_map(out, vocabulary)
        if self.metadata:
            ordered = sorted(instances.items(), key=lambda item: vocabulary.glosses.index(item[0]))
            yield write_json(
                out / "metadata.json", [{"gloss": gloss, "instances": of_gloss} for gloss, of_gloss in ordered]
            )

    def _path(self, media: Media) -> str:
        path = Path(media.path).absolute()
        return Path(os.path.relpath(path, self.base)).as_posix() if self.base else path.as_posix()


def _instance(entry: Entry, media: Media, number: int) -> dict[str, Any]:
    """An entry as WLASL v0.3 writes it: frames from 1 to an inclusive end, -1 for the end of the file.

    Frames are at the stated `fps`: 25, except where the dataset counted the file's own frames.
    """
    native = entry.span.rate is None and not entry.span.whole
    per_tick = WLASL_FPS / entry.span.rate if entry.span.rate is not None else 1.0
    box = entry.box or (0, 0, media.width, media.height)
    return {
        "bbox": [round(edge) for edge in box],
        "fps": round(media.fps, 6) if native else WLASL_FPS,
        "frame_end": -1 if entry.span.stop is None else round(entry.span.stop * per_tick),
        "frame_start": round(entry.span.start * per_tick) + 1,
        "instance_id": number,
        "signer_id": int(entry.signer) if entry.signer and _NUMBER.fullmatch(entry.signer) else entry.signer,
        "source": entry.source,
        "split": entry.split,
        "url": entry.url,
        "variation_id": entry.variant or 0,
        "video_id": entry.id,
    }
