"""Joints: handshapes as angles, hands and arms as chains of bones.

World frame: x to the right of the image, y up, z towards the camera, in centimeters, the origin between the shoulders.
Hand frame: x radial (towards the thumb), y distal (towards the fingers), z volar (out of the palm), the origin at the
wrist. Both describe a right hand; a left one is its mirror image in x.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chereme.types import Floats

Vector = npt.NDArray[np.float64]

# Bone lengths and places are of an adult hand of 19 cm (compare Buryanov & Kotiuk 2010, Int. J. Morphol. 28(3)), the
# fingers slightly sturdier than life: that is what hand networks find best at 25 pixels a hand.
KNUCKLES = np.array([[2.6, 8.8, 0.0], [0.5, 9.2, -0.25], [-1.5, 8.6, -0.1], [-3.2, 7.6, 0.25]])
PHALANGES = np.array([[4.4, 2.6, 2.0], [4.8, 3.0, 2.1], [4.4, 2.8, 2.1], [3.5, 2.0, 1.9]])
THUMB_ROOT = np.array([2.3, 2.2, 0.9])
THUMB_BONES = (4.3, 3.3, 2.5)
THUMB_HINGE = np.array([-1.0, 0.12, 0.30])
"""Where the thumb's tip goes as it bends: across the palm."""

LANDMARK_SHIFTS = {
    0: (0.0, 0.15, 0.0),
    1: (0.2, -0.2, 0.0),
    2: (-0.2, -0.2, 0.0),
    3: (-0.2, -0.1, 0.0),
    5: (0.0, -0.3, 0.0),
    9: (0.2, -0.5, 0.0),
    13: (0.3, -0.4, 0.0),
    17: (0.2, -0.35, 0.0),
}
"""Where MediaPipe's networks place their landmarks against the anatomical joints, cm: fitted on drawn hands, as the
mean over signs and signers of what the hand landmark network (full) answers."""

SHOULDER = np.array([-17.0, -3.5, 0.0])
UPPER_ARM, FOREARM = 27.0, 25.0
ELBOW_POLE = np.array([-0.75, -1.0, -0.35])
"""Elbows point down, outward and a little back."""

# Degrees. Finger: spread towards the thumb, then flexion of knuckle (MCP), PIP and DIP. Thumb: away from the index
# finger, lift out of the palm's plane, flexion of MCP and IP.
_Angles = tuple[float, float, float, float]


def _straight(spread: float) -> _Angles:
    return (spread, 4, 6, 4)


def _curled(spread: float) -> _Angles:
    return (spread, 78, 98, 55)


def _handshape(index: _Angles, middle: _Angles, ring: _Angles, little: _Angles, thumb: _Angles) -> Vector:
    return np.array([index, middle, ring, little, thumb], float)


_FIST = (_curled(4), _curled(0), _curled(-3), _curled(-7))

HANDSHAPES: dict[str, Vector] = {
    "open": _handshape(_straight(14), _straight(2), _straight(-9), _straight(-20), (48, 18, 8, 6)),
    "flat": _handshape(_straight(4), _straight(0), _straight(-3), _straight(-7), (30, 14, 8, 8)),
    "fist": _handshape(*_FIST, (24, 42, 42, 42)),
    "point": _handshape(_straight(3), *_FIST[1:], (24, 46, 42, 36)),
    "V": _handshape(_straight(14), _straight(-10), *_FIST[2:], (20, 48, 44, 34)),
    "W": _handshape(_straight(14), _straight(1), _straight(-12), _FIST[3], (22, 48, 44, 34)),
    "four": _handshape(_straight(13), _straight(3), _straight(-7), _straight(-17), (16, 40, 40, 36)),
    "three": _handshape(_straight(12), _straight(-6), *_FIST[2:], (58, 14, 2, 0)),
    "L": _handshape(_straight(2), *_FIST[1:], (68, 10, 0, 0)),
    "Y": _handshape(*_FIST[:3], _straight(-24), (66, 10, 0, 0)),
    "ILY": _handshape(_straight(8), *_FIST[1:3], _straight(-20), (64, 10, 0, 0)),
    "O": _handshape((3, 48, 52, 32), (0, 50, 52, 32), (-3, 52, 52, 32), (-7, 54, 50, 32), (32, 52, 14, 22)),
    "claw": _handshape((10, 15, 42, 30), (2, 15, 42, 30), (-8, 15, 42, 30), (-18, 15, 40, 30), (46, 30, 14, 26)),
}


