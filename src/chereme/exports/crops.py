"""One picture a clip, of hands, face or upper body, in class folders as torchvision's `ImageFolder` reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import Rejected, SettingsError
from chereme.exports.balance import Balance
from chereme.exports.crop import Crop
from chereme.exports.names import Names, folders, split_folder
from chereme.exports.picture import encoded, square_around, square_of
from chereme.exports.region import Region, hands, merit, outline, region_of, unseen
from chereme.exports.tables import write_json, write_label_map
from chereme.frames.decode import decode
from chereme.plan import FramePlan, Spread
from chereme.skeleton import Skeleton
from chereme.types import Bytes, Reject, Sample, Shot, Track, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """`<split>/<gloss>/<id>.jpg`, the frame in which the hands were tracked best; clips without a split in `all`.

    Of `count` frames evenly spaced in the middle of the clip, each taken as the nearest one that was tracked, the one
    whose hands' scores have the greatest sum (so two hands win over one), and of equal ones the one nearest to the
    clip's middle. A hand that was interpolated counts for a tenth; with a body tracked, one at rest, near the hips or
    below, for a quarter. A picture of the face or the body adds its own score. Beside the pictures:

    - `label_mapping.txt`: a line a class, label and gloss with a tab between; `label_map.json`: the same by gloss;
      `label_mapping.json`: label, gloss and folder, for folders whose gloss is no safe name;
    - `crops.parquet`: a row a picture: id, split, gloss, label, path, frame, box, score, and the hands' points in it;
    - `balance.json`: clips per class and split, imbalance, weights for a sampler and for a loss.
    """

    region: Region | None = None
    """What they show: hands, face, or body from above the head to the hips. By default hands, or what is tracked."""
    count: int = 5
    """Frames to choose from."""
    middle: float = 0.7
    """The share of the clip, around its middle, in which they lie."""
    margin: float = 0.2
    """Room around what is shown on each side, as a share of its box's longer side; less where the image has no more."""
    size: int = 224
    """Width and height of the pictures, in pixels."""
    quality: int = 95
    """JPEG quality, 1 to 100."""
    pictures: int = 1
    """Pictures a clip at most, of its best frames: the second of clip 7 is 7-2.jpg. All are in the clip's split."""
    complete_classes: bool = True
    """Whether to leave out, and name, classes without a picture in some split that is used."""

    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.region not in (None, *get_args(Region)):
            raise SettingsError(f"crops.region is one of {', '.join(get_args(Region))}, not '{self.region}'")
        if self.count < 1 or self.size < 1:
            raise SettingsError(f"crops.count and crops.size are at least 1, not {self.count} and {self.size}")
        if not 0 < self.middle <= 1:
            raise SettingsError(f"crops.middle is a share above 0, at most 1, not {self.middle}")
        if not 0 <= self.margin <= 10:
            raise SettingsError(f"crops.margin is a share from 0 to 10, not {self.margin}")
        if not 1 <= self.pictures <= self.count:
            raise SettingsError(f"crops.pictures is from 1 to crops.count, {self.count}, not {self.pictures}")
        if not 1 <= self.quality <= 100:
            raise SettingsError(f"crops.quality is from 1 to 100, not {self.quality}")

    @property
    def needs(self) -> FramePlan:
        """The frames to choose from."""
        return FramePlan((Spread(count=self.count, middle=self.middle),))

    def check(self, skeleton: Skeleton) -> None:
        """Raise `SettingsError` when what the pictures are to show is not tracked."""
        region_of(skeleton, self.region)

    def candidates(self, shot: Shot, index: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The frames to choose from, (at most `count`,), of those that are tracked: the nearest to each ideal place."""
        ideal = Spread(count=self.count, middle=self.middle).frames(shot.first, shot.stop)
        return np.unique(index[np.abs(index[:, None] - ideal).argmin(axis=0)]) if len(index) else index

    def prepare(self, sample: Sample, pixels: Mapping[int, Bytes] | None = None) -> Crop | Reject:
        """The picture of a sample, or why it has none: no_hands (no_face, no_body) when no frame shows one.

        `pixels` are frames of the file that happen to be decoded, (height, width, rgb) by number. Any other is read
        again, which takes about a sixth of the time that tracking the clip took (measured on 8 webcam clips whose
        keyframes are far apart); the picture is the same.
        """
        track = sample.track
        try:
            region = region_of(track.skeleton, self.region)
            first, *others = (self._crop(track, region, *each, pixels or {}) for each in self._best(track, region))
        except Rejected as trouble:
            return trouble.reject(sample.entry.id, "deliver")
        return replace(first, others=tuple(others))

    def _crop(self, track: Track, region: Region, row: int, score: float, pixels: Mapping[int, Bytes]) -> Crop:
        box = square_around(outline(track, region)[row], self.margin, track.shot.media.width, track.shot.media.height)
        frame = int(track.index[row])
        image = pixels[frame] if frame in pixels else _read(track, frame)
        jpeg = encoded(square_of(image, box, self.size), self.quality)
        within = ((hands(track)[row] - box[:2]) * (self.size / (box[2] - box[0]))).astype(np.float32)
        return Crop(frame=frame, box=box, score=score, points=within, jpeg=jpeg)

    def write(self, prepared: Iterator[tuple[Sample, Crop]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write the files; class folders are named once for the whole vocabulary."""
        folder_of, name_of = folders(vocabulary), Names()
        rows: list[dict[str, Any]] = []
        for sample, crop in prepared:
            entry = sample.entry
            folder = out / split_folder(entry.split) / folder_of[entry.gloss]
            folder.mkdir(parents=True, exist_ok=True)
            for number, each in enumerate((crop, *crop.others), start=1):
                # The dot, which no name ends with, keeps the second picture of 7 apart from a clip 7-2.
                path = folder / f"{name_of(entry.id if number == 1 else f'{entry.id}-{number}.')}.jpg"
                path.write_bytes(each.jpeg)
                rows.append(_row(sample, each, path.relative_to(out).as_posix()))
                yield path
        pq.write_table(pa.Table.from_pylist(rows, INDEX), out / "crops.parquet", compression="zstd")
        yield out / "crops.parquet"
        yield from _write_labels(out, folder_of, vocabulary)
        clips = {row["id"]: (row["gloss"], row["split"]) for row in rows}
        balance = Balance.of(clips.values(), vocabulary)
        yield write_json(out / "balance.json", balance.to_json())

    def counted(self, out: Path) -> tuple[int, int]:
        """Clips, and their pictures."""
        ids = pq.read_table(out / "crops.parquet", columns=["id"])["id"]
        return len(ids.unique()), len(ids)

    def pack(self, crop: Crop) -> bytes:
        """A clip's pictures and what is known of them, as an NPZ of numbers."""
        return crop.pack()

    def unpack(self, data: bytes) -> Crop:
        """The reverse of `pack`."""
        return Crop.unpack(data)

    def _best(self, track: Track, region: Region) -> list[tuple[int, float]]:
        """The rows of the track to take, with their scores, best first; at least one."""
        shot = track.shot
        candidates = self.candidates(shot, track.index)
        if not len(candidates):
            raise unseen(region, "any frame: none was tracked")
        rows = np.searchsorted(track.index, candidates)
        score = merit(track, region)[rows]
        off_middle = np.abs(candidates - (shot.first + shot.stop - 1) / 2)
        best = [place for place in np.lexsort((off_middle, -score))[: self.pictures] if score[place] > 0]
        if not best:
            frames = ", ".join(map(str, candidates))
            raise unseen(region, f"any of the frames to choose from: {frames}")
        return [(int(rows[place]), float(score[place])) for place in best]


_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "split": pa.string(),
    "gloss": pa.string(),
    "label": pa.int64(),
    "path": pa.string(),
    "frame": pa.int64(),
    "x0": pa.int64(),
    "y0": pa.int64(),
    "x1": pa.int64(),
    "y1": pa.int64(),
    "score": pa.float64(),
    "points": pa.list_(pa.float32()),
}
INDEX = pa.schema(_COLUMNS)
"""Columns of `crops.parquet`: x0 to y1 the box in pixels of the frame; `points` flat, x and y of each point of the
left hand, then of the right, in pixels of the picture, NaN where unseen."""


