"""A track as columns of a table, one row a clip, and back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.errors import OutputError
from chereme.skeleton import SKELETONS
from chereme.types import Shot, Track

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("key", pa.string()),
        ("skeleton", pa.string()),
        ("model", pa.string()),
        ("index", pa.list_(pa.int64())),
        ("seconds", pa.list_(pa.float64())),
        ("points", pa.list_(pa.float32())),
        ("score", pa.list_(pa.float32())),
    ]
)
"""`points` is (frames, points, xyz) and `score` (frames, points), both flattened, last axis fastest."""


def table(tracks: list[Track]) -> pa.Table:
    """Tracks as rows, in the order given."""
    columns = {
        "id": [t.shot.entry.id for t in tracks],
        "key": [t.shot.key for t in tracks],
        "skeleton": [t.skeleton.name for t in tracks],
        "model": [t.model for t in tracks],
        "index": [t.index for t in tracks],
        "seconds": [t.seconds for t in tracks],
        "points": [t.points.ravel() for t in tracks],
        "score": [t.score.ravel() for t in tracks],
    }
    return pa.table(columns, schema=SCHEMA)


def write_table(rows: pa.Table, path: Path, group: int | None = None) -> None:
    """Write rows with checksums, in groups of so many."""
    pq.write_table(rows, path, compression="zstd", row_group_size=group, write_page_checksum=True)


def ended(path: Path) -> bool:
    """Whether a file of rows is there to its end, which says how long what precedes it is."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(_END)))
            end = file.read()
    except FileNotFoundError:
        return False
    return len(end) == len(_END) and end[4:] == _END[4:] and int.from_bytes(end[:4], "little") + 12 <= size


_END = b"size" + b"PAR1"
"""How a Parquet file ends: bytes of the footer before this, little-endian, and the format's name."""


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """What is wrong with a file of rows that is read, as an `OutputError` that says what would do."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        what = f"{path} is damaged: {error}"
        raise OutputError(f"{what}; remove it, and the same command tracks its clips anew") from error


def track(rows: pa.Table, row: int, shot: Shot) -> Track:
    """The track in one row, joined again with its shot."""

    def column(name: str) -> npt.NDArray[Any]:
        return np.array(rows[name][row].values.to_numpy(zero_copy_only=False))

    skeleton = SKELETONS[rows["skeleton"][row].as_py()]
    index = column("index")
    return Track(
        shot=shot,
        skeleton=skeleton,
        index=index,
        points=column("points").reshape(len(index), len(skeleton), 3),
        score=column("score").reshape(len(index), len(skeleton)),
        seconds=column("seconds"),
        model=rows["model"][row].as_py(),
    )


_FILES, _GROUPS = 8, 8
"""How many files are kept open, and how many of their groups of rows in memory."""


class Rows:
    """Rows of files of tracks, read a group of rows at a time, however large the files are."""

    def __init__(self) -> None:
        self._file = lru_cache(_FILES)(_opened)
        self._group = lru_cache(_GROUPS)(self._read)

    def at(self, path: Path, row: int) -> tuple[pa.Table, int]:
        """A group of rows, and the place in it of a row of the file."""
        with damage(path):
            starts = self._file(path)[1]
            group = int(np.searchsorted(starts, row, "right")) - 1
            return self._group(path, group), row - int(starts[group])

    def _read(self, path: Path, group: int) -> pa.Table:
        return self._file(path)[0].read_row_group(group)


def _opened(path: Path) -> tuple[pq.ParquetFile, npt.NDArray[np.int64]]:
    """A file and the first row of each of its groups."""
    file = pq.ParquetFile(path, page_checksum_verification=True)
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    return file, np.cumsum([0, *sizes[:-1]])
