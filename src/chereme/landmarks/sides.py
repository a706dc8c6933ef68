"""Which hand is the signer's left and which the right, decided once for each path.

Every sighting votes by the network's handedness; hands seen at once cannot be the same side; and a hand that comes
back where it left is likely the one that left. The best assignment of a whole shot is found by dynamic programming.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from chereme.landmarks.follow import Path
from chereme.landmarks.hand import Hand

CERTAIN = 0.98
"""No single vote counts more than this probability: neighboring frames err together."""
FRAMES = 8.0
"""Votes of a path are worth at most this many independent frames."""
NEAR, SOON = 1.0, 1.0
"""A hand that comes back within so many sizes of its region and so many seconds speaks for being the same hand."""
RETURN = 2.0
"""How much that counts at no distance and at once, in log odds."""
CROSSED = 1.0
"""Log odds against a right hand lying on the signer's left of the left hand, a region's size away."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Paths that overlap in time, directly or through others: one choice decides all of them."""

    paths: tuple[Path, ...]
    signs: tuple[int, ...]
    """1 or -1 a path: those with the same sign are the same side."""
    vote: float
    """Log odds that sign 1 is the right side."""


def right_hands(paths: Sequence[Path], seconds: npt.NDArray[np.float64], *, mirror: bool) -> list[bool]:
    """Whether each path is the signer's right hand; two paths of one frame never are the same side.

    `seconds` (frames,) are the times of the positions; `mirror` says that the video shows a mirror image.
    """
    ordered = sorted(paths, key=lambda path: path.first)
    groups = [_group(members, mirror) for members in _overlapping(ordered)]
    signs = _best(groups, seconds)
    side = {id(path): sign * own > 0 for group, sign in zip(groups, signs, strict=True)
            for path, own in zip(group.paths, group.signs, strict=True)}  # fmt: skip
    return [side[id(path)] for path in paths]


def vote(path: Path, *, mirror: bool) -> float:
    """Log odds that a path is the signer's right hand, by its sightings' handedness weighted with their presence."""
    right = np.clip([hand.right for hand in path.hands.values()], 1 - CERTAIN, CERTAIN)
    weight = np.array([hand.presence for hand in path.hands.values()])
    odds = np.average(np.log(right / (1 - right)), weights=weight) * min(len(right), FRAMES)
    return float(-odds if mirror else odds)


def _overlapping(ordered: Sequence[Path]) -> list[list[Path]]:
    groups: list[list[Path]] = []
    last = -1
    for path in ordered:
        if path.first > last:
            groups.append([])
        groups[-1].append(path)
        last = max(last, path.last)
    return groups


def _group(members: Sequence[Path], mirror: bool) -> Group:
    """Sides relative to the first member: no two at once on the same side, which two hands at most always allow."""
    signs: list[int] = []
    for i, path in enumerate(members):
        others = [(signs[j], other) for j, other in enumerate(members[:i]) if other.hands.keys() & path.hands.keys()]
        signs.append(-others[-1][0] if others else 1)
    total = sum(sign * vote(path, mirror=mirror) for sign, path in zip(signs, members, strict=True))
    total += sum(sign * _place(path, members, mirror) for sign, path in zip(signs, members, strict=True))
    return Group(tuple(members), tuple(signs), total)


def _place(path: Path, members: Sequence[Path], mirror: bool) -> float:
    """Log odds for the right hand from lying on the signer's right of the others, on average over shared frames."""
    offsets = [
        (other.hands[position].region.x - hand.region.x) / max(hand.region.size, other.hands[position].region.size)
        for other in members
        if other is not path
        for position, hand in path.hands.items()
        if position in other.hands
    ]
    if not offsets:
        return 0.0
    return float(np.clip(np.mean(offsets), -1, 1)) * CROSSED / 2 * (-1 if mirror else 1)


def _best(groups: Sequence[Group], seconds: npt.NDArray[np.float64]) -> list[int]:
    """One sign a group, together the likeliest: votes of each, and hands that come back where they left."""
    if not groups:
        return []
    score = {sign: sign * groups[0].vote / 2 for sign in (1, -1)}
    history: list[dict[int, int]] = []
    for before, group in pairwise(groups):
        bond = _bond(before, group, seconds)
        came = {sign: 1 if score[1] + sign * bond >= score[-1] - sign * bond else -1 for sign in (1, -1)}
        score = {s: score[came[s]] + came[s] * s * bond + s * group.vote / 2 for s in (1, -1)}
        history.append(came)
    signs = [1 if score[1] >= score[-1] else -1]
    for came in reversed(history):
        signs.append(came[signs[-1]])
    return signs[::-1]


def _bond(before: Group, after: Group, seconds: npt.NDArray[np.float64]) -> float:
    """Half the log odds that sign 1 means the same side in two successive groups."""
    odds = 0.0
    for path, sign in zip(after.paths, after.signs, strict=True):
        ends = [(own, other) for other, own in zip(before.paths, before.signs, strict=True)]
        for own, other in ends:
            apart = float(seconds[path.first] - seconds[other.last])
            far = _apart(other.hands[other.last], path.hands[path.first])
            odds += own * sign * RETURN * max(0.0, 1 - far / NEAR) * max(0.0, 1 - apart / SOON)
    return odds / 2


def _apart(a: Hand, b: Hand) -> float:
    return float(np.hypot(a.region.x - b.region.x, a.region.y - b.region.y) / max(a.region.size, b.region.size))
