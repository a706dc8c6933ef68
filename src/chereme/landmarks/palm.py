"""Finding palms in a whole image: MediaPipe's palm detector and what its output means.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/palm_detection/palm_detection_cpu.pbtxt and
mediapipe/modules/hand_landmark/palm_detection_detection_to_roi.pbtxt.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.geometry import Region, cut, letterbox, to_image, upright
from chereme.types import Bytes, Floats

NAME = "palm_detection_full"
SIDE = 192
"""The network's input, pixels."""
GRIDS = (24, 2), (12, 6)
"""Cells a side, and anchors a cell: strides 8, 16, 16, 16 of 192 pixels with two anchors each, equal strides joined."""
BOXES, LOGITS = "Identity", "Identity_1"
CLIP = 100.0
"""Logits are clipped to this before the sigmoid."""
OVERLAP = 0.3
"""Candidates that overlap the best one by more (intersection over union) are averaged into it."""
LARGER, SHIFT = 2.6, -0.5
"""From a palm's box to the region of its hand: times the long side, and moved up by this share of the height."""
WRIST, MIDDLE = 0, 2
"""Which of a palm's seven keypoints point upward."""
AS_LANDMARKS = (0, 5, 9, 13, 17, 1, 2)
"""The hand landmarks at which a palm's keypoints lie."""


@dataclass(frozen=True, slots=True, eq=False)
class Palm:
    """A palm in an image, pixels."""

    score: float
    box: Floats
    """(x0 y0 x1 y1,)"""
    keypoints: Floats
    """(7, xy)"""

    @property
    def region(self) -> Region:
        """Where its hand is: turned so that wrist to middle finger points up."""
        x0, y0, x1, y1 = (float(edge) for edge in self.box)
        arrow = self.keypoints[MIDDLE] - self.keypoints[WRIST]
        size = LARGER * max(x1 - x0, y1 - y0)
        region = Region((x0 + x1) / 2, (y0 + y1) / 2, size, upright(float(arrow[0]), float(arrow[1])))
        return region.shifted(SHIFT * (y1 - y0))


Detector = Callable[[Bytes], list[Palm]]


def load(runtime: Runtime, threshold: float) -> Detector:
    """The detector: an image (height, width, rgb) to its palms, best first."""
    network = runtime.load(weights.path(NAME), (BOXES, LOGITS))

    def detect(image: Bytes) -> list[Palm]:
        whole = letterbox(image.shape[1], image.shape[0])
        found = network(np.multiply(cut(image, whole, SIDE, black=True)[np.newaxis], 1 / 255, dtype=np.float32))
        palms = suppress(*decode(found[BOXES][0], found[LOGITS][0, :, 0], threshold))
        return [
            Palm(
                palm.score,
                to_image(palm.box.reshape(2, 2), whole, SIDE).reshape(4),
                to_image(palm.keypoints, whole, SIDE),
            )
            for palm in palms
        ]

    return detect


def anchors() -> Floats:
    """(2016, xy) centers of the detector's cells, pixels of its input, in the order of its output."""
    places = []
    for cells, each in GRIDS:
        centers = (np.arange(cells) + 0.5) * SIDE / cells
        y, x = np.meshgrid(centers, centers, indexing="ij")
        places.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(places).astype(np.float32)


_ANCHORS = anchors()


def decode(boxes: Floats, logits: Floats, threshold: float) -> tuple[Floats, Floats, Floats]:
    """Raw output, (2016, 18) and (2016,), to the candidates at or above the threshold, in pixels of the input.

    Gives boxes (candidates, x0 y0 x1 y1), keypoints (candidates, 7, xy) and scores (candidates,).
    """
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -CLIP, CLIP))), np.float32)
    kept = scores >= threshold
    places = boxes[kept, :2] + _ANCHORS[kept]
    halves = boxes[kept, 2:4] / 2
    keypoints = boxes[kept, 4:].reshape(-1, 7, 2) + _ANCHORS[kept, np.newaxis]
    return np.concatenate([places - halves, places + halves], axis=1), keypoints, np.asarray(scores[kept], np.float32)


def suppress(boxes: Floats, keypoints: Floats, scores: Floats) -> list[Palm]:
    """Weighted non-maximum suppression: each palm is the mean of the candidates around its best, weighted by score."""
    palms = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        near = overlaps(boxes[left[0]], boxes[left]) > OVERLAP
        near[0] = True
        group = left[near]
        share = scores[group] / scores[group].sum()
        palms.append(Palm(float(scores[group[0]]), share @ boxes[group], np.tensordot(share, keypoints[group], 1)))
        left = left[~near]
    return palms


def overlaps(box: Floats, boxes: Floats) -> npt.NDArray[np.float32]:
    """(boxes,) intersection over union of one box with each of (boxes, x0 y0 x1 y1)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    own = np.clip(box[2:] - box[:2], 0, None).prod()
    return np.asarray(shared / np.maximum(own + areas - shared, 1e-9), np.float32)
