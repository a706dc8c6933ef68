"""The points of a hand within its region: MediaPipe's hand landmark network and what its output means.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/hand_landmark/hand_landmark_cpu.pbtxt,
hand_landmark_landmarks_to_roi.pbtxt and calculators/hand_landmarks_to_rect_calculator.cc.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, sin

import numpy as np
import numpy.typing as npt

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.geometry import Region, cut, to_image, upright
from chereme.types import Bytes, Floats

NAME, LITE = "hand_landmark_full", "hand_landmark_lite"
"""The network, and the smaller one that has the same form."""
SIDE = 224
"""The network's input, pixels."""
POINTS, PRESENCE, HANDEDNESS = "Identity", "Identity_1", "Identity_2"
DEPTH = 0.4
"""The network's z is divided by this (`normalize_z`), which brings it to the scale of x."""
STABLE = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
"""Points that the next region is drawn around: without the fingers' far ends, which come and go."""
WRIST, INDEX, MIDDLE, RING = 0, 5, 9, 13
LARGER, SHIFT = 2.0, -0.1
"""From the box around the stable points to the region: times its long side, moved up by this share of its height."""
TWINS = 0.08
"""Two finds in a frame are one hand found twice when their points are nearer than this on average, in sides of the
larger region. In real clips the nearest of two hands clasped were 0.10 apart, one hand found twice 0.06 or less."""


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """A hand in an image."""

    points: Floats
    """(21, xyz) pixels, z in the same scale."""
    presence: float
    """How sure the network is that the region holds a hand, 0..1."""
    right: float
    """How sure it is of a right hand, 0..1, in an image that is no mirror's. MediaPipe calls this "Left": it takes
    every image to be a selfie."""
    region: Region
    """Where it is looked for next."""


Landmarker = Callable[[Bytes, Sequence[Region]], list[Hand]]


def load(runtime: Runtime, *, exact: bool = False, name: str = NAME) -> Landmarker:
    """The network: an image (height, width, rgb) and regions to one hand a region, however unlikely.

    `exact` cuts the regions out as MediaPipe does, to the bit; `name` may be that of the smaller network.
    """
    network = runtime.load(weights.path(name), (POINTS, PRESENCE, HANDEDNESS))

    def landmarks(image: Bytes, regions: Sequence[Region]) -> list[Hand]:
        if not regions:
            return []
        cuts = np.stack([cut(image, region, SIDE, exact=exact) for region in regions])
        found = network(np.multiply(cuts, 1 / 255, dtype=np.float32))
        return [read(found, i, region) for i, region in enumerate(regions)]

    return landmarks


def read(found: Mapping[str, Floats], i: int, region: Region) -> Hand:
    """What the network's output says of image i of its batch, which was cut from a region."""
    points = to_image(found[POINTS][i].reshape(21, 3) / (1, 1, DEPTH), region, SIDE)
    return Hand(points, float(found[PRESENCE][i, 0]), float(found[HANDEDNESS][i, 0]), region_around(points))


def twins(a: Hand, b: Hand) -> bool:
    """Whether two finds in a frame are one hand found twice."""
    apart = np.hypot(*(a.points[:, :2] - b.points[:, :2]).T).mean()
    return bool(apart < TWINS * max(a.region.size, b.region.size))


def region_around(points: npt.NDArray[np.floating]) -> Region:
    """Where to look for a hand next, from its points (21, xy or xyz) in pixels: turned so that the knuckles are up."""
    xy = points[:, :2].astype(np.float64)
    arrow = (xy[INDEX] + xy[RING]) / 4 + xy[MIDDLE] / 2 - xy[WRIST]
    rotation = upright(float(arrow[0]), float(arrow[1]))
    c, s = cos(rotation), sin(rotation)
    turn = np.array([[c, -s], [s, c]])
    stable = xy[list(STABLE)] @ turn
    low, high = stable.min(axis=0), stable.max(axis=0)
    x, y = turn @ ((low + high) / 2)
    width, height = high - low
    return Region(float(x), float(y), LARGER * float(max(width, height)), rotation).shifted(SHIFT * float(height))
