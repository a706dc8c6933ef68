"""Which hand leads, clip by clip: over a collection it tells mirror images, for most signers are right-handed."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

import numpy as np

from chereme.samples.normalize import HAND_PARTS, hand_parts, pixels
from chereme.types import Track

LEADS = 0.7
"""A hand leads when it goes this share of the way that both go. In 66 real clips, none known to be mirrored, the right
hand leads in 38, the left in 1, neither in 27; in 42 of them, mirrored before tracking, it is 2, 23 and 17."""
FEWEST = 20
"""Clips with a leading hand below which nothing is concluded."""
MOSTLY = 0.7
"""More left hands than this among the leading ones are not to be expected: about one signer in ten is left-handed."""

_WRIST = 0


def right_share(track: Track) -> float:
    """The right wrist's share, 0..1, of the way that both wrists go in the image; NaN where none moves.

    The way is that between sightings, in pixels: both hands are of one size. NaN as well for a skeleton without both
    hands.
    """
    if hand_parts(track.skeleton) != HAND_PARTS:
        return float("nan")
    points = pixels(track)[..., :2]
    ways = {}
    for part in HAND_PARTS:
        wrist = points[:, track.skeleton[part]][:, _WRIST]
        wrist = wrist[~np.isnan(wrist).any(axis=1)]
        ways[part] = float(np.linalg.norm(np.diff(wrist, axis=0), axis=1).sum())
    whole = sum(ways.values())
    return ways["right_hand"] / whole if whole > 0 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """In how many clips which hand leads."""

    right: int
    left: int
    neither: int
    """Signs of two hands that move alike, and clips in which none moves."""

    @classmethod
    def of(cls, shares: Iterable[float]) -> "Leading":
        """Counted over the right hands' shares."""
        shares = [0.5 if isnan(share) else share for share in shares]
        right, left = sum(share >= LEADS for share in shares), sum(share <= 1 - LEADS for share in shares)
        return cls(right=right, left=left, neither=len(shares) - right - left)

    @property
    def mirrored(self) -> bool:
        """Whether so many left hands lead, of enough clips, that the images may be mirrored."""
        lead = self.left + self.right
        return lead >= FEWEST and self.left > MOSTLY * lead
