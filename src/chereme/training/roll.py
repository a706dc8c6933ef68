"""The roll of clips: what is known of each, whatever form it is shown in."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roll:
    """Clips, by what is known of each."""

    EACH: ClassVar[tuple[str, ...]] = ("labels", "ids", "splits", "signers", "sources")
    """The fields that hold something of every clip."""

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

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: "Sequence[int] | npt.NDArray[np.integer]") -> Self:
        """Some of them, in the order asked for."""
        chosen = np.asarray(places, np.int64)
        taken: dict[str, Any] = {}
        for name in self.EACH:
            held = getattr(self, name)
            taken[name] = held[chosen] if isinstance(held, np.ndarray) else tuple(held[i] for i in chosen)
        return replace(self, **taken)

    def split(self, name: str) -> Self:
        """Those of one split; possibly none."""
        return self.take([place for place, split in enumerate(self.splits) if split == name])


def people(catalog: Path, ids: Sequence[str]) -> dict[str, Any]:
    """`signers` and `sources` of clips, '' where they are not known or there is no catalog."""
    try:
        table = pq.read_table(catalog, columns=["id", "signer", "source"]).to_pylist()
    except (OSError, pa.ArrowInvalid):
        table = []
    known = {row["id"]: row for row in table}
    signers, sources = (tuple(known.get(id, {}).get(what) or "" for id in ids) for what in ("signer", "source"))
    return {"signers": signers, "sources": sources}
