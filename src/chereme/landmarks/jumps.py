"""Where a path of hands jumped from one hand to the other, told by the handedness that changes while both are near."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
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


Places = Mapping[int, Sequence[int]]
"""The positions of each path, rising, by its `id`."""


def cut(paths: Sequence[Path], seconds: npt.NDArray[np.float64]) -> list[Path]:
    """The paths, each cut in pieces where it jumped to the other hand; so are others that lie near it then.

    `seconds` (frames,) are the times of the positions. What was not cut is the same object.
    """
    times = seconds.tolist()
    places = {id(path): sorted(path.hands) for path in paths}
    jumps = {id(path): _jumps(path, paths, places, times) for path in paths}
    pieces: list[Path] = []
    for path in paths:
        at = set(jumps[id(path)])
        for other in paths:
            if other is not path:
                at |= {t for t in jumps[id(other)] if t in path.hands and t - 1 in path.hands and t in other.hands}
        edges = [places[id(path)][0], *sorted(at), places[id(path)][-1] + 1]
        if len(edges) == 2:
            pieces.append(path)
        else:
            pieces += [
                Path({t: hand for t, hand in path.hands.items() if start <= t < stop})
                for start, stop in pairwise(edges)
            ]
    return [piece for piece in pieces if piece.hands]


def _jumps(path: Path, paths: Sequence[Path], places: Places, seconds: Sequence[float]) -> list[int]:
    """The positions from which on a path is the other hand: the likeliest, by dynamic programming over two sides."""
    at = places[id(path)]
    if len(at) < 2:
        return []
    right = np.clip([path.hands[t].right for t in at], 1 - CERTAIN, CERTAIN)
    odds = (np.log(right / (1 - right)) / 2).tolist()
    others = [other for other in paths if other is not path]
    one, two = odds[0], -odds[0]  # that it is a right hand, and a left one
    jumped: list[tuple[bool, bool]] = []
    for (before, t), own in zip(pairwise(at), odds[1:], strict=True):
        # On a camera this runs for each frame: where neither side would gain by a jump, none is looked for.
        may = abs(one - two) > JUMP and _may_jump(path, before, t, others, places, seconds)
        flips = may and two - JUMP > one, may and one - JUMP > two
        jumped.append(flips)
        one, two = (two - JUMP if flips[0] else one) + own, (one - JUMP if flips[1] else two) - own
    side = 0 if one >= two else 1
    found = []
    for t, flips in zip(at[:0:-1], reversed(jumped), strict=True):
        if flips[side]:
            found.append(t)
            side = 1 - side
    return found[::-1]


def _may_jump(
    path: Path, before: int, t: int, others: Sequence[Path], places: Places, seconds: Sequence[float]
) -> bool:
    """Whether a path's hand at `t` may be another than `before`: it leapt, or came to the other's place."""
    hand = path.hands[t]
    moved = distance(hand.region, path.hands[before].region)
    if moved > LEAP * hand.region.size:
        return True
    there = [place for other in others if (place := _lately(other, t, places[id(other)], seconds))]
    return any(
        (away := distance(hand.region, place)) < NEAR * max(hand.region.size, place.size)
        and (moved > SHARE * away or away < TOUCH * place.size)
        for place in there
    )


def _lately(path: Path, t: int, at: Sequence[int], seconds: Sequence[float]) -> Region | None:
    """Where a path's hand was last before a position, unless that is long ago; `at` are the path's, rising."""
    before = bisect_left(at, t) - 1
    if before < 0 or seconds[t] - seconds[at[before]] > RECENT:
        return None
    return path.hands[at[before]].region
