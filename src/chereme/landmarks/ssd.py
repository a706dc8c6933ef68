"""What the output of a single-shot detector means: anchors, candidates, and one detection for each thing found.

As google-ai-edge/mediapipe has it, mediapipe/calculators: tflite/ssd_anchors_calculator.cc,
tensor/tensors_to_detections_calculator.cc and util/non_max_suppression_calculator.cc.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chereme.types import Floats

CLIP = 100.0
"""Logits are clipped to this before the sigmoid."""
OVERLAP = 0.3
"""Candidates that overlap the best one by more (intersection over union) are averaged into it."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A thing found, in pixels of whatever it was found in."""

    score: float
    box: Floats
    """(x0 y0 x1 y1,)"""
    keypoints: Floats
    """(keypoints, xy)"""


def anchors(side: int, grids: tuple[tuple[int, int], ...]) -> Floats:
    """(anchors, xy) centers of a detector's cells, pixels of its input, in the order of its output.

    `grids` are cells a side, and anchors a cell; equal strides are joined.
    """
    places = []
    for cells, each in grids:
        centers = (np.arange(cells) + 0.5) * side / cells
        y, x = np.meshgrid(centers, centers, indexing="ij")
        places.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(places).astype(np.float32)


def decode(boxes: Floats, logits: Floats, places: Floats, threshold: float) -> tuple[Floats, Floats, Floats]:
    """Raw output, (anchors, 4 + 2 keypoints) and (anchors,), to the candidates at or above the threshold, in pixels.

    Gives boxes (candidates, x0 y0 x1 y1), keypoints (candidates, keypoints, xy) and scores (candidates,).
    """
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -CLIP, CLIP))), np.float32)
    kept = scores >= threshold
    centers = boxes[kept, :2] + places[kept]
    halves = boxes[kept, 2:4] / 2
    keypoints = boxes[kept, 4:].reshape(-1, boxes.shape[1] // 2 - 2, 2) + places[kept, np.newaxis]
    return np.concatenate([centers - halves, centers + halves], axis=1), keypoints, np.asarray(scores[kept], np.float32)


def suppress(boxes: Floats, keypoints: Floats, scores: Floats) -> list[Detection]:
    """Weighted non-maximum suppression: each detection is the mean of the candidates around its best, best first."""
    found = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        near = overlaps(boxes[left[0]], boxes[left]) > OVERLAP
        near[0] = True
        group = left[near]
        share = scores[group] / scores[group].sum()
        found.append(Detection(float(scores[group[0]]), share @ boxes[group], np.tensordot(share, keypoints[group], 1)))
        left = left[~near]
    return found


def overlaps(box: Floats, boxes: Floats) -> npt.NDArray[np.float32]:
    """(boxes,) intersection over union of one box with each of (boxes, x0 y0 x1 y1)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    own = np.clip(box[2:] - box[:2], 0, None).prod()
    return np.asarray(shared / np.maximum(own + areas - shared, 1e-9), np.float32)
