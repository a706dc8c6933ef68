"""Sequences of landmarks of one length, as NPZ and as Parquet."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import Rejected
from chereme.exports.tables import write_label_map
from chereme.samples.sequence import FEATURES, Features, Sequence, feature_names
from chereme.types import Reject, Sample, Vocabulary

_BLOCK = 1 << 20
_ROWS = 256
"""Clips of a Parquet row group: 4 MB at 32 frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays(Sequence):
    """`landmarks.npz`, `landmarks.parquet` and `label_map.json`; clips in catalog order.

    The NPZ holds `sequences` float32 (clips, length, features), `labels` int64, `video_ids`, `glosses` and `splits`
    as text ('' where there is none), `mask` bool (clips, length), `lengths` int64 and `feature_names`. The Parquet
    file has a row a clip: id, gloss, label, split, length, mask and values, the last two as flat lists, frame by frame.
    """

    npz: bool = True
    """Whether to write landmarks.npz."""
    parquet: bool = True
    """Whether to write landmarks.parquet."""

    costly: ClassVar[bool] = False

    def prepare(self, sample: Sample) -> Features | Reject:
        """The sequence of a sample, or why it has none."""
        try:
            return self.features(sample.track)
        except Rejected as trouble:
            return trouble.reject(sample.entry.id, "deliver")

    def write(self, prepared: Iterator[tuple[Sample, Features]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Write the files; what is held in memory is a few hundred bytes a clip."""
        ids, glosses, splits = [], [], []
        labels, lengths = [], []
        first = next(prepared, None)
        prepared = chain([first] if first else [], prepared)
        names = feature_names(first[0].track.skeleton, self.parts) if first else FEATURES
        parquet = out / "landmarks.parquet" if self.parquet else None
        with TemporaryFile(dir=out) as body, _Table(parquet, self.length, names) as table:
            for sample, features in prepared:
                entry = sample.entry
                ids.append(entry.id)
                glosses.append(entry.gloss)
                splits.append(entry.split or "")
                labels.append(sample.label)
                lengths.append(features.length)
                body.write(features.values.astype("<f4").tobytes())
                table.add(sample, features)
            if self.parquet:
                table.close()
                yield out / "landmarks.parquet"
            if self.npz:
                # Not compressed: deflate halves the file, but then it takes three times as long to load (measured).
                body.flush()
                _save(
                    out / "landmarks.npz",
                    {
                        "sequences": ((len(ids), self.length, len(names)), body),
                        "labels": np.array(labels, np.int64),
                        "video_ids": np.array(ids, np.str_),
                        "glosses": np.array(glosses, np.str_),
                        "splits": np.array(splits, np.str_),
                        "mask": np.arange(self.length) < np.array(lengths, np.int64)[:, None],
                        "lengths": np.array(lengths, np.int64),
                        "feature_names": np.array(names, np.str_),
                    },
                )
                yield out / "landmarks.npz"
        yield write_label_map(out, vocabulary)


def _save(path: Path, arrays: Mapping[str, npt.NDArray[Any] | tuple[tuple[int, ...], IO[bytes]]]) -> None:
    """What `np.savez` writes; of float32 values that lie in a file, given with their shape, few are in memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                if isinstance(array, np.ndarray):
                    np.lib.format.write_array(member, array, allow_pickle=False)
                    continue
                shape, body = array
                facts = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, facts)
                body.seek(0)
                copyfileobj(body, member, _BLOCK)


_COLUMNS = (
    ("id", pa.string()),
    ("gloss", pa.string()),
    ("label", pa.int64()),
    ("split", pa.string()),
    ("length", pa.int64()),
    ("mask", pa.list_(pa.bool_())),
    ("values", pa.list_(pa.float32())),
)


class _Table:
    """A Parquet file written a row group at a time."""

    def __init__(self, path: Path | None, length: int, names: tuple[str, ...]) -> None:
        shape: dict[str | bytes, str | bytes] = {"frames": str(length), "features": " ".join(names)}
        self._schema = pa.schema([pa.field(name, kind) for name, kind in _COLUMNS], metadata=shape)
        # Dictionaries suit repeated text; on coordinates they cost a third of the size and twice the time (measured).
        repeated: Any = ["gloss", "split"]  # the stubs know bool alone
        self._writer = (
            pq.ParquetWriter(path, self._schema, compression="zstd", use_dictionary=repeated) if path else None
        )
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> "_Table":
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    def add(self, sample: Sample, features: Features) -> None:
        """One clip more."""
        if self._writer is None:
            return
        self._rows.append(
            {
                "id": sample.entry.id,
                "gloss": sample.entry.gloss,
                "label": sample.label,
                "split": sample.entry.split,
                "length": features.length,
                "mask": features.mask,
                "values": features.values.ravel(),
            }
        )
        if len(self._rows) == _ROWS:
            self._flush()

    def close(self) -> None:
        """What is left is written and the file is whole."""
        if self._writer is not None:
            self._flush()
            self._writer.close()
            self._writer = None

    def _flush(self) -> None:
        if self._rows and self._writer is not None:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []
