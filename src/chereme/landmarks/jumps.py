"""Where a path of hands jumped from one hand to the other, told by the handedness that changes while both are near."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from chereme.landmarks.follow import Path
from chereme.landmarks.geometry import Region, distance
from chereme.landmarks.sides import CERTAIN

NEAR, RECENT = 1.0, 0.5
"""A path may jump to where another hand was in the last so many seconds, nearer than so many sizes of its region, …"""
SHARE, TOUCH = 0.4, 0.35
"""… if it moves by more than this share of the way from there, or the hands touch: are nearer than this; …"""
LEAP = 0.5
"""… and wherever it moves by more sizes of its region than this from one frame to the next."""
JUMP = 2.5
"""Log odds against a jump where one may be: less than the handedness of one sure frame, after which hands often part;
more than half of it, since one odd frame amid others would be two jumps. In 15 drawn clips in which hands cross (at
each and at every second frame) of 1 044 hands 117 had the wrong side uncut, 7 are left; no other drawn clip is cut."""


def cut(paths: Sequence[Path], seconds: npt.NDArray[np.float64]) -> list[Path]:
    """The paths, each cut in pieces where it jumped to the other hand; so are others that lie near it then.

    `seconds` (frames,) are the times of the positions. What was not cut is the same object.
    """
    jumps = {id(path): _jumps(path, paths, seconds) for path in paths}
    pieces: list[Path] = []
    for path in paths:
        at = set(jumps[id(path)])
        for other in paths:
            if other is not path:
                at |= {t for t in jumps[id(other)] if t in path.hands and t - 1 in path.hands and t in other.hands}
        edges = [path.first, *sorted(at), path.last + 1]
        if len(edges) == 2:
            pieces.append(path)
        else:
            pieces += [
                Path({t: hand for t, hand in path.hands.items() if start <= t < stop})
                for start, stop in pairwise(edges)
            ]
    return [piece for piece in pieces if piece.hands]


def _jumps(path: Path, paths: Sequence[Path], seconds: npt.NDArray[np.float64]) -> list[int]:
    """The positions from which on a path is the other hand: the likeliest, by dynamic programming over two sides."""
    at = sorted(path.hands)
    if len(at) < 2:
        return []
    right = np.clip([path.hands[t].right for t in at], 1 - CERTAIN, CERTAIN)
    odds = np.log(right / (1 - right)) / 2
    score = np.array([odds[0], -odds[0]])
    came: list[npt.NDArray[np.intp]] = []
    for (before, t), own in zip(pairwise(at), odds[1:], strict=True):
        other = score[::-1] - (JUMP if _may_jump(path, before, t, paths, seconds) else np.inf)
        came.append(np.where(other > score, [1, 0], [0, 1]))
        score = np.maximum(score, other) + (own, -own)
    side = int(np.argmax(score))
    found = []
    for t, origin in zip(at[:0:-1], reversed(came), strict=True):
        if origin[side] != side:
            found.append(t)
        side = int(origin[side])
    return found[::-1]


def _may_jump(path: Path, before: int, t: int, paths: Sequence[Path], seconds: npt.NDArray[np.float64]) -> bool:
    """Whether a path's hand at `t` may be another than `before`: it leapt, or came to the other's place."""
    hand = path.hands[t]
    moved = distance(hand.region, path.hands[before].region)
    if moved > LEAP * hand.region.size:
        return True
    there = [place for other in paths if other is not path and (place := _lately(other, t, seconds))]
    return any(
        (away := distance(hand.region, place)) < NEAR * max(hand.region.size, place.size)
        and (moved > SHARE * away or away < TOUCH * place.size)
        for place in there
    )


def _lately(path: Path, t: int, seconds: npt.NDArray[np.float64]) -> Region | None:
    """Where a path's hand was last before a position, unless that is long ago."""
    back = t - 1
    while back >= path.first and seconds[t] - seconds[back] <= RECENT:
        if back in path.hands:
            return path.hands[back].region
        back -= 1
    return None
