"""Groups of signs: a table with the group of each label."""

from math import isqrt

import numpy as np
import numpy.typing as npt

from chereme.types import Floats

MOMENTS = 8
"""Moments at which signs are compared: enough for the course of a movement, few enough not to see its tempo."""


def by_index(labels: int, count: int = 0) -> tuple[int, ...]:
    """The group of each label: consecutive labels, groups as even as can be; `count` 0 is their number's root."""
    groups = _number(labels, count)
    return tuple(label * groups // labels for label in range(labels))


def by_signs(
    points: Floats, mask: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64], count: int = 0
) -> tuple[int, ...]:
    """The group of each label by how the signs look: Ward's clustering (1963) of the mean clip of each.

    Points are (clips, frames, points, xyz), mask (clips, frames). A clip is compared at `MOMENTS` moments from its
    first frame to its last, about its own mean and by its own extent. Every label below the highest needs a clip.
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # takes long to import, and seldom wanted

    number = int(labels.max()) + 1
    clips = np.stack([_outline(each, held) for each, held in zip(points, mask, strict=True)])
    means = np.stack([clips[labels == label].mean(axis=0) for label in range(number)])
    groups = _number(number, count)
    if groups == number:
        return tuple(range(number))
    found = fcluster(linkage(means, "ward"), groups, "maxclust")
    order = {int(group): place for place, group in enumerate(dict.fromkeys(found.tolist()))}
    return tuple(order[group] for group in found.tolist())


def _number(labels: int, count: int) -> int:
    return max(1, min(labels, count or isqrt(labels)))


def _outline(points: Floats, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """One row: x and y of the clip's points at so many moments, 0 where unseen."""
    held = points[mask][:, :, :2].astype(np.float64)
    held -= np.nanmean(held, axis=(0, 1)) if not np.isnan(held).all() else 0
    extent = np.nanstd(held) if not np.isnan(held).all() else 1.0
    at = np.rint(np.linspace(0, len(held) - 1, MOMENTS)).astype(np.int64)
    return np.asarray(np.nan_to_num(held[at] / (extent or 1.0)).ravel())
