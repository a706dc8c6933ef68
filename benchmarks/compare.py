"""How near two programs' finds of the same frames lie to each other, and to joints that are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SIZES = {"hands": (0, 9), "body": (11, 12), "face": (234, 454)}
"""The two points whose distance is a part's size: wrist to middle-finger knuckle, shoulders, the sides of the face."""
MATCHED = 0.5
"""Two finds of a frame are one when their points are nearer than this on average, in sizes of the first's."""
FOUND = 1.0
"""A drawn hand is found by points nearer than this on average, in its own sizes."""
SEEN = 0.5
"""Points of the body that the first program holds less visible than this are guesses, and are not compared."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Finds:
    """What one program found in a clip."""

    points: Floats
    """(frames, slots, points, x y z score) pixels, NaN where nothing was found."""
    right: Floats
    """(frames, slots) 1 where it is the signer's right hand; NaN where nothing was found, or it is no hand."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """Where a drawn clip's hands are."""

    points: Floats
    """(frames, hands, 21, xy) pixels; hand 0 is the signer's left."""
    visible: npt.NDArray[np.bool_]
    """(frames, hands) whether a hand is wholly in the image."""
    middle: npt.NDArray[np.bool_]
    """(frames,) from the sign's first form to its last."""


class Pair(NamedTuple):
    """One find of each program that are the same thing."""

    first: int
    second: int
    apart: float
    """Mean distance of their points in the image, in sizes."""
    depth: float
    """The same of their z, each from its own mean."""


def pairs(first: Floats, second: Floats, part: str) -> list[Pair]:
    """The same things in a frame, nearest first; each of (slots, points, x y z score) is in one pair at most."""
    a, b = SIZES[part]
    near = []
    for i, j in product(range(len(first)), range(len(second))):
        one, other = first[i], second[j]
        used = one[:, 3] >= SEEN if part == "body" else np.ones(len(one), np.bool_)
        if np.isnan(one[:, 0]).any() or np.isnan(other[:, 0]).any() or not used.any():
            continue
        size = float(np.hypot(*(one[a, :2] - one[b, :2])))
        apart = float(np.hypot(*(one - other)[used, :2].T).mean()) / size
        z = (one - other)[used, 2]
        near.append(Pair(i, j, apart, float(np.abs(z - z.mean()).mean()) / size))
    taken: list[Pair] = []
    for pair in sorted(near, key=lambda pair: pair.apart):
        if pair.apart < MATCHED and not any(pair.first == t.first or pair.second == t.second for t in taken):
            taken.append(pair)
    return taken


def agreement(clips: Iterable[tuple[Finds, Finds]], part: str) -> dict[str, float | int | None]:
    """How far the second program finds what the first does, over all clips and frames."""
    found = also = alone = frames = first_frames = second_frames = 0
    apart, depth, sides = [], [], []
    for first, second in clips:
        frames += len(first.points)
        for row, (one, other) in enumerate(zip(first.points, second.points, strict=True)):
            here, there = ~np.isnan(one[:, 0, 0]), ~np.isnan(other[:, 0, 0])
            taken = pairs(one, other, part)
            found, also = found + int(here.sum()), also + len(taken)
            alone += int(there.sum()) - len(taken)
            first_frames += bool(here.any() and not there.any())
            second_frames += bool(there.any() and not here.any())
            apart += [pair.apart for pair in taken]
            depth += [pair.depth for pair in taken]
            sides += [first.right[row, pair.first] == second.right[row, pair.second] for pair in taken]
    return {
        "frames": frames,
        "found by the first": found,
        "matched": _share(also, found),
        "median": _quantile(apart, 0.5),
        "95th percentile": _quantile(apart, 0.95),
        "depth, median": _quantile(depth, 0.5),
        "same side": round(float(np.mean(sides)), 4) if sides and part == "hands" else None,
        "found by the second alone": alone,
        "frames of the first alone": first_frames,
        "frames of the second alone": second_frames,
    }


def error(clips: Iterable[tuple[Finds, Truth]], *, middle: bool) -> dict[str, float | int | None]:
    """How far a program's hands lie from a drawn signer's, mid-sign or in all frames in which they are visible."""
    shown = spurious = certain = 0
    errors, sides = [], []
    for finds, truth in clips:
        for row in range(len(finds.points)):
            if middle and not truth.middle[row]:
                continue
            there = [slot for slot in range(finds.points.shape[1]) if not np.isnan(finds.points[row, slot, 0, 0])]
            hands = np.flatnonzero(truth.visible[row])
            shown += len(hands)
            apart = np.array([[_error(finds.points[row, slot], truth.points[row, hand]) for slot in there]
                              for hand in hands]).reshape(len(hands), len(there))  # fmt: skip
            if len(hands) == 2:
                certain += len(there)
                spurious += int((apart.min(axis=0, initial=np.inf) >= FOUND).sum())
            if not there:
                continue
            for hand, slot, near in zip(hands, apart.argmin(axis=1), apart.min(axis=1), strict=True):
                if near < FOUND:
                    errors.append(float(near))
                    sides.append(finds.right[row, there[slot]] == hand)
    return {
        "hands": shown,
        "found": _share(len(errors), shown),
        "median": _quantile(errors, 0.5),
        "95th percentile": _quantile(errors, 0.95),
        "side right": round(float(np.mean(sides)), 4) if sides else None,
        "spurious": _share(spurious, certain),
    }


def _error(points: Floats, true: Floats) -> float:
    return float(np.hypot(*(points[:, :2] - true).T).mean() / np.hypot(*(true[0] - true[9])))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _quantile(values: list[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 4) if values else None
