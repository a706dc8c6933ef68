"""Coordinates that no longer depend on where the camera stood: per hand, per body, min-max, or as tracked.

Points are shares of the image's width and height, so a square is no square until they are multiplied by its size.
All but `none` and `minmax` work on those pixels; z, in the scale of x, is multiplied by the width.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from chereme.skeleton import HAND_POINTS, Skeleton
from chereme.types import Floats, Track

Normalization = Literal["none", "hand", "body", "minmax"]

HAND_PARTS = ("left_hand", "right_hand")
"""The parts that are hands, in the order in which features list them."""

Doubles = npt.NDArray[np.float64]

_WRIST = HAND_POINTS.index("WRIST")
_MIDDLE = HAND_POINTS.index("MIDDLE_FINGER_MCP")
_SHOULDERS = ("body.LEFT_SHOULDER", "body.RIGHT_SHOULDER")
_SMALLEST = 1e-6
"""Pixels. Below this a length is rounding, and dividing by it would give noise."""


def pixels(track: Track) -> Doubles:
    """(frames, points, xyz) in pixels of the image as displayed; NaN where unseen. Points in meters stay so."""
    media = track.shot.media
    image = np.array([media.width, media.height, media.width], np.float64)
    return np.asarray(track.points * np.where(in_image(track.skeleton)[:, None], image, 1))


def in_image(skeleton: Skeleton) -> npt.NDArray[np.bool_]:
    """(points,) True for those that lie in the image, False for those in meters."""
    return np.repeat([part.unit == "image" for part in skeleton.parts], [len(part.points) for part in skeleton.parts])


def hand_parts(skeleton: Skeleton) -> tuple[str, ...]:
    """Those of `HAND_PARTS` that a skeleton has."""
    return tuple(part for part in HAND_PARTS if part in {each.name for each in skeleton.parts})


def hand_sizes(points: Doubles, skeleton: Skeleton) -> Doubles:
    """(frames, hands) length from wrist to middle-finger MCP of each hand in `hand_parts`, in the unit of the points.

    Measured in three dimensions: seen along the forearm, the palm is short in the image though no smaller.
    NaN where the hand was unseen.
    """
    sizes = np.empty((len(points), len(hand_parts(skeleton))))
    for number, part in enumerate(hand_parts(skeleton)):
        hand = points[:, skeleton[part]]
        sizes[:, number] = np.linalg.norm(hand[:, _MIDDLE] - hand[:, _WRIST], axis=1)
    return sizes


def normalize(track: Track, how: Normalization) -> Floats:
    """(frames, points, xyz) of a track in other coordinates; what was NaN stays NaN, points in meters stay as tracked.

    - `none`: as tracked, shares of the image.
    - `hand`: each hand on its own, in each frame: origin at its wrist, unit its wrist to middle-finger MCP. Invariant
      to place and size in the image; where a hand is, and how it moves as a whole, is lost. Parts that are no hands
      are as in `body`. A hand whose two points coincide has no unit and becomes NaN.
    - `body`: the whole clip alike. With a body: origin midway between the shoulders, unit their distance, both as
      medians over the clip, so that neither a swaying nor a briefly lost shoulder moves the hands. Without one (or
      never seen): origin at the center of the box around all points of both hands over the clip (of everything,
      where no hands are tracked), unit half its longer side, so that x and y lie within -1..1. Keeps the hands' places
      to each other and their paths.
    - `minmax`: each axis from 0, the least of the clip's seen points, to 1, the greatest; 0 on an axis without
      extent. Squeezes both axes to a square, whatever shape the path had.
    """
    if how == "none":
        return track.points
    image = in_image(track.skeleton)
    if how == "minmax":
        squeezed = track.points.copy()
        squeezed[:, image] = _minmax(track.points[:, image])
        return squeezed
    points = pixels(track)
    result = np.where(image[:, None], _body(points, track.skeleton), points)
    if how == "hand":
        sizes = hand_sizes(points, track.skeleton)
        sizes[sizes < _SMALLEST] = np.nan
        for number, part in enumerate(hand_parts(track.skeleton)):
            hand = points[:, track.skeleton[part]]
            result[:, track.skeleton[part]] = (hand - hand[:, _WRIST, None]) / sizes[:, number, None, None]
    return result.astype(np.float32)


def _minmax(points: Floats) -> Floats:
    flat = points[~np.isnan(points).any(axis=2)]
    if not flat.size:
        return points
    least, extent = flat.min(axis=0), np.ptp(flat, axis=0)
    return np.asarray((points - least) / np.where(extent > 0, extent, 1), np.float32)


def _body(points: Doubles, skeleton: Skeleton) -> Doubles:
    if set(_SHOULDERS) <= set(skeleton.names):
        pair = points[:, [skeleton.names.index(name) for name in _SHOULDERS]]
        pair = pair[~np.isnan(pair).any(axis=(1, 2))]
        width = np.linalg.norm(pair[:, 0, :2] - pair[:, 1, :2], axis=1)
        if pair.size and np.median(width) >= _SMALLEST:
            return np.asarray((points - np.median(pair.mean(axis=1), axis=0)) / np.median(width))
    parts = hand_parts(skeleton) or tuple(part.name for part in skeleton.parts if part.unit == "image")
    hands = np.concatenate([points[:, skeleton[part], :2] for part in parts], axis=1).reshape(-1, 2)
    hands = hands[~np.isnan(hands).any(axis=1)]
    if not hands.size:
        return points.copy()
    least, greatest = hands.min(axis=0), hands.max(axis=0)
    unit = (greatest - least).max() / 2
    return np.asarray((points - np.append((least + greatest) / 2, 0)) / (unit if unit >= _SMALLEST else 1))
