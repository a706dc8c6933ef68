"""The signing within a clip of a whole person: without the hands' rest before it and after it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from chereme.samples.normalize import HAND_PARTS, Doubles, hand_parts, pixels
from chereme.samples.trim import select, trim
from chereme.skeleton import HAND_POINTS
from chereme.types import Track

VISIBLE = 0.5
"""Least score (visibility) of a body's wrist that counts as seen: below, and outside the image, it is a guess whose
trembling looks like movement."""
STEADY = 5
"""Frames of the median that takes the trembling out of a wrist's path."""
HAND_STILL, HAND_DROP = 1.0, 2.0
"""Without a body: hand sizes a second, and hand sizes below the highest wrist, as `Refine` has them."""

_WRIST = HAND_POINTS.index("WRIST")


def trim_neutral(track: Track, *, still: float, low: float, margin: float) -> Track:
    """The frames from the first to the last in which a hand is active, and those within `margin` seconds of them.

    A hand is at rest when its wrist moves slower than `still` shoulder widths a second and lies `low` shoulder widths
    or more below the shoulders, or when it is not seen: neither its landmarks nor, within the image, the body's wrist.
    A hold higher up is part of a sign. The shot ends where the track does then. Returned whole when no frame is
    active. A track without a body, or whose shoulders were never seen, is trimmed by its hands alone.
    """
    from scipy.ndimage import median_filter  # a sixth of a second to import, and seldom wanted

    shoulders = _shoulders(track)
    if shoulders is None:
        if set(hand_parts(track.skeleton)) != set(HAND_PARTS):
            return track
        return _cut(trim(track, still=HAND_STILL, drop=HAND_DROP, margin=margin))
    level, width = shoulders
    active = np.zeros(len(track.index), bool)
    for part in HAND_PARTS:
        wrist = _wrist(track, part)
        seen = np.flatnonzero(~np.isnan(wrist[:, 0]))
        speed = np.zeros(len(seen))
        if len(seen) > 1:
            path = median_filter(wrist[seen], size=(min(STEADY, len(seen)), 1), mode="nearest")
            speed = np.linalg.norm(np.gradient(path, track.seconds[seen], axis=0), axis=1)
        active[seen] |= (speed >= still * width) | (wrist[seen, 1] < level + low * width)
    frames = np.flatnonzero(active)
    if not frames.size:
        return track
    start, stop = track.seconds[frames[0]] - margin, track.seconds[frames[-1]] + margin
    return _cut(select(track, (track.seconds >= start) & (track.seconds <= stop)))


def _shoulders(track: Track) -> tuple[float, float] | None:
    """Height of the middle of the shoulders and their width, pixels, as medians; None where there are none."""
    names = track.skeleton.names
    if "body.LEFT_SHOULDER" not in names or "body.RIGHT_SHOULDER" not in names:
        return None
    pair = pixels(track)[:, [names.index("body.LEFT_SHOULDER"), names.index("body.RIGHT_SHOULDER")], :2]
    pair = pair[~np.isnan(pair).any(axis=(1, 2))]
    if not len(pair):
        return None
    width = float(np.median(np.linalg.norm(pair[:, 0] - pair[:, 1], axis=1)))
    return (float(np.median(pair[..., 1])), width) if width > 0 else None


def _wrist(track: Track, part: str) -> Doubles:
    """(frames, xy) of a hand's wrist in pixels: the hand's own where it is seen, else the body's; NaN where neither."""
    points = pixels(track)
    wrist = np.full((len(points), 2), np.nan)
    if part in hand_parts(track.skeleton):
        wrist[:] = points[:, track.skeleton[part]][:, _WRIST, :2]
    place = track.skeleton.names.index(f"body.{part.removesuffix('_hand').upper()}_WRIST")
    inside = ((track.points[:, place, :2] >= 0) & (track.points[:, place, :2] <= 1)).all(axis=1)
    usable: npt.NDArray[np.bool_] = np.isnan(wrist[:, 0]) & inside & (track.score[:, place] >= VISIBLE)
    wrist[usable] = points[usable, place, :2]
    return wrist


def _cut(track: Track) -> Track:
    """The track with its shot cut to the frames it has."""
    return replace(track, shot=replace(track.shot, first=int(track.index[0]), stop=int(track.index[-1]) + 1))
