"""A clip in other forms: each change does what it says, and leaves alone what was not seen."""

import numpy as np
import pytest

from chereme.samples import variation
from chereme.skeleton import SKELETONS, Skeleton
from chereme.types import Floats


def clip(skeleton: Skeleton = SKELETONS["hands"], frames: int = 9) -> Floats:
    points = np.random.default_rng(0).uniform(0, 1, (frames, len(skeleton), 3)).astype(np.float32)
    points[2, 3:7] = np.nan
    return points


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_a_mirror_image_of_a_mirror_image_is_the_clip(skeleton: Skeleton) -> None:
    points = clip(skeleton)
    once = variation.mirrored(points, skeleton)
    np.testing.assert_allclose(variation.mirrored(once, skeleton), points, atol=1e-6)
    order = variation.mirror_order(skeleton)
    names = np.array(skeleton.names)
    for one, other in zip(names, names[order], strict=True):
        assert ("left" in one.lower()) == ("right" in other.lower())


def test_slow_and_fast() -> None:
    points = clip()
    np.testing.assert_array_equal(variation.slow(points), points[[0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8]])
    np.testing.assert_array_equal(variation.fast(points), points[[0, 2, 4, 6, 8]])


def test_warping_keeps_both_ends() -> None:
    points = clip()
    for speed, bend in ((0.5, 0.3), (2.0, -0.3), (1.0, 0.0)):
        other = variation.warped(points, speed, bend)
        assert len(other) == round(9 / speed)
        np.testing.assert_allclose(other[[0, -1]], points[[0, -1]], atol=1e-5)


def test_what_was_not_seen_stays_unseen() -> None:
    points, random = clip(), np.random.default_rng(0)
    for other in (
        variation.noisy(points, 0.03, random),
        variation.turned(points, 10),
        variation.scaled(points, 1.2),
        variation.sheared(points, 0.1, 0.1),
        variation.shifted(points, 0.1, 0.1),
    ):
        np.testing.assert_array_equal(np.isnan(other), np.isnan(points))
        assert other.dtype == np.float32


def test_turning_keeps_distances_and_scaling_multiplies_them() -> None:
    points = clip()
    size = variation.extent(points)
    assert variation.extent(variation.turned(points, 33)) == pytest.approx(size, rel=1e-5)
    assert variation.extent(variation.scaled(points, 1.5)) == pytest.approx(1.5 * size, rel=1e-5)
    np.testing.assert_allclose(variation.mean(variation.turned(points, 33)), variation.mean(points), atol=1e-5)


def test_hidden_are_one_hand_some_points_some_frames() -> None:
    points, random = np.nan_to_num(clip()), np.random.default_rng(0)
    lost = np.isnan(variation.without_hand(points, SKELETONS["hands"], 0.34, random)[..., 0])
    assert sorted((lost[:, :21].any(), lost[:, 21:].any())) == [False, True]
    assert lost.any(axis=1).sum() == 3
    lost = np.isnan(variation.without_points(points, 0.3, random)[..., 0])
    assert (lost.all(axis=0) == lost.any(axis=0)).all()
    assert 0 < lost.any(axis=0).sum() < 42
    assert 1 <= len(variation.without_frames(points, 0.99, random)) < 9
