"""Which frames of a shot are needed: decoding and networks run on these and no others.

Every export says what it needs; a run asks for the union, once. The plan is part of a track folder's fingerprint,
because following a hand over other frames gives (slightly) other points.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Every:
    """Every `stride`-th frame from the first, at most `most` of them (None: to the end)."""

    stride: int = 1
    most: int | None = None

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise ValueError(f"stride must be at least 1, not {self.stride}")
        if self.most is not None and self.most < 1:
            raise ValueError(f"most must be at least 1 or None, not {self.most}")

    def covers(self, other: "Every") -> bool:
        """Whether every frame that `other` asks for is among this one's."""
        if other.stride % self.stride:
            return False
        if self.most is None:
            return True
        return other.most is not None and (other.most - 1) * other.stride <= (self.most - 1) * self.stride


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Spread:
    """`count` frames evenly spaced in the `middle` share of the shot, each at the center of its part."""

    count: int = 5
    middle: float = 0.7

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count must be at least 1, not {self.count}")
        if not 0 < self.middle <= 1:
            raise ValueError(f"middle must be above 0 and at most 1, not {self.middle}")

    def frames(self, first: int, stop: int) -> npt.NDArray[np.int64]:
        """The ideal frame indices, (at most `count`,), unique and sorted."""
        length = stop - first
        shares = (1 - self.middle) / 2 + self.middle * (np.arange(self.count) + 0.5) / self.count
        return np.unique(first + np.minimum(np.floor(shares * length), length - 1).astype(np.int64))


Need = Every | Spread


@dataclass(frozen=True, slots=True)
class FramePlan:
    """The union of what several exports need of each shot."""

    needs: tuple[Need, ...]

    @classmethod
    def union(cls, plans: Iterable["FramePlan"]) -> "FramePlan":
        """One plan for all, without needs that another already covers, in a canonical order."""
        needs = [need for plan in plans for need in plan.needs]
        every = sorted({n for n in needs if isinstance(n, Every)}, key=_order)
        kept = [n for n in every if not any(m != n and m.covers(n) for m in every)]
        spread = sorted({n for n in needs if isinstance(n, Spread)})
        return cls((*kept, *spread))

    def frames(self, first: int, stop: int) -> npt.NDArray[np.int64]:
        """Frame indices of a shot, sorted and unique.

        A spread frame takes the nearest frame that `Every` has already asked for when that is closer than the
        stride: a crop does not mind a frame's difference, and each added frame costs a pass of the networks.
        """
        if stop <= first:
            return np.zeros(0, np.int64)
        every = [n for n in self.needs if isinstance(n, Every)]
        wanted: set[int] = set()
        for need in every:
            grid = range(first, stop, need.stride)
            wanted.update(grid if need.most is None else grid[: need.most])
        near = min((n.stride for n in every), default=1)
        taken = np.array(sorted(wanted), np.int64)
        for spread in (n for n in self.needs if isinstance(n, Spread)):
            for frame in spread.frames(first, stop).tolist():
                if not taken.size or int(np.abs(taken - frame).min()) >= near:
                    wanted.add(frame)
        return np.array(sorted(wanted), np.int64)

    def covers(self, other: "FramePlan") -> bool:
        """Whether tracks made by this plan serve an export that asks for `other`."""
        every = [n for n in self.needs if isinstance(n, Every)]
        whole = any(n.stride == 1 and n.most is None for n in every)
        return all(
            any(mine.covers(need) for mine in every) if isinstance(need, Every) else whole or need in self.needs
            for need in other.needs
        )

    def text(self) -> str:
        """The plan in words, for fingerprints and for `--dry-run`."""
        return " + ".join(_words(need) for need in self.needs) or "no frames"


def _order(need: Every) -> tuple[int, float]:
    return need.stride, float("inf") if need.most is None else need.most


def _words(need: Need) -> str:
    if isinstance(need, Spread):
        return f"{need.count} spread over the middle {need.middle:g}"
    every = "every frame" if need.stride == 1 else f"every frame in {need.stride}"
    return every if need.most is None else f"{every}, at most {need.most}"
