"""Refining: every track judged once, so that reasons and qualities are known before any export is made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import Rejected
from chereme.run.progress import Progress
from chereme.run.shots import Shots
from chereme.samples.leading import right_share
from chereme.samples.quality import unmeasured
from chereme.samples.refine import Refine
from chereme.samples.untracked import UNTRACKED, tracks_of_no_frames
from chereme.skeleton import Skeleton
from chereme.store import Parts, aside
from chereme.types import Reject, Sample, Shot, Track, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Which shots pass, in catalog order, and why the others do not."""

    shots: Sequence[Shot]
    rejects: tuple[Reject, ...]
    rows: pa.Table
    """Qualities, a row a shot that passes: what `samples.parquet` holds."""


def judge(
    refine: Refine, shots: Shots, parts: Parts, skeleton: Skeleton, vocabulary: Vocabulary, progress: Progress
) -> Judged:
    """Refine each finished track for its quality alone; the refined points are made again by whoever needs them."""
    labels = labels_of(vocabulary)
    finished = shots.where(parts.finished(shots.keys))
    passed = np.zeros(len(finished), bool)
    rejects: list[Reject] = []
    rows: list[dict[str, Any]] = []
    schema, tables = _schema(skeleton), []
    progress.stage("refine", total=len(shots))
    for place, result in enumerate(parts.read(finished)):
        if isinstance(result, Reject):
            continue  # counted where it was rejected
        try:
            sample = _sample(refine, result, labels[result.shot.entry.gloss])
        except Rejected as trouble:
            rejects.append(trouble.reject(result.shot.entry.id, "refine"))
            progress.step(rejects[-1])
        else:
            passed[place] = True
            rows.append(_row(sample))
            if len(rows) == _ROWS:
                tables.append(pa.Table.from_pylist(rows, schema=schema))
                rows.clear()
            progress.step()
    tables.append(pa.Table.from_pylist(rows, schema=schema))
    return Judged(shots=finished.where(passed), rejects=tuple(rejects), rows=pa.concat_tables(tables).combine_chunks())


def refined(refine: Refine, shots: Sequence[Shot], parts: Parts, labels: Mapping[str, int]) -> Iterator[Sample]:
    """The samples of shots that passed, in the order given."""
    for result in parts.read(shots):
        if isinstance(result, Track):
            yield _sample(refine, result, labels[result.shot.entry.gloss])


def named(shots: Iterable[Shot], skeleton: Skeleton, labels: Mapping[str, int]) -> Iterator[Sample]:
    """The samples of shots that passed for exports that look at no points: their tracks have no frames."""
    quality = unmeasured(skeleton)
    for track in tracks_of_no_frames(shots, skeleton):
        yield Sample(track=track, label=labels[track.shot.entry.gloss], quality=quality, raw=track)


def _sample(refine: Refine, track: Track, label: int) -> Sample:
    return refine.untracked(track, label) if track.model == UNTRACKED else refine.refine(track, label)


def labels_of(vocabulary: Vocabulary) -> dict[str, int]:
    """The label of each gloss."""
    return {gloss: label for label, gloss in enumerate(vocabulary.glosses)}


MEASURES = ("any_hand", "longest_gap", "jitter", "hand_px", "score")
_ROWS = 4096
"""Rows that are kept as they were made, before they are packed."""
RIGHT = "right_share"
"""The column that tells which hand leads, see `right_share`."""


def save_qualities(judged: Judged, path: Path) -> None:
    """Write `samples.parquet`: a row for each clip that passed, in catalog order."""
    with aside(path) as temporary:
        pq.write_table(judged.rows, temporary, compression="zstd")


def _schema(skeleton: Skeleton) -> pa.Schema:
    return pa.schema(
        [pa.field(name, pa.string()) for name in ("id", "gloss", "split")]
        + [pa.field(name, pa.int64()) for name in ("label", "frames")]
        + [pa.field(name, pa.float64()) for name in (*(part.name for part in skeleton.parts), *MEASURES, RIGHT)]
    )


def _row(sample: Sample) -> dict[str, Any]:
    entry, quality = sample.entry, sample.quality
    words = {"id": entry.id, "gloss": entry.gloss, "split": entry.split, "label": sample.label}
    measured = {name: getattr(quality, name) for name in MEASURES} | {RIGHT: right_share(sample.track)}
    return words | {"frames": quality.frames} | quality.seen | measured
