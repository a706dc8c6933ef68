"""Finding faces in an image or a part of it: MediaPipe's short-range face detector and what its output means.

Parameters are those of the graphs in google-ai-edge/mediapipe, mediapipe/modules/face_detection
(face_detection_short_range.pbtxt, face_detection.pbtxt), face_landmark (face_detection_front_detection_to_roi.pbtxt)
and holistic_landmark (face_landmarks_from_pose_to_recrop_roi.pbtxt, face_detection_front_detections_to_roi.pbtxt), as
mediapipe 0.10.21 has them compiled in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import atan2

import numpy as np
import numpy.typing as npt

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.geometry import Region, cut, letterbox, to_image, wrapped
from chereme.landmarks.ssd import Detection, anchors, decode, suppress
from chereme.types import Bytes

NAME = "face_detection_short_range"
SIDE = 128
"""The network's input, pixels; its values lie in -1..1."""
GRIDS = (16, 2), (8, 6)
"""Cells a side, and anchors a cell: strides 8, 16, 16, 16 of 128 pixels with two anchors each, equal strides joined."""
BOXES, LOGITS = "regressors", "classificators"
RIGHT_EYE, LEFT_EYE = 0, 1
"""Which of a face's six keypoints point to the image's right when the face is upright."""
LARGER = 1.5
"""From a face's box to the region of its points: times the long side."""
LARGER_WITHIN, SHIFT_WITHIN = 2.0, -0.1
"""The same from the box around its keypoints, for a face that a body led to; moved up by this share of the height."""
BODY_RIGHT_EYE, BODY_LEFT_EYE, BODY_FACE = 5, 2, 11
"""Which of a body's points are the eyes, and how many of the first lie in the face."""
LARGER_SEARCH = 3.0
"""From the box around a body's face points to the region in which the face is searched for: times the long side."""


@dataclass(frozen=True, slots=True, eq=False)
class Head(Detection):
    """A face in an image, pixels; its six keypoints are right and left eye, nose, mouth, right and left ear."""

    @property
    def region(self) -> Region:
        """Where its points are, when it was found in the whole image."""
        x0, y0, x1, y1 = (float(edge) for edge in self.box)
        return Region((x0 + x1) / 2, (y0 + y1) / 2, LARGER * max(x1 - x0, y1 - y0), self._rotation)

    @property
    def region_within(self) -> Region:
        """Where its points are, when it was found where a body's face points led to."""
        around = square(self.keypoints, LARGER_WITHIN, self._rotation)
        height = float(np.ptp(self.keypoints[:, 1]))
        return around.shifted(SHIFT_WITHIN * height)

    @property
    def _rotation(self) -> float:
        return level(self.keypoints[RIGHT_EYE], self.keypoints[LEFT_EYE])


HeadDetector = Callable[[Bytes, Region | None], list[Head]]


def load(runtime: Runtime, threshold: float) -> HeadDetector:
    """The detector: an image (height, width, rgb), and a part of it or None for all, to the faces there, best first."""
    network = runtime.load(weights.path(NAME), (BOXES, LOGITS))
    places = anchors(SIDE, GRIDS)

    def detect(image: Bytes, part: Region | None = None) -> list[Head]:
        part = part or letterbox(image.shape[1], image.shape[0])
        pixels = cut(image, part, SIDE, black=True, exact=True)[np.newaxis]
        found = network(np.multiply(pixels, 2 / 255, dtype=np.float32) - np.float32(1))
        heads = []
        for head in suppress(*decode(found[BOXES][0], found[LOGITS][0, :, 0], places, threshold)):
            x0, y0, x1, y1 = head.box
            corners = to_image(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), part, SIDE)
            box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
            heads.append(Head(head.score, box, to_image(head.keypoints, part, SIDE)))
        return heads

    return detect


def region_of_body(points: npt.NDArray[np.floating]) -> Region:
    """Where to search for the face of a body, from its points (11 or more, xy or xyz) in pixels, MediaPipe's order."""
    face = points[:BODY_FACE, :2]
    return square(face, LARGER_SEARCH, level(face[BODY_RIGHT_EYE], face[BODY_LEFT_EYE]))


def level(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> float:
    """How far the arrow from a (x, y, …) to b is turned clockwise from pointing to the image's right: radians."""
    return wrapped(atan2(float(b[1] - a[1]), float(b[0] - a[0])))


def square(points: npt.NDArray[np.floating], larger: float, rotation: float) -> Region:
    """The box around points (points, xy), made square on its long side and so many times larger, then turned."""
    low, high = points[:, :2].min(axis=0).astype(np.float64), points[:, :2].max(axis=0).astype(np.float64)
    x, y = ((low + high) / 2).tolist()
    return Region(x, y, larger * float((high - low).max()), rotation)
