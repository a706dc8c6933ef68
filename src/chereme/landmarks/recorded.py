"""Landmarks tracked before: `.pose` files of MediaPipe's holistic, whole, reduced or of the hands alone."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chereme.errors import ExtraMissing, Rejected
from chereme.skeleton import Skeleton
from chereme.types import Floats, Media, Shot, Track

SUFFIX, TABLE = ".pose", ".parquet"
COMPONENTS = {
    "POSE_LANDMARKS": "body",
    "FACE_LANDMARKS": "face",
    "LEFT_HAND_LANDMARKS": "left_hand",
    "RIGHT_HAND_LANDMARKS": "right_hand",
    "POSE_WORLD_LANDMARKS": "body_world",
}
"""Which part each component is."""
VERSIONS = (0.1, 0.2)
MOST_BYTES = 2**31
"""Two hours of all 576 points at 30 fps: 2 GB."""
RATES = 0.01, 1000.0
"""Frames a second, the fewest and the most: what lies beyond is no rate that anyone films at."""
MODEL = "recorded"
"""What stands for the model's fingerprint: the file does not say who tracked it."""

_TROUBLE = (struct.error, TypeError, ValueError, IndexError, OverflowError, MemoryError, ZeroDivisionError)
"""What pose-format raises for bytes that are cut off, or counts that cannot be (UnicodeDecodeError is a ValueError)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """A `.pose` file as read: the first person in it."""

    width: int
    height: int
    fps: float
    points: Floats = field(repr=False)
    """(frames, points, xyz) as in the file: pixels; in the world component meters times pixels."""
    confidence: Floats = field(repr=False)
    """(frames, points), 0..1."""
    places: dict[str, int] = field(repr=False)
    """Where the point of each name (`body.NOSE`) is."""


def is_recording(path: Path) -> bool:
    """Whether a file is one of landmarks, by its ending."""
    return path.suffix.lower() in (SUFFIX, TABLE)


def read_recording(path: Path) -> Recording:
    """A `.pose` file of version 0.1 or 0.2, or a Parquet file of asl-signs, checked before its claimed size is made.

    Raises `Rejected`: missing_file, empty_file, too_large, not_a_pose (another format, cut off, counts that cannot be,
    no component that is known), no_frames; `ExtraMissing` without pose-format.
    """
    if path.suffix.lower() == TABLE:
        from chereme.landmarks.asl_signs import read_parquet

        return read_parquet(path)
    try:
        from pose_format import Pose
    except ImportError:
        raise ExtraMissing("reading .pose files", "pose") from None
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Rejected("too_large", f"{path.name}: {size} bytes, above {MOST_BYTES}")
        data = path.read_bytes()
    except OSError as error:
        raise Rejected("missing_file", f"{path.name}: {error.strerror}") from error
    if not data:
        raise Rejected("empty_file", path.name)
    try:
        pose = Pose.read(data)
    except NotImplementedError:
        raise Rejected("not_a_pose", f"{path.name}: neither version 0.1 nor 0.2") from None
    except _TROUBLE as error:
        raise Rejected("not_a_pose", f"{path.name}: {error}") from error
    header, body = pose.header, pose.body
    if round(header.version, 3) not in VERSIONS:
        raise Rejected("not_a_pose", f"{path.name}: version {header.version:g}, neither 0.1 nor 0.2")
    places = _places(header.components)
    points = np.ma.getdata(body.data)
    if not places or points.ndim != 4 or not points.shape[1] or points.shape[3] < 3:
        named = ", ".join(component.name for component in header.components[:5])
        raise Rejected("not_a_pose", f"{path.name}: no points of MediaPipe's holistic among its components: {named}")
    if not len(points):
        raise Rejected("no_frames", path.name)
    fps, width, height = float(body.fps), header.dimensions.width, header.dimensions.height
    if not (RATES[0] <= fps <= RATES[1] and width > 0 and height > 0):
        raise Rejected("not_a_pose", f"{path.name}: {width}×{height} at {fps:g} fps")
    return Recording(
        width=width,
        height=height,
        fps=fps,
        points=np.asarray(points[:, 0, :, :3], np.float32),
        confidence=np.asarray(body.confidence[:, 0], np.float32),
        places=places,
    )


def probe_recording(path: Path) -> tuple[Media, npt.NDArray[np.float64]]:
    """The facts of a `.pose` file as of a video, and when each frame is shown, (frames,) seconds."""
    found = read_recording(path)
    frames = len(found.points)
    media = Media(
        path=path,
        bytes=path.stat().st_size,
        width=found.width,
        height=found.height,
        fps=round(found.fps, 6),
        frames=frames,
        seconds=round(frames / found.fps, 6),
        whole=False,
    )
    return media, np.arange(frames) / found.fps


def read_track(shot: Shot, index: npt.NDArray[np.int64], skeleton: Skeleton) -> Track:
    """The track that a `.pose` file holds of the frames `index`: the points of `skeleton`, unseen where it lacks them.

    x and y become shares of the image, and meters of the world component, which pose-format's loader multiplies by the
    image's size like all others; z is taken as MediaPipe's own share of the width, which that loader leaves as it is.
    A point whose confidence is 0, or which is no number, is unseen.
    """
    found = read_recording(shot.media.path)
    points = np.full((len(index), len(skeleton), 3), np.nan, np.float32)
    score = np.zeros((len(index), len(skeleton)), np.float32)
    size = np.array((found.width, found.height, 1), np.float32)
    for part in skeleton.parts:
        start = skeleton[part.name].start
        for number, point in enumerate(part.points):
            place = found.places.get(f"{part.name}.{point}")
            if place is not None:
                with np.errstate(all="ignore"):  # of numbers that are none, or near the end of what can be held
                    points[:, start + number] = found.points[index, place] / size
                score[:, start + number] = found.confidence[index, place]
    score = np.where(np.isfinite(points).all(axis=2) & (score > 0), np.minimum(score, 1), 0).astype(np.float32)
    points[score == 0] = np.nan
    return Track(
        shot=shot,
        skeleton=skeleton,
        index=index,
        points=points,
        score=score,
        seconds=index / found.fps,
        model=MODEL,
    )


def _places(components: "list[object]") -> dict[str, int]:
    places: dict[str, int] = {}
    start = 0
    for component in components:
        name, points = component.name, component.points  # type: ignore[attr-defined]  # of a library without types
        if name in COMPONENTS:
            places |= {f"{COMPONENTS[name]}.{point}": start + number for number, point in enumerate(points)}
        start += len(points)
    return places
