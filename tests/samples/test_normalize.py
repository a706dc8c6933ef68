from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.samples.normalize import Normalization, hand_sizes, normalize, pixels
from chereme.skeleton import FACE, HAND_POINTS, HANDS, POSE, Part, Skeleton
from chereme.types import Track
from tests.factories import make_still
from tests.samples.clips import Place, clip, wrist

PLACE = st.one_of(st.none(), st.tuples(st.floats(20, 300), st.floats(20, 220)))
CLIPS = st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=8)
WAYS = st.sampled_from(["none", "hand", "body", "minmax"])


def two_hands(places: list[tuple[Place, Place]], **facts: object) -> Track:
    return clip([right for right, _ in places], [left for _, left in places], **facts)  # type: ignore[arg-type]


def moved(places: list[tuple[Place, Place]], scale: float, x: float, y: float) -> list[tuple[Place, Place]]:
    def move(place: Place) -> Place:
        return place and (place[0] * scale + x, place[1] * scale + y)

    return [(move(right), move(left)) for right, left in places]


@given(CLIPS, WAYS)
def test_unseen_stays_unseen_and_seen_stays_seen(places: list[tuple[Place, Place]], how: Normalization) -> None:
    track = two_hands(places)
    points = normalize(track, how)
    assert points.shape == track.points.shape
    assert points.dtype == np.float32
    assert np.array_equal(np.isnan(points), np.isnan(track.points))


@pytest.mark.parametrize("how", ["hand", "body", "minmax"])
@given(
    places=CLIPS,
    scale=st.floats(0.25, 4),
    x=st.floats(-200, 200),
    y=st.floats(-200, 200),
    size=st.tuples(st.integers(100, 2000), st.integers(100, 2000)),
)
def test_place_size_and_shape_of_the_image_do_not_matter(
    how: Normalization, places: list[tuple[Place, Place]], scale: float, x: float, y: float, size: tuple[int, int]
) -> None:
    usual = normalize(two_hands(places), how)
    other = normalize(two_hands(moved(places, scale, x, y), scale=scale, size=size), how)
    assert np.allclose(usual, other, atol=2e-3, equal_nan=True)


@given(CLIPS)
def test_hands_have_their_wrist_at_the_origin_and_palms_of_one(places: list[tuple[Place, Place]]) -> None:
    points = normalize(two_hands(places), "hand")
    for part in ("left_hand", "right_hand"):
        hand = points[:, HANDS[part]]
        hand = hand[~np.isnan(hand[:, 0, 0])]
        assert (hand[:, 0] == 0).all()
        assert np.allclose(np.linalg.norm(hand[:, HAND_POINTS.index("MIDDLE_FINGER_MCP")], axis=1), 1, atol=1e-4)


@given(CLIPS)
def test_minmax_fills_zero_to_one(places: list[tuple[Place, Place]]) -> None:
    points = normalize(two_hands(places), "minmax")
    seen = points[~np.isnan(points).any(axis=2)]
    if seen.size:
        assert (seen.min(axis=0) == 0).all()
        assert (seen.max(axis=0) == 1).all()


@given(CLIPS)
def test_the_extent_of_the_hands_is_from_minus_one_to_one(places: list[tuple[Place, Place]]) -> None:
    points = normalize(two_hands(places), "body")[..., :2]
    seen = points[~np.isnan(points).any(axis=2)]
    if seen.size:
        assert np.abs(seen).max() == pytest.approx(1, abs=1e-4)
        assert np.allclose(seen.min(axis=0) + seen.max(axis=0), 0, atol=1e-4)


def test_body_keeps_the_path_of_the_hands() -> None:
    points = normalize(clip([(100.0, 100.0), (140.0, 100.0), (180.0, 100.0)]), "body")
    steps = np.diff(wrist(points)[:, 0])
    assert steps[0] == pytest.approx(steps[1])
    assert steps[0] > 0.1


def test_a_hand_without_size_has_no_coordinates() -> None:
    assert np.isnan(normalize(clip([(100.0, 100.0)], scale=0), "hand")).all()


BODY = Part(name="body", points=("NOSE", "LEFT_SHOULDER", "RIGHT_SHOULDER"), edges=(), mirror="body")
UPPER = Skeleton("upper", (BODY, *HANDS.parts))


def with_body(track: Track, body: npt.NDArray[np.float64]) -> Track:
    """A track of hands with a body of (frames, 3, xy) in pixels before them, NaN where unseen."""
    media = track.shot.media
    shares = np.concatenate([body, np.where(np.isnan(body[..., :1]), np.nan, 0)], axis=2)
    shares = (shares / (media.width, media.height, media.width)).astype(np.float32)
    return replace(
        track,
        skeleton=UPPER,
        points=np.concatenate([shares, track.points], axis=1),
        score=np.concatenate([(~np.isnan(shares[..., 0])).astype(np.float32), track.score], axis=1),
    )


def test_with_a_body_the_shoulders_are_the_measure() -> None:
    body = np.array([[[150, 50], [200, 100], [100, 100]]] * 3, np.float64)
    body[1, 1] = np.nan
    points = normalize(with_body(clip([(150.0, 100.0), (250.0, 100.0), (150.0, 150.0)]), body), "body")
    places = points[:, UPPER["right_hand"]][:, 0, :2]
    assert np.allclose(places, np.array([[0, 0], [1, 0], [0, 0.5]]), atol=1e-5)
    assert np.allclose(points[0, :3, :2], np.array([[0, -0.5], [0.5, 0], [-0.5, 0]]), atol=1e-5)


def test_a_body_never_seen_leaves_the_hands() -> None:
    track = clip([(100.0, 100.0), (140.0, 60.0)])
    unseen = with_body(track, np.full((2, 3, 2), np.nan))
    assert np.array_equal(normalize(unseen, "body")[:, 3:], normalize(track, "body"), equal_nan=True)


def test_where_no_hands_are_tracked_the_box_is_around_everything() -> None:
    track = make_still(FACE, 2)
    found = normalize(track, "hand")[..., :2]
    assert np.abs(found).max() == pytest.approx(1)
    assert hand_sizes(pixels(track), FACE).shape == (2, 0)


@pytest.mark.parametrize("how", ["none", "hand", "body", "minmax"])
def test_points_in_meters_stay_as_tracked(how: Normalization) -> None:
    track = make_still(POSE, 3)
    world = POSE["body_world"]
    np.testing.assert_array_equal(normalize(track, how)[:, world], track.points[:, world])
    np.testing.assert_allclose(pixels(track)[:, world], track.points[:, world])
