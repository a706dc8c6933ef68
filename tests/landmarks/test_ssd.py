import numpy as np
import pytest

from chereme.landmarks.palm import GRIDS, SIDE
from chereme.landmarks.ssd import anchors, decode, overlaps, suppress
from chereme.types import Floats

CANDIDATES = 2016
PLACES = anchors(SIDE, GRIDS)


def raw(logits: dict[int, float]) -> tuple[Floats, Floats]:
    """Network output with boxes of 40 by 20 pixels around each anchor, all keypoints on it."""
    boxes = np.zeros((CANDIDATES, 18), np.float32)
    boxes[:, 2:4] = 40, 20
    scores = np.full(CANDIDATES, -200, np.float32)
    for place, logit in logits.items():
        scores[place] = logit
    return boxes, scores


def test_anchors_are_the_centers_of_the_cells() -> None:
    places = PLACES
    assert places.shape == (CANDIDATES, 2)
    np.testing.assert_array_equal(places[:4], [[4, 4], [4, 4], [12, 4], [12, 4]])
    np.testing.assert_array_equal(places[1152:1159], [[8, 8]] * 6 + [[24, 8]])
    np.testing.assert_array_equal(places[-1], [SIDE - 8, SIDE - 8])


def test_decoding_keeps_what_reaches_the_threshold() -> None:
    boxes, keypoints, scores = decode(*raw({0: 0.0, 2: -0.1, 4: 500.0}), PLACES, 0.5)
    np.testing.assert_allclose(scores, [0.5, 1.0])
    np.testing.assert_allclose(boxes, [[-16, -6, 24, 14], [0, -6, 40, 14]])
    np.testing.assert_allclose(keypoints[1], [[20, 4]] * 7)


def test_nothing_above_the_threshold_is_no_palm() -> None:
    assert suppress(*decode(*raw({}), PLACES, 0.5)) == []


def test_overlapping_candidates_become_their_weighted_mean() -> None:
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]], np.float32)
    keypoints = np.repeat(boxes[:, np.newaxis, :2], 7, axis=1)
    palms = suppress(boxes, keypoints, np.array([0.9, 0.6, 0.7], np.float32))
    assert [palm.score for palm in palms] == pytest.approx([0.9, 0.7])
    np.testing.assert_allclose(palms[0].box, [0.8, 0, 10.8, 10], atol=1e-5)
    np.testing.assert_allclose(palms[0].keypoints[0], [0.8, 0], atol=1e-5)


def test_overlaps_are_intersection_over_union() -> None:
    one = np.array([0, 0, 2, 2], np.float32)
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 2, 3, 3]], np.float32)
    np.testing.assert_allclose(overlaps(one, others), [1, 1 / 3, 0], atol=1e-6)
