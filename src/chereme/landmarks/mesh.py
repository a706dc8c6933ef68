"""The points of a face within its region: MediaPipe's face landmark network and what its output means.

Parameters are those of the graphs in google-ai-edge/mediapipe, mediapipe/modules/face_landmark
(face_landmark_cpu.pbtxt, tensors_to_face_landmarks.pbtxt, face_landmark_landmarks_to_roi.pbtxt), as mediapipe 0.10.21
has them compiled in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.face_detection import LARGER, level, square
from chereme.landmarks.geometry import Region, cut, to_image
from chereme.types import Bytes, Floats

NAME = "face_landmark"
SIDE = 192
"""The network's input, pixels."""
POINTS, PRESENCE = "conv2d_21", "conv2d_31"
OUTER_RIGHT, OUTER_LEFT = 33, 263
"""The eyes' outer corners: the line between them is level in the next region."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face in an image."""

    points: Floats
    """(468, xyz) pixels, z in the same scale."""
    presence: float
    """How sure the network is that the region holds a face, 0..1."""
    region: Region
    """Where it is looked for next."""


Mesher = Callable[[Bytes, Region], Mesh]


def load(runtime: Runtime) -> Mesher:
    """The network: an image (height, width, rgb) and a region to the face there, however unlikely."""
    network = runtime.load(weights.path(NAME), (POINTS, PRESENCE))

    def mesh(image: Bytes, region: Region) -> Mesh:
        found = network(np.multiply(cut(image, region, SIDE, exact=True)[np.newaxis], 1 / 255, dtype=np.float32))
        points = to_image(found[POINTS].reshape(468, 3), region, SIDE)
        presence = float(1 / (1 + np.exp(-found[PRESENCE].astype(np.float64).item())))
        return Mesh(points, presence, region_around(points))

    return mesh


def region_around(points: npt.NDArray[np.floating]) -> Region:
    """Where to look for a face next, from its points (468, xy or xyz) in pixels: turned so that the eyes are level."""
    return square(points, LARGER, level(points[OUTER_RIGHT], points[OUTER_LEFT]))
