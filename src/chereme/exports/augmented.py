"""Other forms of the clips of small classes, of the train split alone, as NPZ: for people who train elsewhere."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import ClassVar

import numpy as np

from chereme.errors import Rejected, SettingsError
from chereme.exports.tables import write_label_map
from chereme.samples import variation
from chereme.samples.sequence import FEATURES, Features, Sequence, feature_names, padded
from chereme.types import Floats, Reject, Sample, Vocabulary

FORMS = ("slow", "fast", "noise")
"""What is made of each clip, in this order: every third frame twice, every second frame, noise on each coordinate."""
TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented(Sequence):
    """`augmented.npz` and `label_map.json`: three forms of each clip of the train split whose class has few clips.

    The NPZ holds what `arrays` writes, `sequences`, `labels`, `video_ids`, `glosses`, `splits`, `mask`, `lengths` and
    `feature_names`, and besides `origin_ids`, the clip that each is of, and `forms`. Clips of other splits, and of
    none, are never changed: whoever judges by them, judges by what was signed.
    """

    below: int = 10
    """Classes with fewer clips than this in the train split get other forms of them; 0: all classes."""
    noise: float = 0.03
    """Deviation of the noise, in extents of the clip's points."""
    seed: int = 0
    """Draws other noise."""

    costly: ClassVar[bool] = False

    def __post_init__(self) -> None:
        Sequence.__post_init__(self)
        if self.below < 0 or not 0 <= self.noise <= 1 or self.seed < 0:
            raise SettingsError("[augmented] below and seed are at least 0, noise is from 0 to 1")

    def prepare(self, sample: Sample) -> tuple[Features, ...] | Reject:
        """The forms of a clip of the train split; none of one of another."""
        try:
            whole = replace(self, fill=float("nan"), pad="zeros").features(sample.track)
        except Rejected as trouble:
            return trouble.reject(sample.entry.id, "deliver")
        if sample.entry.split != TRAIN:
            return ()
        clip = whole.values[: whole.length].reshape(whole.length, -1, 3)
        digest = sha256(sample.entry.id.encode(errors="surrogatepass")).digest()
        random = np.random.default_rng([self.seed, int.from_bytes(digest[:8])])
        made = variation.slow(clip), variation.fast(clip), variation.noisy(clip, self.noise, random)
        return tuple(self._sequence(each) for each in made)

    def write(
        self, prepared: Iterator[tuple[Sample, tuple[Features, ...]]], out: Path, vocabulary: Vocabulary
    ) -> Iterator[Path]:
        """Write the files; the forms wait in a file until all clips of each class are counted."""
        clips: list[tuple[Sample, tuple[int, ...]]] = []
        names = FEATURES
        with TemporaryFile(dir=out) as body:
            for sample, forms in prepared:
                if forms:
                    names = feature_names(sample.track.skeleton, self.parts)
                    body.writelines(each.values.astype("<f4").tobytes() for each in forms)
                    clips.append((sample, tuple(each.length for each in forms)))
            body.flush()
            counts = Counter(sample.label for sample, _ in clips)
            kept = [n for n, (sample, _) in enumerate(clips) if not self.below or counts[sample.label] < self.below]
            shape = len(clips) * len(FORMS), self.length, len(names)
            held = np.memmap(body, "<f4", "r", shape=shape) if clips else np.zeros(shape, "<f4")
            rows = [n * len(FORMS) + form for n in kept for form in range(len(FORMS))]
            samples = [clips[n][0] for n in kept for _ in FORMS]
            lengths = np.array([length for n in kept for length in clips[n][1]], np.int64)
            forms_of = FORMS * len(kept)
            ids = [f"{sample.entry.id}-{form}" for sample, form in zip(samples, forms_of, strict=True)]
            np.savez(
                out / "augmented.npz",
                sequences=held[rows],
                labels=np.array([sample.label for sample in samples], np.int64),
                video_ids=np.array(ids, np.str_),
                origin_ids=np.array([sample.entry.id for sample in samples], np.str_),
                forms=np.array(forms_of, np.str_),
                glosses=np.array([sample.entry.gloss for sample in samples], np.str_),
                splits=np.array([TRAIN] * len(samples), np.str_),
                mask=np.arange(self.length) < lengths[:, None],
                lengths=lengths,
                feature_names=np.array(names, np.str_),
            )
            del held
        yield out / "augmented.npz"
        yield write_label_map(out, vocabulary)

    def counted(self, out: Path) -> tuple[int, int]:
        """Clips that there are forms of, and forms."""
        with np.load(out / "augmented.npz", allow_pickle=False) as held:
            ids = held["origin_ids"]
        return len(np.unique(ids)), len(ids)

    def _sequence(self, clip: Floats) -> Features:
        if self.fit == "uniform" or (self.fit == "stride" and len(clip) > self.length):
            clip = variation.at_places(clip, np.linspace(0, len(clip) - 1, self.length))
        values = np.nan_to_num(clip[: self.length].reshape(min(len(clip), self.length), -1), nan=self.fill)
        mask = np.arange(self.length) < len(values)
        return Features(values=padded(values, self.length, self.pad), mask=mask, length=len(values))
