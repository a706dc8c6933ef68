"""Whose body, face or hands to follow of several people in view: the one in the entry's box, else the main one."""

from collections.abc import Sequence
from math import exp

from chereme.landmarks.geometry import Region, distance

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""

MARGIN = 0.1
"""A box is enlarged on each side by this share of its width or height. In 16 real WLASL clips no hand's middle lay
further outside its entry's box than 0.015."""
CENTRAL = 0.5
"""How much the middle counts against size: at the image's side edge one must be e**0.5 = 1.65 times as large to weigh
as much as in its middle."""
AGAIN = 1.0
"""The one chosen before is chosen again while its middle has moved by less than this many of its sizes."""


def signer(
    regions: Sequence[Region],
    scores: Sequence[float],
    width: int,
    height: int,
    *,
    box: Box | None = None,
    before: Region | None = None,
) -> int | None:
    """Which of several people is the signer: the place in `regions`, or None when there is none.

    A region lies around what is in view of a person for certain (the face, the shoulders; hips may lie below the
    image), in pixels of an image of `width` and `height`; `scores` are 0..1. Those outside `box` are out of the
    question; of the others it is the one at `before`, where the signer was last seen, else the weightiest. With one
    person in view, and no box, that person is the signer.
    """
    box = usable(box, width, height)
    there = [place for place, region in enumerate(regions) if within(region, box)]
    if before is not None:
        near = [p for p in there if distance(regions[p], before) < AGAIN * max(regions[p].size, before.size)]
        if near:
            return min(near, key=lambda place: distance(regions[place], before))
    return max(there, key=lambda place: scores[place] * weight(regions[place], width, box), default=None)


def within(region: Region, box: Box | None) -> bool:
    """Whether the middle of a region lies in a box enlarged by `MARGIN`; true without a box."""
    if box is None:
        return True
    x0, y0, x1, y1 = box
    wide, high = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    return x0 - wide <= region.x <= x1 + wide and y0 - high <= region.y <= y1 + high


def weight(region: Region, width: int, box: Box | None = None) -> float:
    """Size times how near the middle of the image, or of the box, a region is; sideways only, since people stand."""
    left, right = (box[0], box[2]) if box else (0.0, float(width))
    aside = abs(region.x - (left + right) / 2) / ((right - left) / 2)
    return region.size * exp(-CENTRAL * aside)


def usable(box: Box | None, width: int, height: int) -> Box | None:
    """The box if it can be one of this image; None for one that reaches beyond it: it was made for a larger copy."""
    if box is None or box[2] > width * (1 + MARGIN) or box[3] > height * (1 + MARGIN):
        return None
    return box
