import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.samples.repair import INTERPOLATED, interpolate, smooth
from chereme.skeleton import HANDS
from tests.samples.clips import Place, clip, wrist

HERE, THERE = (100.0, 100.0), (140.0, 60.0)
PATTERNS = st.lists(st.booleans(), min_size=1, max_size=40)


def wandering(seen: list[bool], seed: int = 0) -> list[Place]:
    random = np.random.default_rng(seed)
    return [
        (float(x), float(y)) if s else None
        for s, (x, y) in zip(seen, random.uniform(50, 150, (len(seen), 2)), strict=True)
    ]


def test_a_gap_is_filled_by_time() -> None:
    filled = interpolate(clip([HERE, None, None, THERE], index=[0, 1, 2, 4]), limit=1)
    assert wrist(filled.points)[:, 0] * 320 == pytest.approx([100, 110, 120, 140])
    assert wrist(filled.points)[:, 1] * 240 == pytest.approx([100, 90, 80, 60])


def test_filled_points_are_marked_by_their_score() -> None:
    for ends in ((0.8, 0.6), (0.6, 0.8)):
        track = clip([HERE, None, HERE])
        track.score[:, HANDS["right_hand"]] = np.array([[ends[0]], [0], [ends[1]]])
        score = interpolate(track, limit=1).score[:, HANDS["right_hand"]]
        assert np.allclose(score, np.array([[ends[0]], [0.6 * INTERPOLATED], [ends[1]]]))


def test_the_limit_is_between_sightings_in_seconds() -> None:
    track = clip([HERE, None, None, HERE], fps=25)
    assert interpolate(track, limit=0.119).seen("right_hand").tolist() == [True, False, False, True]
    assert interpolate(track, limit=0.121).seen("right_hand").all()


def test_ends_are_never_filled() -> None:
    assert interpolate(clip([None, HERE, None]), limit=9).seen("right_hand").tolist() == [False, True, False]


def test_each_hand_is_filled_on_its_own() -> None:
    filled = interpolate(clip([HERE, None, HERE], [None, HERE, None]), limit=9)
    assert filled.seen("right_hand").all()
    assert filled.seen("left_hand").tolist() == [False, True, False]


@given(PATTERNS, st.floats(0, 1))
def test_filling_leaves_what_was_seen(seen: list[bool], limit: float) -> None:
    track = clip(wandering(seen))
    filled = interpolate(track, limit)
    was = ~np.isnan(track.points)
    assert np.array_equal(filled.points[was], track.points[was])
    again = interpolate(filled, limit)
    assert np.array_equal(again.points, filled.points, equal_nan=True)


@given(PATTERNS, st.sampled_from([5, 7, 9]))
def test_smoothing_moves_no_nan_and_no_score(seen: list[bool], window: int) -> None:
    track = clip(wandering(seen))
    smoothed = smooth(track, window)
    assert np.array_equal(np.isnan(smoothed.points), np.isnan(track.points))
    assert np.array_equal(smoothed.score, track.score)


def test_smoothing_does_not_cross_a_gap() -> None:
    before, after = wandering([True] * 9, seed=1), wandering([True] * 9, seed=2)
    alone = smooth(clip(before), 7).points
    together = smooth(clip([*before, None, *after]), 7).points
    assert np.array_equal(together[:9], alone, equal_nan=True)


def test_smoothing_keeps_a_parabola_and_calms_noise() -> None:
    t = np.arange(30.0)
    parabola = np.stack([40 + 5 * t, 60 + 0.2 * t**2], axis=1)
    noisy = parabola + np.random.default_rng(0).normal(0, 1, parabola.shape)
    kept = smooth(clip([(x, y) for x, y in parabola.tolist()]), 7)
    calmed = smooth(clip([(x, y) for x, y in noisy.tolist()]), 7)
    size = np.array([320, 240])
    assert np.allclose(wrist(kept.points)[:, :2] * size, parabola, atol=1e-3)
    left = (wrist(calmed.points)[:, :2] * size - parabola).std()
    assert left < 0.8 * (noisy - parabola).std()


def test_short_runs_are_left_alone() -> None:
    track = clip(wandering([True, True, True, True, False, True]))
    assert np.array_equal(smooth(track, 9).points, track.points, equal_nan=True)


def test_far_frames_are_not_smoothed_together() -> None:
    near, far = list(range(9)), list(range(100, 109))
    track = clip(wandering([True] * 18), index=near + far)
    alone = smooth(clip(wandering([True] * 18)[:9]), 7)
    assert np.array_equal(smooth(track, 7).points[:9], alone.points, equal_nan=True)


@pytest.mark.parametrize(("frames", "window"), [(5, 5), (7, 7), (40, 7), (40, 11), (12, 5)])
def test_smoothing_is_scipys(frames: int, window: int) -> None:
    from scipy.signal import savgol_filter

    track = clip(wandering([True] * frames))
    hand = track.skeleton["right_hand"]
    if not track.seen("right_hand").any():
        hand = track.skeleton["left_hand"]
    expected = savgol_filter(track.points[:, hand], window, 2, axis=0)
    np.testing.assert_allclose(smooth(track, window).points[:, hand], expected, atol=1e-5)
