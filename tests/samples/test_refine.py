from typing import Any

import numpy as np
import pytest

from chereme.errors import Rejected, SettingsError
from chereme.plan import Every, FramePlan, Spread
from chereme.samples.refine import Refine
from tests.samples.clips import clip

LAP, CHEST = (150.0, 220.0), (150.0, 100.0)


def test_by_default_only_short_gaps_are_filled() -> None:
    track = clip([None, CHEST, None, LAP, *[None] * 20, CHEST])
    sample = Refine().refine(track, 3)
    assert sample.label == 3
    assert sample.entry is track.shot.entry
    assert np.flatnonzero(sample.track.seen("right_hand")).tolist() == [1, 2, 3, 24]
    was = ~np.isnan(track.points)
    assert np.array_equal(sample.track.points[was], track.points[was])


def test_nothing_filled_when_not_asked() -> None:
    track = clip([CHEST, None, CHEST])
    assert np.array_equal(Refine(fill_gap=0).refine(track, 0).track.points, track.points, equal_nan=True)


def test_quality_is_that_of_the_points_as_tracked() -> None:
    assert Refine().refine(clip([CHEST, None, CHEST, CHEST]), 0).quality.any_hand == 0.75


def test_trimming_comes_before_judging() -> None:
    track = clip([None] * 10 + [CHEST] * 10)
    with pytest.raises(Rejected, match="few_hands"):
        Refine(min_hand_share=0.9).refine(track, 0)
    sample = Refine(min_hand_share=0.9, trim=True, trim_margin=0).refine(track, 0)
    assert sample.track.index.tolist() == list(range(10, 20))
    assert sample.quality.frames == 10


def test_frames_are_those_of_the_clip_however_few_were_tracked() -> None:
    track = clip([CHEST] * 3, index=[20, 30, 40], first=10, frames=50)
    Refine(min_frames=40).refine(track, 0)
    with pytest.raises(Rejected, match="too_few_frames: 40 frames, at least 41"):
        Refine(min_frames=41).refine(track, 0)


def test_trimmed_frames_do_not_count() -> None:
    track = clip([None] * 10 + [CHEST] * 10 + [None] * 5)
    Refine(min_frames=10, trim=True, trim_margin=0).refine(track, 0)
    with pytest.raises(Rejected, match="too_few_frames: 10 frames, at least 11"):
        Refine(min_frames=11, trim=True, trim_margin=0).refine(track, 0)


@pytest.mark.parametrize("settings", [{}, {"trim": True}, {"smooth": "savgol"}])
def test_a_clip_without_hands_or_frames_is_a_reason(settings: dict[str, Any]) -> None:
    for track in (clip([None] * 5), clip([], index=[], frames=5)):
        with pytest.raises(Rejected, match="no_hands"):
            Refine(**settings).refine(track, 0)


def test_smoothing_on_request() -> None:
    track = clip([(100.0 + 5 * (-1) ** i, 100.0) for i in range(20)])
    smoothed = Refine(smooth="savgol").refine(track, 0).track.points
    assert np.nanstd(smoothed[:, 21, 0]) < 0.7 * np.nanstd(track.points[:, 21, 0])


def test_with_trimming_the_first_frames_may_be_anywhere() -> None:
    asked = FramePlan((Every(stride=2, most=32), Spread()))
    assert Refine().plan(asked) is asked
    assert Refine(trim=True).plan(asked) == FramePlan((Every(stride=2), Spread()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_hand_share": 20}, "min-hand-share is a share from 0 to 1, not 20"),
        ({"smooth_window": 6}, "smooth-window is an odd number of at least 5, not 6"),
        ({"smooth_window": 3}, "smooth-window is an odd number"),
        ({"smooth": "euro"}, "smooth is 'none' or 'savgol', not 'euro'"),
        ({"fill_gap": -0.1}, "fill-gap is 0 or more, not -0.1"),
        ({"max_gap": float("nan")}, "max-gap is 0 or more, not nan"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Refine(**settings)
