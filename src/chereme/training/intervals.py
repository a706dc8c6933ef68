"""How sure a share is: intervals for shares of clips, for means over classes, and over people."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from chereme.types import Floats

CONFIDENCE = 0.95
"""How often such an interval holds the true value."""
_Z = 1.959963984540054
"""The standard normal distribution's quantile at (1 + CONFIDENCE) / 2."""
DRAWS = 1000
"""Collections drawn anew for a bootstrap: enough for the second digit of a percent at its 2.5 and 97.5 percentiles."""
FEWEST = 5
"""Groups below which drawing groups anew says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value and the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Interval):
    """How many of how many clips, as a share with its interval."""

    right: int
    of: int


def wilson(right: int, of: int) -> Share:
    """The share of `right` among `of` clips, at least one, with the score interval of Wilson (1927).

    Unlike the textbook's normal interval it keeps within 0 and 1 and has a width at both ends. It takes clips as
    independent, which those of one person are not: `over_groups` does not.
    """
    if not 0 <= right <= of or not of:
        raise ValueError(f"a share is of at least one clip and no more than all, not {right} of {of}")
    share, square = right / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Share(
        value=share,
        low=min(share, max(0.0, middle - half)),
        high=max(share, min(1.0, middle + half)),
        right=right,
        of=of,
    )


def over_classes(right: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64], seed: int = 0) -> Interval:
    """The mean of the classes' shares, each class that has clips counting alike; percentiles of a bootstrap over clips.

    `right` and `labels` are (clips,). Where all or none are right, drawing anew tells nothing: then Wilson's ends.
    """
    if right.all() or not right.any():
        return _plain(wilson(int(right.sum()), len(right)))
    random = np.random.default_rng(seed)
    clips, classes = len(labels), int(labels.max()) + 1

    def mean(rows: npt.NDArray[np.int64]) -> float:
        there = np.bincount(labels[rows], minlength=classes)
        held = np.bincount(labels[rows], right[rows], minlength=classes)
        return float((held[there > 0] / there[there > 0]).mean())

    return _percentiles(mean(np.arange(clips)), [mean(random.integers(0, clips, clips)) for _ in range(DRAWS)])


def over_groups(right: npt.NDArray[np.bool_], groups: Sequence[str], seed: int = 0) -> Interval | None:
    """The share of right clips, by a bootstrap that draws whole groups anew: all clips of a signer come or go together.

    None with fewer than five groups. A clip without a group, '', is one of its own. Where all or none are right,
    drawing anew tells nothing: then Wilson's ends, of as many groups.
    """
    names = [name or f"\0{place}" for place, name in enumerate(groups)]
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    if len(order) < FEWEST:
        return None
    if right.all() or not right.any():
        return _plain(wilson(len(order) if right.all() else 0, len(order)))
    member = np.array([order[name] for name in names])
    there, held = np.bincount(member).astype(np.float64), np.bincount(member, right)
    drawn = np.random.default_rng(seed).integers(0, len(order), (DRAWS, len(order)))
    return _percentiles(float(right.mean()), (held[drawn].sum(axis=1) / there[drawn].sum(axis=1)).tolist())


def _plain(share: Share) -> Interval:
    return Interval(value=share.value, low=share.low, high=share.high)


def _percentiles(value: float, drawn: "list[float] | Floats") -> Interval:
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value=value, low=min(value, float(low)), high=max(value, float(high)))
