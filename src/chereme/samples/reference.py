"""The reference body: lengths of its bones, and where its head and trunk have their points."""

import json
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from chereme.samples.normalize import Doubles
from chereme.skeleton import HAND_POINTS

# Centimeters of an adult whose hand is 19 cm long (Buryanov & Kotiuk 2010, Int. J. Morphol. 28(3)); phalanges from the
# knuckle outwards, the thumb from the wrist.
_PALM = {"INDEX_FINGER": 9.2, "MIDDLE_FINGER": 9.2, "RING_FINGER": 8.7, "PINKY": 8.3}
_PHALANGES = {
    "INDEX_FINGER": (4.4, 2.6, 2.0),
    "MIDDLE_FINGER": (4.8, 3.0, 2.1),
    "RING_FINGER": (4.4, 2.8, 2.1),
    "PINKY": (3.5, 2.0, 1.9),
}
_THUMB = (3.3, 4.3, 3.3, 2.5)
_UPPER_ARM, _FOREARM = 27.0, 25.0
_SHOULDERS = 32.0
"""Between the shoulders as MediaPipe places them: with it, the arms above come to the share of it that they have in
filmed people (measured: 0.82 and 0.82 in 48 webcam clips of five)."""

UPPER_ARM, FOREARM, PALM = _UPPER_ARM / _SHOULDERS, _FOREARM / _SHOULDERS, _PALM["MIDDLE_FINGER"] / _SHOULDERS
"""Shoulder widths; the palm from wrist to the middle finger's knuckle."""


@cache
def hand_bones() -> dict[tuple[int, int], float]:
    """Length of each bone of a hand in shoulder widths, by its points' numbers, from the wrist outwards."""
    chains = {"THUMB": _THUMB} | {finger: (_PALM[finger], *_PHALANGES[finger]) for finger in _PALM}
    bones: dict[tuple[int, int], float] = {}
    for finger, lengths in chains.items():
        points = [0, *(number for number, name in enumerate(HAND_POINTS) if name.startswith(finger))]
        shares = [length / _SHOULDERS for length in lengths]
        bones |= dict(zip(pairwise(points), shares, strict=True))
    return bones


@cache
def trunk_and_face() -> tuple[dict[str, Doubles], Doubles]:
    """Places of the body's points by name, and of the face's, (points, xyz), in shoulder widths from mid-shoulder."""
    known = json.loads(files("chereme.samples").joinpath("reference_body.json").read_text("utf-8"))
    return {point: np.array(place) for point, place in known["body"].items()}, np.array(known["face"])
