"""Which of two detected hands is the left one: for landmarks whose slots are in order of detection.

Of a clip as a whole, the assignment of least cost, by dynamic programming over frames. A hand costs the way it went
since it was last seen in its slot; a hand that appears in an empty slot, or far from where it was, costs as much as a
hand may go. That ties frames together; which of the two is the left one is then told, weakly in each frame, by

- the turn of the hand: fingers curl towards the palm, so the side on which the thumb lies tells left from right;
- the places of both hands: a camera sees a signer's left hand on its right;
- a lone hand: mostly the right one.
"""

import numpy as np
import numpy.typing as npt

from chereme.skeleton import HAND_POINTS
from chereme.types import Floats

APPEARS = 0.2
"""Cost of a hand in a slot that was empty so far, in image widths."""
LOST = 0.6
"""The most that a hand's way costs, image widths: beyond, it is rather another hand."""
TOLD = 0.015
"""Weight of what a frame tells of sides: a whole clip of it outweighs a jump, a few frames do not."""
APART = 0.1
"""Image widths between two hands that tell three quarters of what their places can tell."""
LONE = 0.3
"""How much a lone hand is taken for the right one, where its turn tells 1 at most."""
SAME = 0.35
"""Two detections nearer than this, in palms, mean over all points, are one hand detected twice."""
_FINGERS = tuple(
    (HAND_POINTS.index(f"{finger}_PIP"), HAND_POINTS.index(f"{finger}_TIP"))
    for finger in ("INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY")
)
_WRIST, _THUMB, _THUMB_TIP, _INDEX, _MIDDLE, _PINKY = (
    HAND_POINTS.index(name)
    for name in ("WRIST", "THUMB_CMC", "THUMB_TIP", "INDEX_FINGER_MCP", "MIDDLE_FINGER_MCP", "PINKY_MCP")
)


def resolved(points: Floats) -> Floats:
    """(frames, 42, xyz), left hand first, NaN where unseen, of (frames, 2 slots, 21, xyz), -1 where unseen."""
    points = points.astype(np.float32)
    points[(points[..., 0] == -1).any(axis=2)] = np.nan
    points[_twice(points), 1] = np.nan
    swapped = _assigned(points)
    points = np.where(swapped[:, None, None, None], points[:, ::-1], points)
    return points.reshape(len(points), -1, 3)


def turn(hands: Floats) -> Floats:
    """(…) from -1, surely a left hand, to 1, surely a right one, of (…, 21, xyz); NaN where unseen.

    On clips of two hands 0.3 image widths apart, the sign of the difference agrees with their places in 91 %.
    """
    wrist = hands[..., _WRIST, :]
    palm = np.cross(hands[..., _INDEX, :] - wrist, hands[..., _PINKY, :] - wrist)
    palm /= np.linalg.norm(palm, axis=-1, keepdims=True) + 1e-9
    length = np.linalg.norm(hands[..., _MIDDLE, :] - wrist, axis=-1) + 1e-9
    curl = sum(((hands[..., tip, :] - hands[..., joint, :]) * palm).sum(-1) for joint, tip in _FINGERS)
    thumb = ((hands[..., _THUMB_TIP, :] - hands[..., _THUMB, :]) * palm).sum(-1)
    return np.asarray((np.tanh(2 * curl / length) + np.tanh(2 * thumb / length)) / 2, np.float32)


def _twice(points: Floats) -> npt.NDArray[np.bool_]:
    """(frames,) whether both slots hold the same hand."""
    between = np.linalg.norm(points[:, 0, :, :2] - points[:, 1, :, :2], axis=2).mean(axis=1)
    palm = np.linalg.norm(points[:, :, _MIDDLE, :2] - points[:, :, _WRIST, :2], axis=2).mean(axis=1)
    return np.asarray(between < SAME * palm)


def _assigned(points: Floats) -> npt.NDArray[np.bool_]:
    """(frames,) whether to swap the slots."""
    told = _told(points)
    places = [
        [None if np.isnan(place[0]) else (float(place[0]), float(place[1])) for place in frame]
        for frame in points[..., :2].mean(axis=2)
    ]
    came = np.zeros((len(points), 2), np.int64)
    costs = [0.0, 0.0]
    last: list[list[tuple[float, float] | None]] = [[None, None], [None, None]]  # by state: where each side was seen
    for frame, found in enumerate(places):
        reached, followed = [], []
        for state, given in enumerate((found, found[::-1])):
            ways = [costs[before] + _way(last[before], given, frame) for before in (0, 1)]
            came[frame, state] = best = int(ways[1] < ways[0])
            reached.append(ways[best] + (told[frame] if state else -told[frame]))
            followed.append([now or then for now, then in zip(given, last[best], strict=True)])
        costs, last = reached, followed
    states = np.zeros(len(points), np.int64)
    states[-1] = int(costs[1] < costs[0])
    for frame in range(len(points) - 1, 0, -1):
        states[frame - 1] = came[frame, states[frame]]
    return states.astype(bool)


def _told(points: Floats) -> Floats:
    """(frames,) how much a frame speaks for its slots as they are: the first one left, the second one right."""
    turns = turn(points)
    middles = points[..., 0].mean(axis=2)
    apart = np.tanh((middles[:, 0] - middles[:, 1]) / APART)
    lone = LONE * (np.isnan(turns[:, 0]).astype(np.float32) - np.isnan(turns[:, 1]))
    return np.asarray(TOLD * (np.nan_to_num(turns[:, 1]) - np.nan_to_num(turns[:, 0]) + np.nan_to_num(apart) + lone))


def _way(before: list[tuple[float, float] | None], now: list[tuple[float, float] | None], frame: int) -> float:
    cost = 0.0
    for then, place in zip(before, now, strict=True):
        if place is None or (then is None and frame == 0):
            continue
        if then is None:
            cost += APPEARS
        else:
            cost += min(LOST, float(np.hypot(place[0] - then[0], place[1] - then[1])))
    return cost
