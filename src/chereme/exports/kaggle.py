"""Landmarks in the layout of Kaggle's asl-signs (Google, Isolated Sign Language Recognition, 2023)."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.exports.tables import write_json, write_label_map, write_table
from chereme.plan import Every, FramePlan
from chereme.skeleton import HOLISTIC
from chereme.types import Reject, Sample, Track, Vocabulary

PARTS = {"face": "face", "left_hand": "left_hand", "pose": "body", "right_hand": "right_hand"}
"""The types of a frame's rows, in their order, and which part of ours each is: 468, 21, 33 and 21 points."""
TRAIN = ("path", "participant_id", "sequence_id", "sign")
"""The columns of `train.csv`."""
CLIPS = ("sequence_id", "participant_id", "split", "gloss", "label", "video_id", "signer", "frames", "fps")
"""The columns of `clips.csv`: what each sequence was, and which split it is of."""
NOBODY = 0
"""The participant of clips whose signer is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kaggle:
    """`train_landmark_files/{participant}/{sequence}.parquet`, `train.csv`, `sign_to_prediction_index_map.json`, and
    `clips.csv` with what that layout has no column for.

    543 rows a frame: face, left hand, pose, right hand; points as tracked, NaN where unseen. Ids and signers that are
    numbers keep them, others get one.
    """

    costly: ClassVar[bool] = True

    @property
    def needs(self) -> FramePlan:
        """Every frame."""
        return FramePlan((Every(),))

    def prepare(self, sample: Sample) -> bytes | Reject:
        """A clip's Parquet file, or no_hands where nothing was seen in any frame."""
        if not sample.tracked.score.any():
            return Reject(id=sample.entry.id, stage="deliver", reason="no_hands", detail="nobody in any frame")
        sink = pa.BufferOutputStream()
        pq.write_table(rows_of(sample.tracked), sink, compression="snappy")
        return bytes(sink.getvalue())

    def write(self, prepared: Iterator[tuple[Sample, bytes]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write each clip's file as it comes, then the tables."""
        sequence, participant = _Numbers(), _Numbers(taken={NOBODY})
        listed: list[dict[str, Any]] = []
        clips: list[dict[str, Any]] = []
        for sample, data in prepared:
            entry, shot = sample.entry, sample.tracked.shot
            number = sequence(entry.id)
            person = NOBODY if entry.signer is None else participant(entry.signer)
            path = Path("train_landmark_files", str(person), f"{number}.parquet")
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(data)
            yield out / path
            ids = {"participant_id": person, "sequence_id": number}
            listed.append({"path": path.as_posix(), "sign": entry.gloss} | ids)
            facts: dict[str, Any] = {
                "split": entry.split,
                "gloss": entry.gloss,
                "label": sample.label,
                "video_id": entry.id,
            }
            facts |= {"signer": entry.signer, "frames": shot.stop - shot.first, "fps": round(shot.media.fps, 6)}
            clips.append(facts | ids)
        yield write_table(out / "train.csv", TRAIN, listed)
        yield write_table(out / "clips.csv", CLIPS, clips)
        signs = {gloss: label for label, gloss in enumerate(vocabulary.glosses)}
        yield write_json(out / "sign_to_prediction_index_map.json", signs)
        yield write_label_map(out, vocabulary)


def rows_of(track: Track) -> pa.Table:
    """A row for each point of each frame of the clip: frame, row_id, type, landmark_index, x, y, z.

    Frames count from the clip's first; those that were not tracked, and parts that the track does not have, are NaN.
    """
    first, frames = track.shot.first, track.shot.stop - track.shot.first
    sizes = [len(next(p for p in HOLISTIC.parts if p.name == part).points) for part in PARTS.values()]
    there = {part.name for part in track.skeleton.parts}
    points = np.full((frames, sum(sizes), 3), np.nan)
    start = 0
    for part, size in zip(PARTS.values(), sizes, strict=True):
        if part in there:
            points[track.index - first, start : start + size] = track.points[:, track.skeleton[part]]
        start += size
    kinds = np.repeat(list(PARTS), sizes)
    places = np.concatenate([np.arange(size) for size in sizes])
    labels = [f"{kind}-{place}" for kind, place in zip(kinds.tolist(), places.tolist(), strict=True)]
    flat = points.reshape(-1, 3)
    return pa.table(
        {
            "frame": pa.array(np.repeat(np.arange(frames), len(kinds)), pa.int16() if frames <= 32767 else pa.int32()),
            "row_id": pa.array([f"{frame}-{label}" for frame in range(frames) for label in labels], pa.string()),
            "type": pa.array(np.tile(kinds, frames).tolist(), pa.string()),
            "landmark_index": pa.array(np.tile(places, frames), pa.int16()),
            "x": pa.array(flat[:, 0]),
            "y": pa.array(flat[:, 1]),
            "z": pa.array(flat[:, 2]),
        }
    )


class _Numbers:
    """A number of its own for each word: the word's, where it is one and free, else one of its hash."""

    def __init__(self, taken: set[int] | None = None) -> None:
        self._numbers: dict[str, int] = {}
        self._taken = set(taken or ())

    def __call__(self, word: str) -> int:
        if word not in self._numbers:
            own = [int(word)] if word.isascii() and word.isdecimal() and len(word) < 10 else []
            hashes = (
                10**9 + int(sha256(f"{salt}{word}".encode(errors="surrogatepass")).hexdigest()[:8], 16)
                for salt in count()
            )
            number = next(n for numbers in (own, hashes) for n in numbers if n not in self._taken)
            self._taken.add(number)
            self._numbers[word] = number
        return self._numbers[word]