class HandJoints(NamedTuple):
    """A hand's bones in its own frame."""

    joints: Vector
    """(21, xyz) in MediaPipe's order, centimeters, anatomical places."""
    dorsal: Vector
    """(15, xyz) unit vectors out of the back of each bone: three of the thumb, then three a finger."""


def floats(values: npt.ArrayLike) -> Floats:
    """An array of 32-bit numbers."""
    return np.asarray(values, np.float32)


def unit(vector: npt.ArrayLike) -> Vector:
    """The vector at length 1."""
    array = np.asarray(vector, float)
    return np.asarray(array / (np.linalg.norm(array) + 1e-9))


def hand_joints(angles: Vector) -> HandJoints:
    """Forward kinematics of a handshape, (5, 4) degrees as in `HANDSHAPES`."""
    joints, dorsal = np.zeros((21, 3)), np.zeros((15, 3))
    radians = np.deg2rad(angles)
    away, lift, *bends = radians[4]
    along = np.array([np.sin(away) * np.cos(lift), np.cos(away) * np.cos(lift), np.sin(lift)])
    inward = unit(THUMB_HINGE - along * (THUMB_HINGE @ along))
    turned = np.cumsum([0.0, *bends])[:, None]
    joints[1] = THUMB_ROOT
    joints[2:5] = THUMB_ROOT + np.cumsum(
        np.array(THUMB_BONES)[:, None] * (np.cos(turned) * along + np.sin(turned) * inward), axis=0
    )
    dorsal[:3] = np.sin(turned) * along - np.cos(turned) * inward

    spread, flexed = radians[:4, 0], np.cumsum(radians[:4, 1:], axis=1)[..., None]
    distal = np.stack([np.sin(spread), np.cos(spread), np.zeros(4)], axis=1)[:, None]
    volar = np.array([0.0, 0.0, 1.0])
    bones = PHALANGES[..., None] * (np.cos(flexed) * distal + np.sin(flexed) * volar)
    fingers = joints[5:].reshape(4, 4, 3)
    fingers[:, 0] = KNUCKLES
    fingers[:, 1:] = KNUCKLES[:, None] + np.cumsum(bones, axis=1)
    dorsal[3:] = (np.sin(flexed) * distal - np.cos(flexed) * volar).reshape(12, 3)
    return HandJoints(joints, dorsal)


def landmarks(joints: Vector) -> Vector:
    """(21, xyz) anatomical joints moved to where MediaPipe's networks place their landmarks, in the hand frame."""
    moved = joints.copy()
    for point, shift in LANDMARK_SHIFTS.items():
        moved[point] += shift
    return moved


def hand_axes(fingers: npt.ArrayLike, palm: npt.ArrayLike) -> Vector:
    """(3, 3) the right hand's radial, distal and volar axes as columns, from where the fingers and the palm point."""
    distal = unit(fingers)
    volar = np.asarray(palm, float)
    volar = unit(volar - distal * (distal @ volar))
    return np.stack([np.cross(distal, volar), distal, volar], axis=1)


def bend_arm(wrist: Vector) -> tuple[Vector, Vector]:
    """Elbow and wrist of the right arm that reaches for a point; a point out of reach is approached.

    The triangle of two known bones and the distance between its ends, turned so that the elbow hangs.
    """
    reach = wrist - SHOULDER
    distance = float(np.clip(np.linalg.norm(reach), FOREARM - UPPER_ARM + 6, UPPER_ARM + FOREARM - 0.3))
    towards = unit(reach)
    along = (UPPER_ARM**2 - FOREARM**2 + distance**2) / (2 * distance)
    pole = unit(ELBOW_POLE - towards * (towards @ ELBOW_POLE))
    elbow = SHOULDER + towards * along + pole * np.sqrt(max(UPPER_ARM**2 - along**2, 0.0))
    return elbow, SHOULDER + towards * distance
