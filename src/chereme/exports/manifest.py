"""A list of the clips that were kept, and the metadata of just these in WLASL's own form."""

import csv
import json
import os
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, ClassVar

from chereme.exports.cutting import digest
from chereme.exports.tables import write_label_map
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

_INNER = " " * 8
_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(f",\n{_INNER}", ": ")).encode
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

    costly: ClassVar[bool] = False
    """A trip to a worker takes as long as the checksum of 200 kB, and each worker would read a recording anew."""
    lists: ClassVar[bool] = True
    pointless: ClassVar[bool] = True

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
        row = {
            "split": entry.split,
            "gloss": entry.gloss,
            "label": sample.label,
            "video_id": entry.id,
            "path": self._path(media),
        }
        if not self.details:
            return row
        try:
            checksum = digest(media.path) if self.checksums else ""
        except OSError:
            return Reject(id=entry.id, stage="deliver", reason="missing_file", detail=str(media.path))
        return {
            **row,
            **whereabouts(shot),
            **about(entry),
            "first_frame": shot.first,
            "stop_frame": shot.stop,
            "frames": shot.stop - shot.first,
            "fps": round(media.fps, 6),
            "width": media.width,
            "height": media.height,
            "bytes": media.bytes,
            "sha256": checksum,
            "note": shot.note,
        }

    def write(
        self, prepared: Iterator[tuple[Sample, dict[str, Any]]], out: Path, vocabulary: Vocabulary
    ) -> Iterator[Path]:
        """Write the files."""
        columns = COLUMNS + DETAILS if self.details else COLUMNS
        with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file, TemporaryFile(dir=out) as body:
            instances = _Instances(body)
            table = csv.writer(file, lineterminator="\n")
            table.writerow(columns)
            in_order = itemgetter(*columns)
            for sample, row in prepared:
                table.writerow(in_order(row))
                if self.metadata:
                    instances.add(sample.entry, sample.track.shot.media)
            yield out / "manifest.csv"
            yield write_label_map(out, vocabulary)
            if self.metadata:
                yield instances.write(out / "metadata.json", vocabulary)

    def _path(self, media: Media) -> str:
        path = media.path if media.path.is_absolute() else media.path.absolute()
        return Path(os.path.relpath(path, self.base)).as_posix() if self.base else path.as_posix()


class _Instances:
    """Instances by gloss, as readable JSON like `write_json`'s; in memory is where each lies in a file beside."""

    def __init__(self, body: IO[bytes]) -> None:
        self._body = body
        self._places: dict[str, array[int]] = {}
        self._end = 0

    def add(self, entry: Entry, media: Media) -> None:
        """One more of its gloss."""
        places = self._places.setdefault(entry.gloss, array("Q"))
        box = entry.box or (0, 0, media.width, media.height)
        text = _laid_out(box, _facts(entry, media, number=len(places) // 2)).encode()
        places.extend((self._end, len(text)))
        self._end += self._body.write(text)

    def write(self, path: Path, vocabulary: Vocabulary) -> Path:
        """Write the file, glosses in label order."""
        begin = b"[\n"
        with path.open("wb") as file:
            for gloss in sorted(self._places, key=vocabulary.index):
                said = json.dumps(gloss, ensure_ascii=False)
                file.write(begin + f'  {{\n    "gloss": {said},\n    "instances": [\n'.encode())
                places = self._places[gloss]
                for number in range(0, len(places), 2):
                    self._body.seek(places[number])
                    file.write((b",\n      " if number else b"      ") + self._body.read(places[number + 1]))
                file.write(b"\n    ]\n  }")
                begin = b",\n"
            file.write(b"\n]\n" if self._places else b"[]\n")
        return path


def _laid_out(box: Iterable[float], facts: dict[str, Any]) -> str:
    """An instance within its gloss as `json.dumps` with an indent of 2 writes it, but several times quicker."""
    edges = f",\n{_INNER}  ".join([str(round(edge)) for edge in box])
    return f'{{\n{_INNER}"bbox": [\n{_INNER}  {edges}\n{_INNER}],\n{_INNER}{_json(facts)[1:-1]}\n      }}'


def _facts(entry: Entry, media: Media, number: int) -> dict[str, Any]:
    """All but the box of an entry as WLASL v0.3 writes it: frames from 1 to an inclusive end, -1 for the file's end.

    Frames are at the stated `fps`: 25, except where the dataset counted the file's own frames.
    """
    native = entry.span.rate is None and not entry.span.whole
    per_tick = WLASL_FPS / entry.span.rate if entry.span.rate is not None else 1.0
    return {
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
