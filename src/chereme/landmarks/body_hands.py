"""The hands of a body that is followed: looked for in each frame at the body's wrists, as MediaPipe's holistic does.

Parameters are those of google-ai-edge/mediapipe, mediapipe/modules/holistic_landmark (hand_landmarks_from_pose_cpu,
hand_landmarks_from_pose_to_recrop_roi, hand_recrop_by_roi_cpu, hand_tracking, hand_visibility_from_hand_landmarks_from_
pose .pbtxt, and calculators/roi_tracking_calculator.cc) as mediapipe 0.10.21 has them compiled in.
"""

from collections.abc import Callable
from math import cos, pi, sin

import numpy as np

from chereme.contracts import Runtime
from chereme.landmarks import weights
from chereme.landmarks.body import Body
from chereme.landmarks.geometry import Region, aligned, cut, to_image, wrapped
from chereme.landmarks.hand import Hand
from chereme.types import Bytes

NAME = "hand_recrop"
SIDE = 256
"""The network's input, pixels."""
CROP = "output_crop"
SIDES = "left", "right"
WRISTS = {"left": 15, "right": 16}
PINKIES = {"left": 17, "right": 18}
INDEXES = {"left": 19, "right": 20}
"""Points of a body, by side."""
VISIBLE = 0.1
"""A hand is looked for where its wrist is more visible than this."""
INSIDE = 0.25
"""A hand of whose region less than this share lies in the image is not to be seen. MediaPipe looks all the same; of 305
looks in vain in 16 real clips three quarters were at less, of 72 with success none at less than 0.58."""
ROUGH = 2.7
"""From the circle around a body's middle knuckle, through its wrist, to the region of the hand."""
SHIFT = -0.1
"""Regions are moved up by this share of the box they are made from."""
TURNED, MOVED, RESIZED = 40 / 180 * pi, 0.2, 0.4
"""The region of the frame before is kept while it differs from the new one by no more: radians, shares of a side."""
WITHIN = 1 - 0.1
"""And while the points of the frame before lie in this share of the new region, about its middle."""

Recrop = Callable[[Bytes, Region], Region]


def load(runtime: Runtime, *, exact: bool = False) -> Recrop:
    """The network: an image (height, width, rgb) and where a hand is roughly, to the region that fits it.

    `exact` cuts the region out as MediaPipe does, to the bit.
    """
    network = runtime.load(weights.path(NAME), (CROP,))

    def recrop(image: Bytes, region: Region) -> Region:
        given = np.multiply(cut(image, region, SIDE, exact=exact)[np.newaxis], 1 / 255, dtype=np.float32)
        center, below = to_image(network(given)[CROP].reshape(2, 2), region, SIDE)
        fitting = aligned(center, 2 * center - below, 1.0)  # its second point lies below the first, not above
        return fitting.shifted(SHIFT * fitting.size)

    return recrop


def rough(body: Body, side: str) -> Region | None:
    """Where a body's hand is roughly, on one of the `SIDES`; None when its wrist is not to be seen."""
    if not body.visibility[WRISTS[side]] > VISIBLE:
        return None
    wrist, pinky, index = (body.points[at[side], :2].astype(np.float64) for at in (WRISTS, PINKIES, INDEXES))
    middle = (2 * index + pinky) / 3
    around = aligned(middle, 2 * middle - wrist, 1.0)
    return Region(around.x, around.y, ROUGH * around.size, around.rotation).shifted(SHIFT * around.size)


def kept(before: Hand | None, found: Region) -> Region:
    """Where a hand's points are looked for: the region that the frame before gives, while it fits, else `found`."""
    if before is None:
        return found
    region = before.region
    c, s = cos(found.rotation), sin(found.rotation)
    turn = np.array([[c, -s], [s, c]])
    moved = np.abs(np.array([region.x - found.x, region.y - found.y]) @ turn).max() > MOVED * found.size
    turned = abs(wrapped(region.rotation - found.rotation)) > TURNED
    resized = abs(region.size - found.size) > RESIZED * found.size
    places = np.abs((before.points[:, :2] - (found.x, found.y)) @ turn)
    outside = (places >= WITHIN * found.size / 2).any()
    return found if moved or turned or resized or outside else region
