"""The form `sequences`: points followed through a video, refined, and made a sequence of one length."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from chereme.contracts import LandmarkModel
from chereme.errors import DatasetError, Rejected, SettingsError
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence, featured
from chereme.skeleton import SKELETONS, Skeleton
from chereme.store.plain import plain
from chereme.training.following import following, restored_form
from chereme.training.form import Look, Mask, Seen, Shown, shown_to
from chereme.types import Floats, Reject, Shot, Track, Vocabulary

__all__ = ["Mask", "Preparation", "part_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Landmarks, refining and sequence, as the build made them that a recognizer was trained on."""

    landmarks: str
    """The landmark model's name in the table `models`."""
    model: LandmarkModel
    """Its settings."""
    fingerprint: str
    """That model's, of settings and weights: what it was when the tracks were made."""
    plan: FramePlan
    """Which frames of a clip are tracked: following a hand over other frames gives slightly other points."""
    refine: Refine
    sequence: Sequence

    shown: ClassVar[Shown] = "sequences"
    input: ClassVar[str] = "points"
    dtype: ClassVar[type[np.generic]] = np.float32
    together: ClassVar[int] = 256

    @property
    def skeleton(self) -> Skeleton:
        """The points of a sequence: those parts of what is tracked that it holds, in its order."""
        return part_of(self.model.skeleton, self.sequence.parts)

    @property
    def frames(self) -> int:
        """Frames of every sequence."""
        return self.sequence.length

    def network(self, spec: Any, vocabulary: Vocabulary) -> Any:
        """A recognizer's network for these sequences."""
        if shown_to(spec) != self.shown:
            raise SettingsError(f"{type(spec).__name__} is shown {shown_to(spec)}, not sequences of points")
        return spec.build(self.skeleton, self.frames, vocabulary)

    def trial(self, clips: int) -> tuple[Floats, Mask]:
        """Random walks of several lengths, some of whose parts are unseen at times."""
        random = np.random.default_rng(0)
        skeleton, frames = self.skeleton, self.frames
        points = random.normal(0, 1, (clips, 1, len(skeleton), 3))
        points = points + random.normal(0, 0.1, (clips, frames, 1, 3)).cumsum(1)
        lengths = np.linspace(1, frames, clips).round().astype(np.int64)
        mask = np.arange(frames) < lengths[:, None]
        for part in skeleton.parts:
            points[:, :, skeleton[part.name]][random.random((clips, frames)) < 0.3] = np.nan
        points[~mask] = np.nan
        return points.astype(np.float32), mask

    @contextmanager
    def looking(self, device: str = "cpu") -> Iterator[Look]:
        """What follows shots and makes sequences of them."""
        with following(self.landmarks, self.model, self.fingerprint, self.plan, device) as follow:

            def look(shot: Shot) -> Seen | Reject:
                track = follow(shot)
                if isinstance(track, Reject):
                    return track
                try:
                    points, mask = self.prepare(track)
                except Rejected as trouble:
                    return trouble.reject(shot.entry.id, "refine")
                return Seen(track=track, values=points, mask=mask)

            yield look

    def prepare(self, track: Track) -> tuple[Floats, Mask]:
        """What a recognizer gets of a raw track: points (frames, points, xyz), NaN where unseen, and mask (frames,).

        Raises `Rejected` as the build would: by refining, or for want of frames or hands.
        """
        features = self.sequence.features(self.refine.refine(track, 0).track)
        return self.points(features.values[None], features.mask[None])[0], features.mask

    def points(self, values: Floats, mask: Mask) -> Floats:
        """(clips, frames, points, xyz) of sequences (clips, frames, features), NaN where unseen or padded.

        A part was unseen in a frame where all its values are the fill: no hand lies in one point.
        """
        skeleton = self.skeleton
        points = np.array(values, np.float32).reshape(*values.shape[:2], len(skeleton), 3)
        points[~mask] = np.nan
        for part in skeleton.parts:
            held = points[:, :, skeleton[part.name]]
            lacking = np.isnan(held) | (held == np.float32(self.sequence.fill))
            held[lacking.all(axis=(2, 3))] = np.nan
        return points

    def plain(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        return plain(self)  # type: ignore[no-any-return]

    @classmethod
    def restored(cls, values: dict[str, Any]) -> "Preparation":
        """What `plain` was made of; raises `DatasetError`, or `SettingsError` for a model that is not installed."""
        return restored_form(cls, values)

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> "Preparation":
        """What the `export.json` of an export of sequences says; raises `DatasetError` where it does not."""
        try:
            made, names = record["made"], {each.name for each in fields(Sequence)}
            sequence = {name: value for name, value in made["export"].items() if name in names}
            return cls.restored({**made, "sequence": sequence})
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetError(f"no record of how sequences were made: {error!r}") from error


def part_of(skeleton: Skeleton, parts: tuple[str, ...]) -> Skeleton:
    """The skeleton of sequences that hold these parts, by default as `Sequence` chooses them."""
    named = {part.name: part for part in skeleton.parts}
    held = tuple(named[name] for name in featured(skeleton, parts))
    if held == skeleton.parts:
        return skeleton
    same = (each for each in SKELETONS.values() if each.parts == held)
    return next(same, Skeleton(f"{skeleton.name} ({', '.join(part.name for part in held)})", held))
