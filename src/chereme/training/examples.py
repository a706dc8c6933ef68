"""Sequences to train on and to judge by, out of a finished build: its export `arrays`, who signed, how it was made."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from chereme.errors import DatasetError
from chereme.filenames import RECORD
from chereme.training.form import Mask
from chereme.training.preparation import Preparation
from chereme.training.roll import Roll, people
from chereme.types import Floats, Vocabulary

if TYPE_CHECKING:
    from chereme.training.fit import Fit

BUILD = "chereme build … --out {out} --export arrays"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples(Roll):
    """Clips as arrays of one length, with all that is known of them."""

    EACH: ClassVar[tuple[str, ...]] = (*Roll.EACH, "points", "mask")

    points: Floats = field(repr=False)
    """(clips, frames, points, xyz); NaN where unseen, and in frames that pad."""
    mask: Mask = field(repr=False)
    """(clips, frames) True where a frame comes from the clip: the first ones."""
    preparation: Preparation = field(repr=False)

    def show(self, place: int) -> tuple[Floats, Mask]:
        """A clip's points and mask."""
        return self.points[place], self.mask[place]

    def vary(self, place: int, fit: "Fit", random: np.random.Generator) -> tuple[Floats, Mask]:
        """A clip's points and mask in another form, by `fit.augment`."""
        made = self.preparation
        return fit.augment.change(*self.show(place), made.skeleton, made.sequence, random)

    def digest(self, place: int) -> bytes:
        """Equal for equal points."""
        return sha256(self.points[place].tobytes() + self.mask[place].tobytes()).digest()

    @classmethod
    def read(cls, out: Path, export: str = "arrays") -> "Examples":
        """The sequences that a build wrote below `out`.

        Raises `DatasetError` where there are none, or none of which it is known how they were made.
        """
        folder = out / "exports" / export
        arrays, record = folder / "landmarks.npz", folder / RECORD
        if not arrays.is_file():
            raise DatasetError(f"{arrays} is not there; make it with {BUILD.format(out=out)}")
        try:
            preparation = Preparation.of_record(json.loads(record.read_bytes()))
            labels = json.loads((folder / "label_map.json").read_bytes())
            with np.load(arrays, allow_pickle=False) as held:
                values, mask = held["sequences"], held["mask"]
                numbers, ids, splits = held["labels"], held["video_ids"].tolist(), held["splits"].tolist()
        except DatasetError as error:
            raise DatasetError(f"{record}: {error}; run {BUILD.format(out=out)} again") from error
        except (OSError, ValueError, KeyError) as error:
            raise DatasetError(f"{folder}: cannot be read: {error}; run {BUILD.format(out=out)} again") from error
        return cls(
            points=preparation.points(values, mask),
            mask=mask,
            labels=numbers,
            ids=tuple(ids),
            splits=tuple(splits),
            **people(out / "catalog.parquet", ids),
            vocabulary=Vocabulary(tuple(sorted(labels, key=labels.__getitem__))),
            preparation=preparation,
        )


def read_sequences(out: Path, export: str = "", loading: None = None) -> Examples:
    """`Examples.read`, as the other forms are read; by default of the export `arrays`."""
    return Examples.read(out, export or "arrays")
