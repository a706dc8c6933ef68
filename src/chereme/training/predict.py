"""What a recognizer says of a video: decoded, followed, refined and made a sequence as the clips it was trained on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from chereme.contracts import Ask
from chereme.errors import Rejected, SettingsError
from chereme.frames.probe import Limits, probe
from chereme.frames.span import resolve
from chereme.landmarks.recorded import is_recording, probe_recording
from chereme.training.checkpoint import Opened
from chereme.training.form import Form, Look, Mask, Seen, Values
from chereme.types import Entry, Floats, Reject, Shot, Track


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """What was said of one clip."""

    track: Track
    """The points, as followed; not refined. Of no frames where the recognizer needs none."""
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


def probabilities(opened: Opened, values: Values, mask: Mask) -> Floats:
    """(clips, classes), each row adding up to 1, of clips in their form (clips, frames, …) and mask (clips, frames)."""
    batch = opened.preparation.together
    starts = range(0, max(len(values), 1), batch)
    some = [opened.logits(values[at : at + batch], mask[at : at + batch]) for at in starts]
    logits = np.concatenate(some).astype(np.float64)
    if not np.isfinite(logits).all():
        raise SettingsError(f"this {opened.recognizer} gives numbers that are none (NaN or infinite); train it again")
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Files brought into a recognizer's form: all of predicting that meets what strangers made.

    An input is a file, and the entry that it is taken for.
    """

    preparation: Form
    device: str = "cpu"
    """Where the landmark networks run."""
    limits: Limits | None = None

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[Path, Entry]], Seen | Reject]]:
        """The landmark networks, loaded."""
        with self.preparation.looking(self.device) as look:
            yield lambda asked: _seen(look, *asked, self.limits)

    def lost(self, input: tuple[Path, Entry], reason: str = "worker_died") -> Reject:
        """A file that kills or blocks the process which decodes it."""
        path, entry = input
        return Reject(id=entry.id, stage="extract", reason=reason, detail=path.name)


@contextmanager
def predicting(
    opened: Opened, device: str = "cpu", limits: Limits | None = None, ask: Ask | None = None
) -> Iterator[Predict]:
    """What predicts the words of one file after the other; the landmark networks are loaded while it is open.

    `device` is where they run. The result equals that of the clip's export as long as the same is known of the clip:
    a build looks for hands within the entry's box where its dataset states one. With `ask`, as `Pool.asking` of
    `chereme.run.local` gives it, files are decoded and followed in another process: one that crashes or blocks it is
    a `Reject`, and the next one follows. Without, all is done in this process.
    """
    job = Looking(preparation=opened.preparation, device=device, limits=limits)
    with nullcontext(partial(ask, job)) if ask else job.open() as look:

        def predict(path: Path, entry: Entry | None = None) -> Prediction | Reject:
            seen = look((path, entry or Entry(id=path.stem, gloss="")))
            if isinstance(seen, Reject):
                return seen
            return Prediction(
                track=seen.track, probabilities=probabilities(opened, seen.values[None], seen.mask[None])[0]
            )

        yield predict


def _seen(look: Look, path: Path, entry: Entry, limits: Limits | None) -> Seen | Reject:
    try:
        shot = _found(path, entry, limits)
    except Rejected as trouble:
        return trouble.reject(entry.id, "acquire")
    except OSError as trouble:  # a name too long, a file that nobody may read
        return Rejected("missing_file", trouble.strerror or str(trouble)).reject(entry.id, "acquire")
    try:
        return look(shot)
    except OSError as trouble:
        return Rejected("missing_file", trouble.strerror or str(trouble)).reject(entry.id, "extract")


def _found(path: Path, entry: Entry, limits: Limits | None) -> Shot:
    if path.is_dir():
        raise Rejected("not_a_video", f"{path.name} is a folder; name the videos in it")
    if is_recording(path):
        return resolve(entry, *probe_recording(path))
    probed = probe(path, limits)
    return resolve(entry, probed.media, probed.seconds)
