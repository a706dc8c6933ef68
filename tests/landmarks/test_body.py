"""Bodies: regions and refinement by hand, and what the networks' outputs mean."""

from math import pi

import numpy as np
import pytest

from chereme.landmarks.body import BODY, Body, Smoother, refined, turned
from chereme.landmarks.body_detector import Figure
from chereme.landmarks.geometry import aligned
from chereme.types import Floats


def body(x: float = 0.0, circle: tuple[float, float] = (0.0, -10.0)) -> Body:
    points = np.zeros((BODY, 3), np.float32)
    points[:, 0] = x
    world = np.full((BODY, 3), x, np.float32)
    around = np.array([[0, 0, 0], [*circle, 0]], np.float32)
    return Body(points=points, visibility=np.full(BODY, x, np.float32), world=world, circle=around, presence=1.0)


@pytest.mark.parametrize(
    ("edge", "size", "rotation"),
    [((0, -10), 25, 0), ((10, 0), 25, pi / 2), ((0, 10), 25, -pi), ((-3, -4), 12.5, -np.arctan2(3, 4))],
)
def test_a_body_is_looked_for_around_its_circle_upright(
    edge: tuple[float, float], size: float, rotation: float
) -> None:
    region = body(circle=edge).region
    assert (region.x, region.y) == (0, 0)
    assert region.size == pytest.approx(size)
    assert region.rotation == pytest.approx(rotation)


def test_a_detection_leads_to_body_and_face() -> None:
    keypoints = np.array([[100, 200], [100, 120], [0, 0], [0, 0]], np.float32)
    figure = Figure(0.9, np.array([90, 20, 120, 60], np.float32), keypoints)
    assert figure.region == aligned(keypoints[0], keypoints[1], 1.25)
    assert figure.region.size == pytest.approx(200)
    assert (figure.face.x, figure.face.y, figure.face.size) == (105, 40, 40)


def heat(cells: dict[tuple[int, int], float], points: int = 1) -> Floats:
    """(64, 64, points) logits, very low but in some cells (column, row) of the first point's layer."""
    logits = np.full((64, 64, points), -50, np.float32)
    for (column, row), likely in cells.items():
        logits[row, column, 0] = np.log(likely / (1 - likely))
    return logits


@pytest.mark.parametrize(
    ("place", "cells", "expected"),
    [
        ((40, 80), {(12, 20): 0.9}, (48, 80)),  # all weight in column 12, of 4 pixels
        ((40, 80), {(10, 20): 0.6, (12, 20): 0.6}, (44, 80)),
        ((40, 80), {(10, 20): 0.8, (10, 22): 0.4}, (40, 80 + 8 / 3)),
        ((40, 80), {(12, 20): 0.4}, (40, 80)),  # not sure enough
        ((40, 80), {(15, 20): 0.9}, (40, 80)),  # too far: four cells each way
        ((40, 80), {(14, 24): 0.9}, (56, 96)),
        ((2, 2), {(0, 0): 0.9}, (0, 0)),  # at the border the window is smaller
        ((-30, 80), {(0, 20): 0.9}, (-30, 80)),  # outside
        ((40, 300), {(10, 63): 0.9}, (40, 300)),
    ],
)
def test_refined_by_hand(
    place: tuple[float, float], cells: dict[tuple[int, int], float], expected: tuple[float, float]
) -> None:
    moved = refined(np.array([place], np.float32), heat(cells))
    np.testing.assert_allclose(moved[0], expected, atol=1e-3)


def test_each_point_has_its_layer() -> None:
    places = np.array([[40, 80], [40, 80]], np.float32)
    np.testing.assert_allclose(refined(places, heat({(12, 20): 0.9}, points=3)), [[48, 80], [40, 80]], atol=1e-3)


def test_world_turns_with_the_region() -> None:
    world = np.array([[1, 0, 5], [0, 1, 5]], np.float32)
    np.testing.assert_allclose(turned(world, pi / 2), [[0, 1, 5], [-1, 0, 5]], atol=1e-6)


def test_a_body_that_rests_is_not_changed_and_one_that_moves_follows() -> None:
    smooth = Smoother()
    first = smooth(body(1.0), 0.04)
    np.testing.assert_array_equal(first.points, body(1.0).points)
    again = smooth(body(1.0), 0.04)
    np.testing.assert_allclose(again.points, body(1.0).points)
    moved = smooth(body(2.0), 0.04)
    assert (moved.points[:, 0] > 1).all()
    assert (moved.points[:, 0] < 2).all()
    np.testing.assert_allclose(moved.visibility, 1.1, rtol=1e-6)  # a tenth of the new
    assert (moved.world > 1).all()
    assert (moved.world < 2).all()
