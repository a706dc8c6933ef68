import numpy as np
import pytest

from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import TWINS, Hand, twins

SIZE = 100.0


def hand(*, right: float = 0.0, turned: bool = False) -> Hand:
    """A hand whose points lie on a line across the middle of its region."""
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = np.linspace(-20, 20, 21)[:: -1 if turned else 1] + right
    return Hand(points, 0.9, 0.5, Region(right, 0, SIZE))


@pytest.mark.parametrize("right", [0.0, 0.9 * TWINS * SIZE, -0.9 * TWINS * SIZE])
def test_points_at_the_same_places_are_one_hand(right: float) -> None:
    assert twins(hand(), hand(right=right))


def test_hands_side_by_side_are_two() -> None:
    assert not twins(hand(), hand(right=1.1 * TWINS * SIZE))


def test_hands_in_one_region_that_point_apart_are_two() -> None:
    assert not twins(hand(), hand(turned=True))
