"""A lexicon for spoken-to-signed: an index of signs by word and gloss, and a pose for each of its rows."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from chereme.errors import Rejected, SettingsError
from chereme.exports.names import Names, folders
from chereme.exports.pose_file import as_pose, check, pose_bytes
from chereme.exports.tables import write_json, write_label_map, write_table
from chereme.plan import Every, FramePlan
from chereme.samples.clean import Clean
from chereme.skeleton import Skeleton
from chereme.types import Entry, Quality, Reject, Sample, Vocabulary

INDEX = ("path", "spoken_language", "signed_language", "start", "end", "words", "glosses", "priority")
"""The columns of `index.csv` that spoken-to-signed 0.4 reads (gloss_to_pose/lookup), in its own order."""
ALL = "all"
"""The folder of the clips of all splits."""
CLIPS = ("split", "gloss", "label", "video_id", "path", "frames", "priority", "any_hand", "score", "jitter")
"""The columns of `lexicon.csv`: what each pose was made of, in catalog order; `path` and `priority` in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A clip's pose, and how many frames it has."""

    data: bytes = field(repr=False)
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon(Clean):
    """A folder for all clips and one a split, each with `index.csv` and its poses; `lexicon.csv`, `statistics.json`.

    The poses are cleaned by the steps below, in their order, to one rate. Of a gloss's clips the best tracked comes
    first (priority 0). Needs tracks with a body: `--landmarks holistic`.
    """

    spoken_language: str = "en"
    """Code of the language of the words."""
    signed_language: str = "ase"
    """Code of the signed language (ISO 639-3)."""
    most: int = 0
    """At most this many clips a gloss in each folder, the best tracked ones; 0: all."""

    costly: ClassVar[bool] = True

    def __post_init__(self) -> None:
        Clean.__post_init__(self)
        if not self.fps:
            raise SettingsError("lexicon.fps is above 0: who joins signs takes all to have the rate of the first")
        if self.most < 0:
            raise SettingsError(f"lexicon.most is 0 or more, not {self.most}")
        for name in ("spoken_language", "signed_language"):
            code = getattr(self, name)
            if not code.replace("-", "").isalnum():
                raise SettingsError(f"lexicon.{name.replace('_', '-')} is a language's code, not '{code}'")

    @property
    def needs(self) -> FramePlan:
        """Every frame."""
        return FramePlan((Every(),))

    def check(self, skeleton: Skeleton) -> None:
        """Raise `SettingsError` where no body is tracked: who joins signs goes by its shoulders, wrists and hips."""
        check(skeleton)
        if "body" not in {part.name for part in skeleton.parts}:
            raise SettingsError(f"a lexicon needs a body, and {skeleton.name} has none; add --landmarks holistic")

    def prepare(self, sample: Sample) -> Sign | Reject:
        """The cleaned pose of a clip, or why it has none; no_body without a body in the track."""
        track = sample.tracked
        try:
            if "body" not in {part.name for part in track.skeleton.parts}:
                raise Rejected("no_body", f"a track of {track.skeleton.name} alone; --landmarks holistic has a body")
            cleaned = self.clean(track)
            return Sign(data=pose_bytes(as_pose(cleaned)), frames=len(cleaned.index))
        except Rejected as trouble:
            return trouble.reject(sample.entry.id, "deliver")

    def write(self, prepared: Iterator[tuple[Sample, Sign]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write the poses as they come; the indexes when all are there."""
        glosses, ids = folders(vocabulary), Names()
        clips: list[_Clip] = []
        for sample, sign in prepared:
            path = Path(self.signed_language, glosses[sample.entry.gloss], f"{ids(sample.entry.id)}.pose")
            clips.append(
                _Clip(entry=sample.entry, label=sample.label, quality=sample.quality, frames=sign.frames, path=path)
            )
            (out / ALL / path).parent.mkdir(parents=True, exist_ok=True)
            (out / ALL / path).write_bytes(sign.data)
        statistics: dict[str, Any] = {}
        splits = [split for split in ("train", "val", "test") if any(c.entry.split == split for c in clips)]
        # The whole folder comes last: its poses are what those of the splits are linked to.
        for folder in (*splits, ALL):
            ranked = _ranked([c for c in clips if folder in (ALL, c.entry.split)], vocabulary, self.most)
            yield from self._write_folder(out, folder, ranked)
            statistics[folder] = _statistics(ranked)
        chosen = {clip.path: priority for priority, clip in ranked}
        for clip in clips:
            if clip.path in chosen:
                yield out / ALL / clip.path
            else:
                (out / ALL / clip.path).unlink()
        yield write_table(out / "lexicon.csv", CLIPS, (_row(c, chosen[c.path]) for c in clips if c.path in chosen))
        yield write_json(out / "statistics.json", {ALL: statistics.pop(ALL)} | statistics)
        yield write_label_map(out, vocabulary)

    def _write_folder(self, out: Path, folder: str, ranked: "list[tuple[int, _Clip]]") -> Iterator[Path]:
        (out / folder).mkdir(exist_ok=True)
        for _, clip in ranked if folder != ALL else ():
            (out / folder / clip.path).parent.mkdir(parents=True, exist_ok=True)
            _link(out / ALL / clip.path, out / folder / clip.path)
            yield out / folder / clip.path
        rows = (
            {
                "path": clip.path.as_posix(),
                "spoken_language": self.spoken_language,
                "signed_language": self.signed_language,
                "start": 0,
                "end": end_of(clip.frames, self.fps),
                "words": clip.entry.gloss.lower(),
                "glosses": clip.entry.gloss.upper(),
                "priority": priority,
            }
            for priority, clip in ranked
        )
        yield write_table(out / folder / "index.csv", INDEX, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clip:
    entry: Entry
    label: int
    quality: Quality
    frames: int
    path: Path


def end_of(frames: int, fps: float) -> int:
    """The end of a clip in milliseconds, rounded up: rounded down, its last frame is lost to who counts frames back.

    They count whole frame times in floating point, at the rate that the file holds in single precision; where that
    makes a whole number of frames one less (75 frames at 30 fps end at 2500 ms), a millisecond is added.
    """
    rate = float(np.float32(fps))
    end = ceil(1000 * frames / Fraction(rate))
    return end if end // (1000 / rate) >= frames else end + 1


def _ranked(clips: list[_Clip], vocabulary: Vocabulary, most: int) -> list[tuple[int, _Clip]]:
    """The clips with their priorities, gloss by gloss in label order, the best of each first."""
    of_gloss: defaultdict[str, list[_Clip]] = defaultdict(list)
    for clip in clips:
        of_gloss[clip.entry.gloss].append(clip)
    ranked: list[tuple[int, _Clip]] = []
    for gloss in (gloss for gloss in vocabulary.glosses if gloss in of_gloss):
        best = sorted(of_gloss[gloss], key=lambda clip: _badness(clip.quality))
        ranked += enumerate(best[: most or None])
    return ranked


def _badness(quality: Quality) -> tuple[float, float]:
    """Least for the best: a hand in many frames, surely seen; then steadiness."""
    return -quality.any_hand * quality.score, quality.jitter if quality.jitter == quality.jitter else float("inf")


def _statistics(ranked: list[tuple[int, _Clip]]) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for _, clip in ranked:
        counts[clip.entry.gloss] = counts.get(clip.entry.gloss, 0) + 1
    return {
        "glosses": len(counts),
        "clips": len(ranked),
        "frames": sum(clip.frames for _, clip in ranked),
        "clips_per_gloss": counts,
    }


def _row(clip: _Clip, priority: int) -> dict[str, Any]:
    entry, quality = clip.entry, clip.quality
    return {
        "split": entry.split,
        "gloss": entry.gloss,
        "label": clip.label,
        "video_id": entry.id,
        "path": f"{ALL}/{clip.path.as_posix()}",
        "frames": clip.frames,
        "priority": priority,
        "any_hand": round(quality.any_hand, 4),
        "score": round(quality.score, 4),
        "jitter": round(quality.jitter, 4),
    }


def _link(there: Path, here: Path) -> None:
    """The same file under another name; a copy where the disk knows no links."""
    try:
        os.link(there, here)
    except OSError:
        here.write_bytes(there.read_bytes())
