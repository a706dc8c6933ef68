"""A track as a `.pose` file of version 0.2: header and body through the library pose-format.

The header is that of pose-format's own MediaPipe-holistic loader, whose tables lie beside this file with their
provenance (`holistic.json`): components, limbs, colors; the points' names are those of our skeletons.
"""

import json
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from chereme.errors import ExtraMissing, Rejected, SettingsError
from chereme.skeleton import HOLISTIC, Part, Skeleton
from chereme.types import Track

if TYPE_CHECKING:
    from pose_format import Pose

_FORMAT = "XYZC"
_BINARY = ("face", "left_hand", "right_hand")
"""Parts for which the loader writes confidence 1 where they were found, whatever the network's score."""
_MOST = 65535
"""Greatest width, height and number of points that the header can hold."""


def as_pose(track: Track, *, found: bool = False) -> "Pose":
    """The pose that pose-format's loader makes of the same points, a frame for every frame of the shot.

    x and y are pixels, z is MediaPipe's own share of the image's width: the loader leaves it as it comes. It multiplies
    the world landmarks by the image's size as well, so they are meters times pixels there, and here. Confidence is the
    score; with `found`, as the loader has it, 1 or 0 for face and hands and the visibility for the body. What is
    missing is 0, 0, 0 with confidence 0, and so is a frame of the shot that was not tracked. Raises `ExtraMissing`
    without pose-format, `Rejected` (too_large) for an image that the header cannot hold.
    """
    media, first, stop = track.shot.media, track.shot.first, track.shot.stop
    data = np.zeros((stop - first, len(track.skeleton), 3))
    confidence = np.zeros(data.shape[:2])
    rows = track.index - first
    data[rows] = np.nan_to_num(track.points) * (media.width, media.height, 1)
    confidence[rows] = track.score
    for part in track.skeleton.parts:
        where = track.skeleton[part.name]
        if found and part.name in _BINARY:
            confidence[:, where] = confidence[:, where] > 0
    return _pose(track, data, confidence)


def check(skeleton: Skeleton) -> None:
    """Raise `SettingsError` for parts that a `.pose` file does not hold, `ExtraMissing` without pose-format."""
    if find_spec("pose_format") is None:
        raise ExtraMissing("writing .pose files", "pose")
    if unknown := [part.name for part in skeleton.parts if part.name not in _tables()]:
        raise SettingsError(f"a .pose file holds {', '.join(_tables())}, not {', '.join(unknown)}")


def pose_bytes(pose: "Pose") -> bytes:
    """The file's bytes."""
    buffer = BytesIO()
    pose.write(buffer)
    return buffer.getvalue()


def _pose(track: Track, data: Any, confidence: Any) -> "Pose":
    """`data` is (frames, points, xyz), `confidence` (frames, points)."""
    check(track.skeleton)
    from pose_format import Pose
    from pose_format.numpy import NumPyPoseBody
    from pose_format.pose_header import PoseHeader, PoseHeaderComponent, PoseHeaderDimensions

    media = track.shot.media
    if max(media.width, media.height, len(track.skeleton)) > _MOST:
        raise Rejected("too_large", f"{media.width}×{media.height}: a .pose header holds at most {_MOST}")
    tables = _tables()
    components = [
        PoseHeaderComponent(
            name=tables[part.name]["name"],
            points=list(part.points),
            limbs=_limbs(part),
            colors=[tuple(color) for color in tables[part.name]["colors"]],
            point_format=_FORMAT,
        )
        for part in track.skeleton.parts
    ]
    body = NumPyPoseBody(
        fps=float(media.fps),
        data=np.asarray(data, np.float32)[:, None],
        confidence=np.asarray(confidence, np.float32)[:, None],
    )
    return Pose(PoseHeader(0.2, PoseHeaderDimensions(media.width, media.height, 0), components), body)


@cache
def _tables() -> dict[str, Any]:
    text = files("chereme.exports").joinpath("holistic.json").read_text("utf-8")
    return {each["part"]: each for each in json.loads(text)["components"]}


def _limbs(part: Part) -> list[tuple[int, int]]:
    """The limbs between the points that a part has, numbered anew as `Pose.get_components` does."""
    whole = next(each for each in HOLISTIC.parts if each.name == part.name)
    place = {whole.points.index(point): number for number, point in enumerate(part.points)}
    return [(place[a], place[b]) for a, b in _tables()[part.name]["limbs"] if a in place and b in place]
