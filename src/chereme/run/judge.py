"""Refining: every track judged once, so that reasons and qualities are known before any export is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import Rejected
from chereme.run.progress import Progress
from chereme.run.untracked import UNTRACKED
from chereme.samples.leading import right_share
from chereme.samples.refine import Refine
from chereme.skeleton import Skeleton
from chereme.store import Parts, aside
from chereme.types import Reject, Sample, Shot, Track, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Which shots pass, in catalog order, and why the others do not."""

    shots: tuple[Shot, ...]
    rejects: tuple[Reject, ...]
    rows: tuple[dict[str, Any], ...]
    """Qualities, a row a shot that passes: what `samples.parquet` holds."""


def judge(refine: Refine, shots: list[Shot], parts: Parts, vocabulary: Vocabulary, progress: Progress) -> Judged:
    """Refine each finished track for its quality alone; the refined points are made again by whoever needs them."""
    labels = labels_of(vocabulary)
    passed: list[Shot] = []
    rejects: list[Reject] = []
    rows: list[dict[str, Any]] = []
    progress.stage("refine", total=len(shots))
    for result in parts.read(shots):
        if isinstance(result, Reject):
            continue  # counted where it was rejected
        try:
            sample = _sample(refine, result, labels[result.shot.entry.gloss])
        except Rejected as trouble:
            rejects.append(trouble.reject(result.shot.entry.id, "refine"))
            progress.step(rejects[-1])
        else:
            passed.append(result.shot)
            rows.append(_row(sample))
            progress.step()
    return Judged(shots=tuple(passed), rejects=tuple(rejects), rows=tuple(rows))


def refined(refine: Refine, shots: Sequence[Shot], parts: Parts, labels: Mapping[str, int]) -> Iterator[Sample]:
    """The samples of shots that passed, in the order given."""
    for result in parts.read(shots):
        if isinstance(result, Track):
            yield _sample(refine, result, labels[result.shot.entry.gloss])


def _sample(refine: Refine, track: Track, label: int) -> Sample:
    return refine.untracked(track, label) if track.model == UNTRACKED else refine.refine(track, label)


def labels_of(vocabulary: Vocabulary) -> dict[str, int]:
    """The label of each gloss."""
    return {gloss: label for label, gloss in enumerate(vocabulary.glosses)}


MEASURES = ("any_hand", "longest_gap", "jitter", "hand_px", "score")
RIGHT = "right_share"
"""The column that tells which hand leads, see `right_share`."""


def save_qualities(judged: Judged, skeleton: Skeleton, path: Path) -> None:
    """Write `samples.parquet`: a row for each clip that passed, in catalog order."""
    schema = pa.schema(
        [pa.field(name, pa.string()) for name in ("id", "gloss", "split")]
        + [pa.field(name, pa.int64()) for name in ("label", "frames")]
        + [pa.field(name, pa.float64()) for name in (*(part.name for part in skeleton.parts), *MEASURES, RIGHT)]
    )
    with aside(path) as temporary:
        pq.write_table(pa.Table.from_pylist(list(judged.rows), schema=schema), temporary, compression="zstd")


def _row(sample: Sample) -> dict[str, Any]:
    entry, quality = sample.entry, sample.quality
    words = {"id": entry.id, "gloss": entry.gloss, "split": entry.split, "label": sample.label}
    measured = {name: getattr(quality, name) for name in MEASURES} | {RIGHT: right_share(sample.track)}
    return words | {"frames": quality.frames} | quality.seen | measured
