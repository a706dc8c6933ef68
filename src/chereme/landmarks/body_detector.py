"""Finding bodies in a whole image: MediaPipe's pose detector and what its output means.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/pose_detection/pose_detection_cpu.pbtxt and
mediapipe/modules/pose_landmark/pose_detection_to_roi.pbtxt.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.geometry import Region, aligned, cut, letterbox, to_image
from chereme.landmarks.ssd import Detection, anchors, decode, suppress
from chereme.types import Bytes

NAME = "pose_detection"
SIDE = 224
"""The network's input, pixels; its values lie in -1..1."""
GRIDS = (28, 2), (14, 2), (7, 6)
"""Cells a side, and anchors a cell: strides 8, 16, 32, 32, 32 of 224 pixels with two anchors each, equal strides
joined."""
BOXES, LOGITS = "Identity", "Identity_1"
LARGER = 1.25
"""From the circle around a body to its region."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure(Detection):
    """A body in an image, pixels: the box is around its face; of four keypoints the first is the middle of the hips,
    the second lies on the circle around the body, upward."""

    @property
    def region(self) -> Region:
        """Where its points are."""
        return aligned(self.keypoints[0], self.keypoints[1], LARGER)

    @property
    def face(self) -> Region:
        """Where its face is."""
        x0, y0, x1, y1 = (float(edge) for edge in self.box)
        return Region((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0))


BodyDetector = Callable[[Bytes], list[Figure]]


def load(runtime: Runtime, threshold: float, *, exact: bool = False) -> BodyDetector:
    """The detector: an image (height, width, rgb) to the bodies in it, best first.

    `exact` scales the image down as MediaPipe does, to the bit.
    """
    network = runtime.load(weights.path(NAME), (BOXES, LOGITS))
    places = anchors(SIDE, GRIDS)

    def detect(image: Bytes) -> list[Figure]:
        whole = letterbox(image.shape[1], image.shape[0])
        given = np.multiply(cut(image, whole, SIDE, black=True, exact=exact)[np.newaxis], 2 / 255, dtype=np.float32)
        found = network(given - np.float32(1))
        return [
            Figure(each.score, to_image(each.box.reshape(2, 2), whole, SIDE).reshape(4),
                   to_image(each.keypoints, whole, SIDE))
            for each in suppress(*decode(found[BOXES][0], found[LOGITS][0, :, 0], places, threshold))
        ]  # fmt: skip

    return detect
