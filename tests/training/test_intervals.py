import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from chereme.training.intervals import over_classes, over_groups, wilson


@given(st.integers(1, 3000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_is_scipys(pair: tuple[int, int]) -> None:
    ours, theirs = wilson(*pair), binomtest(*pair).proportion_ci(0.95, method="wilson")
    assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high], abs=1e-9)
    assert 0 <= ours.low <= ours.value <= ours.high <= 1


@pytest.mark.parametrize(("right", "of"), [(0, 0), (2, 1), (-1, 1)])
def test_no_share_of_nothing(right: int, of: int) -> None:
    with pytest.raises(ValueError, match="at least one clip"):
        wilson(right, of)


def test_every_class_counts_alike() -> None:
    right, labels = np.array([True] * 9 + [False]), np.array([3] * 9 + [7])
    found = over_classes(right, labels)
    assert found.value == 0.5
    assert found.low <= 0.5 <= found.high
    assert over_classes(right, labels) == found, "the same under a seed"


def test_the_bootstrap_over_classes_holds_the_truth() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(20), 10)
    held = 0
    for seed in range(20):
        found = over_classes(random.random(200) < 0.6, labels, seed)
        held += found.low <= 0.6 <= found.high
    assert held >= 16


def test_groups_come_and_go_together() -> None:
    right = np.array([True] * 50 + [False] * 50)
    alone = over_groups(right, [str(clip) for clip in range(100)])
    together = over_groups(right, [str(clip // 10) for clip in range(100)])
    assert alone is not None
    assert together is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert over_groups(right, [""] * 100) == alone, "without a group, each is its own"


def test_too_few_groups_say_nothing() -> None:
    assert over_groups(np.array([True, False]), ["a", "b"]) is None


@pytest.mark.parametrize("right", [True, False])
def test_where_all_are_alike_the_interval_still_has_a_width(right: bool) -> None:
    all_alike, labels = np.full(12, right), np.arange(12) % 3
    by_class = over_classes(all_alike, labels)
    by_group = over_groups(all_alike, [str(clip % 6) for clip in range(12)])
    assert by_group is not None
    assert by_class.value == by_group.value == float(right)
    assert by_group.high - by_group.low > by_class.high - by_class.low > 0.1, "fewer groups say less"
