import numpy as np
import pytest

from chereme.landmarks.follow import Path
from chereme.landmarks.hand import Hand, region_around
from chereme.landmarks.sides import right_hands

SHAPE = np.random.default_rng(1).uniform(-20, 20, (21, 3)).astype(np.float32)
SECONDS = np.arange(40) / 15


def path(first: int, right: list[float], x: float = 100) -> Path:
    """A hand that stays at x, with the network's votes for the right hand."""
    points = SHAPE + np.array([x, 100, 0], np.float32)
    hand = [Hand(points, 0.9, vote, region_around(points)) for vote in right]
    return Path(dict(enumerate(hand, start=first)))


@pytest.mark.parametrize("mirror", [False, True])
def test_a_hand_alone_is_what_most_of_its_sightings_say(mirror: bool) -> None:
    paths = [path(0, [0.9, 0.2, 0.9, 0.9])]
    assert right_hands(paths, SECONDS, mirror=mirror) == [not mirror]


def test_no_paths_have_no_sides() -> None:
    assert right_hands([], SECONDS, mirror=False) == []


def test_two_hands_at_once_are_never_the_same_side() -> None:
    paths = [path(0, [0.99] * 8, x=50), path(0, [0.7] * 8, x=250)]
    assert right_hands(paths, SECONDS, mirror=False) == [True, False]


@pytest.mark.parametrize("mirror", [False, True])
def test_equal_claims_are_settled_by_place(mirror: bool) -> None:
    # On an image that is no mirror's, the signer's right hand is on the left.
    paths = [path(0, [0.5] * 4, x=250), path(0, [0.5] * 4, x=50)]
    assert right_hands(paths, SECONDS, mirror=mirror) == [mirror, not mirror]


def test_crossed_hands_keep_their_votes() -> None:
    paths = [path(0, [0.95] * 10, x=250), path(0, [0.05] * 10, x=50)]
    assert right_hands(paths, SECONDS, mirror=False) == [True, False]


def test_a_hand_that_comes_back_where_it_left_keeps_its_side_against_one_doubtful_vote() -> None:
    paths = [path(0, [0.98] * 10), path(12, [0.4])]
    assert right_hands(paths, SECONDS, mirror=False) == [True, True]
    late = [path(0, [0.98] * 5), path(35, [0.02] * 5)]
    assert right_hands(late, SECONDS, mirror=False) == [True, False]


def test_a_chain_of_overlapping_paths_alternates() -> None:
    paths = [path(0, [0.9] * 10, x=50), path(5, [0.1] * 15, x=250), path(12, [0.6] * 10, x=50)]
    assert right_hands(paths, SECONDS, mirror=False) == [True, False, True]
    assert right_hands(paths[::-1], SECONDS, mirror=False) == [True, False, True]
