"""A track as columns of a table, one row a clip, and back."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
