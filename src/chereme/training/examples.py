"""Sequences to train on and to judge by, out of a finished build: its export `arrays`, who signed, how it was made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import DatasetError
from chereme.training.form import Mask
from chereme.training.preparation import Preparation
from chereme.types import Floats, Vocabulary

if TYPE_CHECKING:
    from chereme.training.fit import Fit

RECORD = "export.json"
"""What `chereme build` writes beside an export's files (`chereme.run.deliver.RECORD`, a room of the same layer)."""
BUILD = "chereme build … --out {out} --export arrays"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Clips as arrays of one length, with all that is known of them."""

    points: Floats = field(repr=False)
    """(clips, frames, points, xyz); NaN where unseen, and in frames that pad."""
    mask: Mask = field(repr=False)
    """(clips, frames) True where a frame comes from the clip: the first ones."""
    labels: npt.NDArray[np.int64] = field(repr=False)
    """(clips,)"""
    ids: tuple[str, ...] = field(repr=False)
    splits: tuple[str, ...] = field(repr=False)
    """train, val, test, or '' for a clip without one."""
    signers: tuple[str, ...] = field(repr=False)
    """'' where it is not known."""
    sources: tuple[str, ...] = field(repr=False)
    """'' where it is not known."""
    vocabulary: Vocabulary = field(repr=False)
    preparation: Preparation = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: "Sequence[int] | npt.NDArray[np.integer]") -> "Examples":
        """Some of them, in the order asked for."""
        chosen = np.asarray(places, np.int64)
        texts: dict[str, Any] = {
            name: tuple(getattr(self, name)[i] for i in chosen) for name in ("ids", "splits", "signers", "sources")
        }
        return replace(self, points=self.points[chosen], mask=self.mask[chosen], labels=self.labels[chosen], **texts)

    def split(self, name: str) -> "Examples":
        """Those of one split; possibly none."""
        return self.take([place for place, split in enumerate(self.splits) if split == name])

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
        known = people(out / "catalog.parquet")
        return cls(
            points=preparation.points(values, mask),
            mask=mask,
            labels=numbers,
            ids=tuple(ids),
            splits=tuple(splits),
            signers=tuple(known.get(id, ("", ""))[0] for id in ids),
            sources=tuple(known.get(id, ("", ""))[1] for id in ids),
            vocabulary=Vocabulary(tuple(sorted(labels, key=labels.__getitem__))),
            preparation=preparation,
        )


def read_sequences(out: Path, export: str = "", loading: None = None) -> Examples:
    """`Examples.read`, as the other forms are read; by default of the export `arrays`."""
    return Examples.read(out, export or "arrays")


def people(catalog: Path) -> dict[str, tuple[str, str]]:
    """Signer and source of each id, '' where they are not known; empty where there is no catalog."""
    try:
        table = pq.read_table(catalog, columns=["id", "signer", "source"]).to_pylist()
    except (OSError, pa.ArrowInvalid):
        return {}
    return {row["id"]: (row["signer"] or "", row["source"] or "") for row in table}
