"""Landmarks in the Parquet files of Google's asl-signs (Kaggle, Isolated Sign Language Recognition, 2023)."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chereme.errors import Rejected
from chereme.landmarks.recorded import Recording
from chereme.skeleton import HOLISTIC

PARTS = {"face": "face", "left_hand": "left_hand", "pose": "body", "right_hand": "right_hand"}
"""The types of a frame's rows, in their order, and which part of ours each is."""
COLUMNS = ("frame", "type", "landmark_index", "x", "y", "z")
FPS = 30.0
"""Frames a second, which the files do not tell: telephones film at about so many."""
SIDE = 1000
"""Pixels of the picture's width and height, which the files do not tell: it is taken as square."""
MOST_FRAMES = 20_000
"""Eleven minutes at 30 fps; a sign has some hundred frames at most."""


def read_parquet(path: Path) -> Recording:
    """A sequence as a recording; frames that are missing between its first and last are unseen.

    Raises `Rejected`: missing_file, empty_file, too_large, not_a_pose (other columns, types or points), no_frames.
    """
    sizes = {kind: len(_part(name)) for kind, name in PARTS.items()}
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
    points = sum(sizes.values())
    try:
        if not path.stat().st_size:
            raise Rejected("empty_file", path.name)
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_FRAMES * points:
            raise Rejected("too_large", f"{path.name}: {file.metadata.num_rows} rows")
        rows = file.read(columns=list(COLUMNS))
        if missing := set(COLUMNS) - set(rows.column_names):
            raise Rejected("not_a_pose", f"{path.name}: no columns {', '.join(sorted(missing))}")
        if rows["frame"].null_count or rows["landmark_index"].null_count:
            raise Rejected("not_a_pose", f"{path.name}: rows without a frame or a point")
        kinds = rows["type"].cast(pa.string())
        if strange := set(pc.unique(kinds).to_pylist()) - set(PARTS):
            raise Rejected("not_a_pose", f"{path.name}: points of other types: {', '.join(sorted(map(str, strange)))}")
        frame, place = (rows[name].cast(pa.int64()).to_numpy() for name in ("frame", "landmark_index"))
        values = np.stack([rows[name].cast(pa.float64()).to_numpy() for name in ("x", "y", "z")], axis=1)
    except FileNotFoundError as error:
        raise Rejected("missing_file", str(path)) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Rejected("not_a_pose", f"{path.name}: {str(error)[:200]}") from error
    if not len(frame):
        raise Rejected("no_frames", path.name)
    start, size = (np.array([table[kind] for kind in kinds.to_pylist()]) for table in (starts, sizes))
    frames = int(frame.max() - frame.min()) + 1
    if frames > MOST_FRAMES or ((place < 0) | (place >= size)).any():
        raise Rejected("not_a_pose", f"{path.name}: {frames} frames, points {place.min()} to {place.max()}")
    found = np.full((frames, points, 3), np.nan)
    found[frame - frame.min(), start + place] = values * (SIDE, SIDE, 1)
    names = [f"{name}.{point}" for name in PARTS.values() for point in _part(name)]
    return Recording(
        width=SIDE,
        height=SIDE,
        fps=FPS,
        points=found.astype(np.float32),
        confidence=np.isfinite(found).all(axis=2).astype(np.float32),
        places={name: place for place, name in enumerate(names)},
    )


def _part(name: str) -> tuple[str, ...]:
    return next(part.points for part in HOLISTIC.parts if part.name == name)
