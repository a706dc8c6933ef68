"""Clips, landmarks and poses in tar shards, as webdataset reads them."""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np

from chereme.errors import SettingsError
from chereme.exports.clips import row_of
from chereme.exports.cutting import Clip, Cutting, digest, write_sums
from chereme.exports.names import Names, split_folder
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.exports.tables import write_label_map
from chereme.plan import Every, FramePlan
from chereme.types import Sample, Track, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDataset(Cutting):
    """`{split}-000000.tar`, …: for each clip its `key.mp4`, `key.npy`, `key.pose`, `key.cls` and `key.json`.

    `npy` is float32 (frames, points, xyz) as tracked, NaN where unseen, a row for each frame of the clip as it lies in
    its file; `cls` the label, `json` the manifest's row. Clips without a split lie in `all-000000.tar`, ….
    """

    samples: int = 1000
    """Clips a shard, at most."""
    megabytes: float = 1000.0
    """Size at which a shard is closed, in millions of bytes."""
    video: bool = True
    """Whether the clips themselves are in."""
    landmarks: bool = True
    """Whether the landmarks are in: then every frame is tracked."""
    pose: bool = False
    """Whether a `.pose` file is in: then every frame is tracked."""

    def __post_init__(self) -> None:
        Cutting.__post_init__(self)
        if self.samples < 1 or not self.megabytes > 0:
            wrong = f"{self.samples} and {self.megabytes}"
            raise SettingsError(f"webdataset.samples is at least 1 and webdataset.megabytes above 0, not {wrong}")

    @property
    def needs(self) -> FramePlan:
        """Every frame, where landmarks or poses are in; else none."""
        return FramePlan((Every(),) if self.landmarks or self.pose else ())

    def write(self, prepared: Iterator[tuple[Sample, Clip]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write shard after shard, of each split at the same time."""
        shards: dict[str, _Shard] = {}
        done: list[Path] = []
        name = Names()
        try:
            for sample, clip in prepared:
                split = split_folder(sample.entry.split)
                if split not in shards:
                    shards[split] = _Shard(out, split, 0)
                shard = shards[split]
                if shard.clips >= self.samples or shard.bytes >= self.megabytes * 1e6:
                    done.append(shard.close())
                    yield shard.path
                    shard = shards[split] = _Shard(out, split, shard.number + 1)
                shard.add(_key(name, sample.entry.id), self._fields(sample, clip))
        finally:
            done.extend(shard.close() for shard in shards.values())
        yield from (shard.path for shard in shards.values())
        yield write_label_map(out, vocabulary)
        yield write_sums(out, ((path.name, digest(path)) for path in sorted(done)))

    def _fields(self, sample: Sample, clip: Clip) -> dict[str, bytes]:
        row = row_of(sample, clip, Path())
        del row["path"]
        found = {"mp4": clip.read()} if self.video else {}
        if self.landmarks:
            found["npy"] = _npy(sample.tracked)
        if self.pose:
            found["pose"] = pose_bytes(as_pose(sample.tracked, found=True))
        return found | {
            "cls": str(sample.label).encode(),
            "json": json.dumps(row, ensure_ascii=False, sort_keys=True).encode(),
        }


class _Shard:
    """A tar file that is being written."""

    def __init__(self, out: Path, split: str, number: int) -> None:
        self.number, self.path = number, out / f"{split}-{number:06d}.tar"
        self.clips = self.bytes = 0
        self._tar = tarfile.open(self.path, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115  # closed by `close`

    def add(self, key: str, fields: dict[str, bytes]) -> None:
        """The files of one clip, which must follow one another."""
        for suffix, data in fields.items():
            member = tarfile.TarInfo(f"{key}.{suffix}")  # its time is 0 and its owner root: no clock and no names
            member.size, member.mode = len(data), 0o644
            self._tar.addfile(member, BytesIO(data))
            self.bytes += len(data)
        self.clips += 1

    def close(self) -> Path:
        """The whole file."""
        self._tar.close()
        return self.path


def _key(name: Names, id: str) -> str:
    """An id as webdataset's key: what follows the first dot it takes for the field."""
    safe = name(id)
    if "." not in safe:
        return safe
    return name(f"{safe.replace('.', '_')}-{sha256(id.encode(errors='surrogatepass')).hexdigest()[:8]}")


def _npy(track: Track) -> bytes:
    """Points by frame of the clip; NaN in frames that were not tracked."""
    points = np.full((track.shot.stop - track.shot.first, len(track.skeleton), 3), np.nan, np.float32)
    points[track.index - track.shot.first] = track.points
    data = BytesIO()
    np.save(data, points, allow_pickle=False)
    return data.getvalue()