def _row(sample: Sample, crop: Crop, path: str) -> dict[str, Any]:
    entry = sample.entry
    row = {"id": entry.id, "split": entry.split, "gloss": entry.gloss, "label": sample.label, "path": path}
    box = dict(zip(("x0", "y0", "x1", "y1"), crop.box, strict=True))
    return row | box | {"frame": crop.frame, "score": crop.score, "points": crop.points.ravel()}


def _write_labels(out: Path, folder_of: dict[str, str], vocabulary: Vocabulary) -> Iterator[Path]:
    lines = (f"{label}\t{' '.join(gloss.split())}\n" for label, gloss in enumerate(vocabulary.glosses))
    (out / "label_mapping.txt").write_bytes("".join(lines).encode())
    yield out / "label_mapping.txt"
    classes = [
        {"label": label, "gloss": gloss, "folder": folder_of[gloss]} for label, gloss in enumerate(vocabulary.glosses)
    ]
    yield write_json(out / "label_mapping.json", classes)
    yield write_label_map(out, vocabulary)


def _read(track: Track, frame: int) -> Bytes:
    for frames in decode(track.shot, np.array([frame])):
        return np.asarray(frames.pixels[0])
    raise Rejected("undecodable", f"frame {frame} of {track.shot.media.path.name}")
