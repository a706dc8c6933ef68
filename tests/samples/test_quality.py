import math
from dataclasses import replace

import numpy as np
import pytest

from chereme.errors import Rejected
from chereme.samples.quality import NEAR, enforce, measure
from chereme.skeleton import FACE
from chereme.types import REASONS, Quality
from tests.factories import make_still
from tests.samples.clips import PALM, clip

HERE = (100.0, 100.0)
GOOD = Quality(
    frames=40,
    seen={"left_hand": 0.5, "right_hand": 1.0},
    any_hand=0.5,
    longest_gap=0.4,
    jitter=0.05,
    hand_px=30,
    score=0.9,
)


def test_a_part_s_share_is_of_the_tracked_frames() -> None:
    quality = measure(clip([HERE, HERE, HERE, None], [None, None, None, HERE]))
    assert quality.frames == 4
    assert quality.seen == {"left_hand": 0.25, "right_hand": 0.75}
    assert quality.any_hand == 1
    assert quality.score == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("seen", "seconds"),
    [
        ("11111", 0),
        ("10111", 1 / 25),
        ("1001011000", 2 / 25),
        ("0001100", 0),
        ("00000", 0),
    ],
    ids=["none", "one", "the longest, not the end", "ends do not count", "no hand"],
)
def test_the_longest_gap_lies_between_sightings(seen: str, seconds: float) -> None:
    assert measure(clip([HERE if s == "1" else None for s in seen])).longest_gap == pytest.approx(seconds)


def test_the_other_hand_closes_a_gap() -> None:
    assert measure(clip([HERE, None, HERE], [None, HERE, None])).longest_gap == 0


def test_a_far_frame_without_a_hand_counts_for_little() -> None:
    track = clip([HERE, None, HERE], index=[0, 50, 100])
    assert measure(track).longest_gap == NEAR


def test_hand_size_is_in_pixels_whatever_the_image() -> None:
    for size in ((320, 240), (240, 320), (1280, 720)):
        assert measure(clip([HERE] * 3, size=size, scale=2)).hand_px == pytest.approx(2 * PALM, rel=1e-5)


def test_even_motion_does_not_tremble() -> None:
    assert measure(clip([(10.0 + 5 * i, 20.0 + 3 * i) for i in range(20)])).jitter == pytest.approx(0, abs=1e-5)


def test_even_motion_seen_at_uneven_times_does_not_tremble() -> None:
    index = [0, 2, 3, 4, 6, 8, 9, 10, 12]
    assert measure(clip([(10.0 + 5 * i, 20.0) for i in index], index=index)).jitter == pytest.approx(0, abs=1e-5)


def test_tremble_is_in_hand_sizes() -> None:
    for scale in (1.0, 3.0):
        trembling = [(100.0 + 2 * scale * (-1) ** i, 100.0) for i in range(10)]
        assert measure(clip(trembling, scale=scale)).jitter == pytest.approx(4 / PALM, rel=1e-4)


def test_tremble_of_far_frames_is_unknown() -> None:
    assert math.isnan(measure(clip([(float(i * i), 0.0) for i in range(5)], index=[0, 20, 40, 60, 80])).jitter)


def test_no_hands_have_no_size() -> None:
    quality = measure(clip([None] * 5))
    assert (quality.any_hand, quality.score) == (0, 0)
    assert math.isnan(quality.hand_px)
    assert math.isnan(quality.jitter)


@pytest.mark.parametrize(
    ("limits", "reason", "detail"),
    [
        ({"min_frames": 41}, "too_few_frames", "40 frames, at least 41"),
        ({"min_hand_share": 0.6}, "few_hands", "50% of frames, at least 60%"),
        ({"max_gap": 0.3}, "long_gap", "0.40 s, at most 0.3 s"),
        ({"min_hand_px": 31}, "small_hands", "30.0 px, at least 31 px"),
        ({"max_jitter": 0.04}, "jitter", "0.050 hand sizes, at most 0.04"),
    ],
)
def test_a_limit_not_kept_is_a_reason(limits: dict[str, float], reason: str, detail: str) -> None:
    with pytest.raises(Rejected) as caught:
        enforce(GOOD, 40, **limits)  # type: ignore[arg-type]
    assert caught.value.reason == reason
    assert reason in REASONS
    assert detail in caught.value.detail


def test_limits_are_kept_at_their_value() -> None:
    enforce(GOOD, 40, min_frames=40, min_hand_share=0.5, max_gap=0.4, min_hand_px=30, max_jitter=0.05)


def test_no_hand_is_always_a_reason() -> None:
    with pytest.raises(Rejected, match="no_hands"):
        enforce(replace(GOOD, any_hand=0.0), 40)


def test_unknown_tremble_is_not_held_against_a_clip() -> None:
    enforce(replace(GOOD, jitter=np.nan), 40, max_jitter=0.01)


def test_where_no_hands_are_tracked_nothing_is_said_of_them() -> None:
    quality = measure(make_still(FACE, 10, seen=4))
    assert quality.seen == {"face": 0.4}
    assert quality.score == pytest.approx(0.9)
    assert all(math.isnan(value) for value in (quality.any_hand, quality.longest_gap, quality.jitter, quality.hand_px))
    enforce(quality, 10, min_hand_share=0.5, max_gap=0.1, min_hand_px=99, max_jitter=0)


def test_where_no_hands_are_tracked_a_clip_that_shows_nothing_is_out() -> None:
    with pytest.raises(Rejected, match="no face in any of 10 frames") as trouble:
        enforce(measure(make_still(FACE, 10, seen=0)), 10)
    assert trouble.value.reason == "no_face"
