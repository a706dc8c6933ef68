"""A clip as it might have been signed or filmed otherwise: small changes of its points, each a pure function.

Points are float32 (frames, points, xyz) in any coordinates, NaN where unseen, and of a clip's own frames alone: what
pads is added after. What is random comes from the generator given. Lengths in space are in extents: the root of the
mean square distance of the seen points from their mean, x and y.
"""

import numpy as np
import numpy.typing as npt

from chereme.samples.normalize import hand_parts, in_image
from chereme.skeleton import Skeleton
from chereme.types import Floats


def at_places(points: Floats, places: npt.ArrayLike) -> Floats:
    """The clip at fractional frames: between two that both show a point on the line between, else as the nearer one."""
    at = np.asarray(places, np.float64)
    before = np.floor(at).astype(np.int64)
    after = np.ceil(at).astype(np.int64)
    share = (at - before).astype(np.float32)[:, None, None]
    between = points[before] * (1 - share) + points[after] * share
    return np.where(np.isnan(between), points[np.rint(at).astype(np.int64)], between)


def slow(points: Floats) -> Floats:
    """Every third frame twice: a third longer."""
    frames = np.arange(len(points))
    return points[np.repeat(frames, np.where(frames % 3 == 2, 2, 1))]


def fast(points: Floats) -> Floats:
    """Every second frame: half as long."""
    return points[::2]


def warped(points: Floats, speed: float, bend: float = 0.0) -> Floats:
    """At another tempo, `speed` times as fast on the whole; `bend`, from -1 to 1, makes one half the quicker one."""
    count = max(1, round(len(points) / speed))
    share = np.linspace(0, 1, count) if count > 1 else np.full(1, 0.5)
    share = share + bend * np.sin(np.pi * share) / np.pi
    return at_places(points, share * (len(points) - 1))


def without_frames(points: Floats, share: float, random: np.random.Generator) -> Floats:
    """With so large a share of its frames gone, but for one at least."""
    kept = random.random(len(points)) >= share
    return points[kept] if kept.any() else points[:1]


def noisy(points: Floats, deviation: float, random: np.random.Generator) -> Floats:
    """Every coordinate moved at random; the normal deviation is in extents."""
    noise = random.standard_normal(points.shape, np.float32)
    return points + noise * np.float32(deviation * extent(points))


def turned(points: Floats, degrees: float) -> Floats:
    """Turned in the image about the clip's mean; what is in meters turns with it."""
    angle = np.deg2rad(degrees)
    return _linear(points, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def scaled(points: Floats, factor: float) -> Floats:
    """Larger or smaller about the clip's mean, depth too."""
    middle = mean(points)
    return (points - middle) * np.float32(factor) + middle


def sheared(points: Floats, across: float, down: float) -> Floats:
    """Sheared about the clip's mean: x by a share of y, y by a share of x."""
    return _linear(points, [[1, across], [down, 1]])


def shifted(points: Floats, across: float, down: float) -> Floats:
    """Moved as a whole, in extents."""
    return points + (np.array([across, down, 0]) * extent(points)).astype(np.float32)


def mirrored(points: Floats, skeleton: Skeleton, axis: float = 0.5) -> Floats:
    """As seen in a mirror: x about `axis`, left and right having changed places; meters are about 0.

    0.5 is the middle of the image where points are shares of it; where their origin is the signer it is 0.
    """
    about = np.where(in_image(skeleton), axis, 0.0).astype(np.float32)
    flipped = points.copy()
    flipped[:, :, 0] = 2 * about - points[:, :, 0]
    return flipped[:, mirror_order(skeleton)]


def mirror_order(skeleton: Skeleton) -> npt.NDArray[np.int64]:
    """(points,) which point takes the place of each when the image is flipped."""
    order = np.arange(len(skeleton))
    names = {part.name for part in skeleton.parts}
    for part in skeleton.parts:
        here = skeleton[part.name]
        if part.mirror in names:
            order[here] = np.arange(len(skeleton))[skeleton[part.mirror]]
        for one, other in part.swaps:
            order[[here.start + one, here.start + other]] = here.start + other, here.start + one
    return order


def without_hand(points: Floats, skeleton: Skeleton, share: float, random: np.random.Generator) -> Floats:
    """One of the hands unseen over a stretch of so large a share of the clip; without hands the clip as it is."""
    hands = hand_parts(skeleton)
    if not hands:
        return points
    hand = skeleton[hands[random.integers(len(hands))]]
    stretch = round(share * len(points))
    start = int(random.integers(len(points) - stretch + 1))
    lacking = points.copy()
    lacking[start : start + stretch, hand] = np.nan
    return lacking


def without_points(points: Floats, share: float, random: np.random.Generator) -> Floats:
    """So large a share of the points unseen throughout the clip."""
    lacking = points.copy()
    lacking[:, random.random(points.shape[1]) < share] = np.nan
    return lacking


def mean(points: Floats) -> Floats:
    """(xyz,) of what was seen; 0 where nothing was."""
    seen = points[~np.isnan(points[..., 0])]
    return seen.mean(axis=0) if len(seen) else np.zeros(3, np.float32)


def extent(points: Floats) -> float:
    """The root of the mean square distance of the seen points from their mean, x and y; 0 where nothing was seen."""
    seen = points[~np.isnan(points[..., 0])][:, :2]
    return float(np.sqrt(seen.var(axis=0).sum())) if len(seen) else 0.0


def _linear(points: Floats, by: list[list[float]]) -> Floats:
    middle = mean(points)
    matrix = np.eye(3, dtype=np.float32)
    matrix[:2, :2] = by
    return np.asarray((points - middle) @ matrix.T + middle, np.float32)
