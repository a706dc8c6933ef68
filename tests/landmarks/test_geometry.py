from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chereme.landmarks.geometry import (
    Region,
    aligned,
    cut,
    distance,
    letterbox,
    region_to_image,
    share_inside,
    to_image,
    to_region,
    upright,
    wrapped,
)
from chereme.landmarks.hand import region_around

REGIONS = st.builds(
    Region,
    st.floats(-100, 400),
    st.floats(-100, 400),
    st.floats(5, 800),
    st.floats(-pi, pi),
)
POINTS = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).uniform(0, 224, (21, 3)))


@given(REGIONS, POINTS)
def test_points_return_from_the_image(
    region: Region, points: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> None:
    there = to_image(points, region, 224)
    np.testing.assert_allclose(to_region(there, region, 224), points, atol=0.05)


@given(REGIONS)
def test_the_middle_of_a_region_is_its_center(region: Region) -> None:
    middle = to_image(np.array([[112.0, 112.0]]), region, 224)
    np.testing.assert_allclose(middle, [[region.x, region.y]], atol=1e-3)


def test_a_region_turned_clockwise_has_its_top_on_the_right() -> None:
    top = to_image(np.array([[112.0, 0.0]]), Region(100, 100, 50, pi / 2), 224)
    np.testing.assert_allclose(top, [[125, 100]], atol=1e-4)


def test_depth_scales_as_width_does() -> None:
    ends = to_image(np.array([[0.0, 0.0, 10.0], [10.0, 0.0, 0.0]]), Region(0, 0, 448), 224)
    assert ends[0, 2] == pytest.approx(ends[1, 0] - ends[0, 0])


@given(st.floats(-50, 50))
def test_angles_wrap_to_one_turn(angle: float) -> None:
    assert -pi <= wrapped(angle) < pi + 1e-9
    assert cos(wrapped(angle)) == pytest.approx(cos(angle), abs=1e-9)


@pytest.mark.parametrize(("x", "y", "angle"), [(0, -1, 0), (1, 0, pi / 2), (-1, 0, -pi / 2)])
def test_upright_is_the_clockwise_angle_from_up(x: float, y: float, angle: float) -> None:
    assert upright(x, y) == pytest.approx(angle)


def test_a_cut_of_the_whole_image_at_its_size_is_the_image() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    np.testing.assert_array_equal(cut(image, letterbox(64, 64), 64), image)


def test_a_letterbox_has_black_beside_a_narrow_image() -> None:
    image = np.full((64, 32, 3), 200, np.uint8)
    found = cut(image, letterbox(32, 64), 64, black=True)
    assert found[:, :15].max() == 0
    assert found[:, 17:47].min() == 200
    assert cut(image, letterbox(32, 64), 64).min() == 200


def test_a_spot_is_cut_where_its_point_is_placed() -> None:
    y, x = np.mgrid[0:200, 0:200]
    spot = np.exp(-((x - 120) ** 2 + (y - 70) ** 2) / 18)
    image = np.repeat((255 * spot).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    region = Region(100, 90, 120, 0.7)
    brightest = np.unravel_index(cut(image, region, 224)[..., 0].argmax(), (224, 224))
    np.testing.assert_allclose(to_region(np.array([[120.0, 70.0]]), region, 224)[0], brightest[::-1], atol=1.5)


@given(POINTS, st.floats(-pi, pi), st.floats(-300, 300), st.floats(0.2, 5))
def test_a_hand_turned_moved_and_scaled_has_its_region_so(
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]], angle: float, move: float, scale: float
) -> None:
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    plain = region_around(points)
    turned = region_around(scale * points[:, :2] @ turn.T + move)
    center = scale * turn @ [plain.x, plain.y] + move
    assert distance(turned, Region(center[0], center[1], 1)) < 1e-6 * scale * 224
    assert turned.size == pytest.approx(scale * plain.size)
    assert abs(wrapped(turned.rotation - plain.rotation - angle)) < 1e-6


@given(st.integers(0, 80), st.integers(0, 60), st.floats(5, 200), st.floats(-pi, pi), st.booleans())
def test_an_exact_cut_is_of_places_in_32nds(x: int, y: int, size: float, rotation: float, black: bool) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    region = Region(x, y, size, rotation)
    exact = cut(image, region, 24, black=black, exact=True)
    matrix = region_to_image(region, 24)
    rows, columns = np.mgrid[:24, :24]
    places = np.tensordot(np.stack([columns, rows], axis=-1), matrix[:, :2].T, 1) + matrix[:, 2]
    # A place may lie on the border between two 32nds, and fall to either side; a region may put whole rows there.
    assume((np.abs(places * 32 % 1 - 0.5) < 1e-3).mean() < 0.01)
    steps = np.rint(places * 32).astype(int)
    padded = np.pad(image.astype(float), ((300, 300), (300, 300), (0, 0)), mode="constant" if black else "edge")
    left, top = np.moveaxis(steps // 32 + 300, -1, 0)
    across, down = np.moveaxis(steps % 32 / 32, -1, 0)[..., None]
    upper = padded[top, left] * (1 - across) + padded[top, left + 1] * across
    lower = padded[top + 1, left] * (1 - across) + padded[top + 1, left + 1] * across
    expected = upper * (1 - down) + lower * down
    assert (np.abs(exact - expected) <= 0.51).mean() > 0.98


def test_a_region_around_a_circle_points_to_its_edge() -> None:
    region = aligned(np.array([10.0, 20.0]), np.array([13.0, 24.0]), 1.5)
    assert (region.x, region.y, region.size) == (10, 20, 15)
    assert region.rotation == pytest.approx(pi - np.arctan2(3, 4))


@pytest.mark.parametrize(
    ("x", "y", "size", "share"),
    [(40, 30, 20, 1), (0, 30, 20, 0.5), (80, 60, 20, 0.25), (40, 80, 20, 0), (40, 30, 200, 80 * 60 / 200**2)],
)
def test_how_much_of_a_region_is_in_the_image(x: float, y: float, size: float, share: float) -> None:
    assert share_inside(Region(x, y, size, 0.3), 80, 60) == pytest.approx(share)
