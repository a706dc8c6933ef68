import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.samples.leading import FEWEST, Leading, right_share
from chereme.skeleton import FACE
from tests.factories import make_still
from tests.samples.clips import Place, clip


def moving(step: float, frames: int = 10) -> list[Place]:
    return [(50.0 + step * frame, 120.0) for frame in range(frames)]


@pytest.mark.parametrize(
    ("right", "left", "share"),
    [(9.0, 0.0, 1.0), (0.0, 9.0, 0.0), (6.0, 6.0, 0.5), (9.0, 3.0, 0.75), (9.0, None, 1.0)],
    ids=["right alone", "left alone", "both alike", "right more", "left unseen"],
)
def test_the_share_is_that_of_the_ways(right: float, left: float | None, share: float) -> None:
    track = clip(moving(right), None if left is None else moving(left))
    assert right_share(track) == pytest.approx(share, abs=1e-6)


def test_a_way_is_counted_between_sightings() -> None:
    seen = moving(5.0)
    hidden = [place if row in (0, 9) else None for row, place in enumerate(seen)]
    assert right_share(clip(seen, hidden)) == pytest.approx(0.5)


def test_where_nothing_moves_or_no_hands_are_tracked_there_is_no_share() -> None:
    assert math.isnan(right_share(clip([None] * 5)))
    assert math.isnan(right_share(clip(moving(0.0))))
    assert math.isnan(right_share(make_still(FACE)))


@pytest.mark.parametrize(
    ("left", "right", "neither", "mirrored"),
    [
        (29, 0, 19, True),
        (0, 29, 19, False),
        (10, 10, 0, False),
        (15, 5, 0, True),
        (14, 6, 9, False),
        (19, 0, 99, False),
    ],
    ids=["mirrored", "plain", "half", "most", "at the limit", "too few"],
)
def test_many_left_hands_that_lead_are_mirror_images(left: int, right: int, neither: int, mirrored: bool) -> None:
    counted = Leading.of([0.0] * left + [1.0] * right + [0.5] * neither)
    assert (counted.left, counted.right, counted.neither) == (left, right, neither)
    assert counted.mirrored is mirrored


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=60))
def test_mirrored_the_counts_change_sides(shares: list[float]) -> None:
    one, other = Leading.of(shares), Leading.of([1 - share for share in shares])
    assert one.right + one.left + one.neither == len(shares)
    assert abs(one.right - other.left) <= sum(abs(abs(share - 0.5) - 0.2) < 1e-9 for share in shares)
    assert not (one.mirrored and one.left < FEWEST * 0.7)
