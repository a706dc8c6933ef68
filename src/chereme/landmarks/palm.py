"""Finding palms in a whole image: MediaPipe's palm detector and what its output means.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/palm_detection/palm_detection_cpu.pbtxt and
mediapipe/modules/hand_landmark/palm_detection_detection_to_roi.pbtxt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.geometry import Region, cut, letterbox, to_image, upright
from chereme.landmarks.ssd import Detection, anchors, decode, suppress
from chereme.types import Bytes, Floats

NAME = "palm_detection_full"
SIDE = 192
"""The network's input, pixels."""
GRIDS = (24, 2), (12, 6)
"""Cells a side, and anchors a cell: strides 8, 16, 16, 16 of 192 pixels with two anchors each, equal strides joined."""
BOXES, LOGITS = "Identity", "Identity_1"
LARGER, SHIFT = 2.6, -0.5
"""From a palm's box to the region of its hand: times the long side, and moved up by this share of the height."""
WRIST, MIDDLE = 0, 2
"""Which of a palm's seven keypoints point upward."""


@dataclass(frozen=True, slots=True, eq=False)
class Palm(Detection):
    """A palm in an image, pixels, with seven keypoints."""

    @property
    def region(self) -> Region:
        """Where its hand is: turned so that wrist to middle finger points up."""
        x0, y0, x1, y1 = (float(edge) for edge in self.box)
        arrow = self.keypoints[MIDDLE] - self.keypoints[WRIST]
        size = LARGER * max(x1 - x0, y1 - y0)
        region = Region((x0 + x1) / 2, (y0 + y1) / 2, size, upright(float(arrow[0]), float(arrow[1])))
        return region.shifted(SHIFT * (y1 - y0))


class Detector(Protocol):
    """Finds palms."""

    def __call__(self, image: Bytes, region: Region | None = None) -> list[Palm]:
        """The palms of an image (height, width, rgb), or of what lies in a region of it, best first."""
        ...


def load(runtime: Runtime, threshold: float, *, exact: bool = False) -> Detector:
    """The detector: an image (height, width, rgb) to its palms, best first.

    `exact` scales the image down as MediaPipe does, to the bit.
    """
    network = runtime.load(weights.path(NAME), (BOXES, LOGITS))

    def detect(image: Bytes, region: Region | None = None) -> list[Palm]:
        whole = region or letterbox(image.shape[1], image.shape[0])
        pixels = cut(image, whole, SIDE, black=True, exact=exact)
        found = network(np.multiply(pixels[np.newaxis], 1 / 255, dtype=np.float32))
        return read(found, 0, whole, threshold)

    return detect


_PLACES = anchors(SIDE, GRIDS)


def read(found: Mapping[str, Floats], i: int, whole: Region, threshold: float) -> list[Palm]:
    """The palms that the network's output says are in image i of its batch, best first; `whole` was cut from it."""
    palms = suppress(*decode(found[BOXES][i], found[LOGITS][i, :, 0], _PLACES, threshold))
    return [
        Palm(
            palm.score,
            to_image(palm.box.reshape(2, 2), whole, SIDE).reshape(4),
            to_image(palm.keypoints, whole, SIDE),
        )
        for palm in palms
    ]
