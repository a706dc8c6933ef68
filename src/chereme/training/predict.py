"""What a recognizer says of a video: decoded, followed, refined and made a sequence as the clips it was trained on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from chereme.contracts import Follow
from chereme.errors import Rejected, SettingsError
from chereme.frames.decode import decode
from chereme.frames.probe import Limits, probe
from chereme.frames.span import resolve
from chereme.landmarks.recorded import is_recording, probe_recording, read_track
from chereme.training.checkpoint import Opened
from chereme.training.preparation import Mask, Preparation
from chereme.types import Entry, Floats, Reject, Shot, Stage, Track

log = logging.getLogger(__name__)

BATCH = 256
"""Clips that a recognizer is given at once: bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """What was said of one clip."""

    track: Track
    """What the recognizer saw, as followed; not refined."""
    probabilities: Floats = field(repr=False)
    """(classes,), adding up to 1, in label order."""

    def best(self, k: int) -> list[tuple[int, float]]:
        """The labels of the `k` likeliest classes with their probabilities; of equal ones the smaller label first."""
        order = np.argsort(-self.probabilities, kind="stable")[:k]
        return [(int(label), float(self.probabilities[label])) for label in order]


class Predict(Protocol):
    """What a recognizer says of a file."""

    def __call__(self, path: Path, entry: Entry | None = None) -> Prediction | Reject:
        """Of a whole video or `.pose` file; with an entry, of its span, and of whoever is in its box.

        A file that cannot be used gives a `Reject` with its reason.
        """
        ...


def probabilities(opened: Opened, points: Floats, mask: Mask) -> Floats:
    """(clips, classes), each row adding up to 1, of points (clips, frames, points, xyz) and mask (clips, frames)."""
    starts = range(0, max(len(points), 1), BATCH)
    some = [opened.logits(points[at : at + BATCH], mask[at : at + BATCH]) for at in starts]
    logits = np.concatenate(some).astype(np.float64)
    if not np.isfinite(logits).all():
        raise SettingsError(f"this {opened.recognizer} gives numbers that are none (NaN or infinite); train it again")
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@contextmanager
def predicting(opened: Opened, device: str = "cpu", limits: Limits | None = None) -> Iterator[Predict]:
    """What predicts the words of one file after the other; the landmark networks are loaded while it is open.

    `device` is where they run. The result equals that of the clip's export as long as the same is known of the clip:
    a build looks for hands within the entry's box where its dataset states one.
    """
    preparation = opened.preparation
    model = preparation.model
    if model.fingerprint() != preparation.fingerprint:
        log.warning(
            "the landmark model %s gives other points now than it gave when this recognizer was trained",
            preparation.landmarks,
        )
    model.fetch()
    with model.open(device) as follow:

        def predict(path: Path, entry: Entry | None = None) -> Prediction | Reject:
            return _predict(opened, follow, path, entry or Entry(id=path.stem, gloss=""), limits)

        yield predict


def _predict(opened: Opened, follow: Follow, path: Path, entry: Entry, limits: Limits | None) -> Prediction | Reject:
    stage: Stage = "acquire"
    try:
        if path.is_dir():
            raise Rejected("not_a_video", f"{path.name} is a folder")
        recorded = is_recording(path)
        if recorded:
            shot = resolve(entry, *probe_recording(path))
        else:
            probed = probe(path, limits)
            shot = resolve(entry, probed.media, probed.seconds)
        stage = "extract"
        track = _recorded(shot, opened.preparation) if recorded else _followed(shot, opened.preparation, follow)
        if isinstance(track, Reject):
            return track
        stage = "refine"
        points, mask = opened.preparation.prepare(track)
    except Rejected as trouble:
        return trouble.reject(entry.id, stage)
    except OSError as trouble:  # a name too long, a file that nobody may read
        return Rejected("missing_file", trouble.strerror or str(trouble)).reject(entry.id, stage)
    return Prediction(track=track, probabilities=probabilities(opened, points[None], mask[None])[0])


def _followed(shot: Shot, preparation: Preparation, follow: Follow) -> Track | Reject:
    """As `chereme.run.jobs.Extract` tracks a shot (a room of the same layer)."""
    return next(follow(decode(shot, preparation.plan.frames(shot.first, shot.stop))))


def _recorded(shot: Shot, preparation: Preparation) -> Track:
    """As `chereme.run.jobs.Read` does."""
    return read_track(shot, preparation.plan.frames(shot.first, shot.stop), preparation.model.skeleton)
