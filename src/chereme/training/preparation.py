"""All that is done to a video before a recognizer sees it: carried by a checkpoint, so that it is done again alike."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from chereme import plugins
from chereme.contracts import LandmarkModel
from chereme.errors import DatasetError
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence, featured
from chereme.skeleton import SKELETONS, Skeleton
from chereme.store.plain import plain, restored
from chereme.types import Floats, Track

Mask = npt.NDArray[np.bool_]


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

    @property
    def skeleton(self) -> Skeleton:
        """The points of a sequence: those parts of what is tracked that it holds, in its order."""
        return part_of(self.model.skeleton, self.sequence.parts)

    @property
    def frames(self) -> int:
        """Frames of every sequence."""
        return self.sequence.length

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
        try:
            model = plugins.load("models", values["landmarks"])
            return cls(
                landmarks=values["landmarks"],
                model=restored(model, values["model"]),
                fingerprint=values["fingerprint"],
                plan=restored(FramePlan, values["plan"]),
                refine=restored(Refine, values["refine"]),
                sequence=restored(Sequence, values["sequence"]),
            )
        except (KeyError, TypeError) as error:
            raise DatasetError(f"no record of how sequences were made: {error!r}") from error

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
