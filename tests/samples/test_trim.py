import numpy as np

from chereme.samples.trim import trim
from chereme.types import Track
from tests.samples.clips import PALM, clip

LAP, CHEST = (150.0, 220.0), (150.0, 100.0)


def rise_and_fall(rest: int = 20, move: int = 5, hold: int = 10) -> Track:
    """At rest, up, held, down, at rest."""
    up = [(150.0, float(y)) for y in np.linspace(LAP[1], CHEST[1], move + 2)[1:-1]]
    return clip([LAP] * rest + up + [CHEST] * hold + up[::-1] + [LAP] * rest)


def cut(track: Track, still: float = 1.0, drop: float = 2.0, margin: float = 0.0) -> list[int]:
    return list(trim(track, still=still, drop=drop, margin=margin).index.tolist())


def test_rest_is_cut_and_the_hold_is_kept() -> None:
    # the frames just before and after the motion have half of its speed
    assert cut(rise_and_fall(rest=20, move=5, hold=10)) == list(range(19, 41))


def test_the_margin_is_in_seconds() -> None:
    assert cut(rise_and_fall(rest=20, move=5, hold=10), margin=0.081) == list(range(17, 43))


def test_frames_without_hands_at_the_ends_are_cut() -> None:
    assert cut(clip([None] * 5 + [CHEST] * 10 + [None] * 5)) == list(range(5, 15))


def test_an_unseen_stretch_within_the_sign_stays() -> None:
    assert cut(clip([CHEST] * 5 + [None] * 5 + [CHEST] * 5)) == list(range(15))


def test_a_still_sign_is_no_rest() -> None:
    assert cut(clip([LAP] * 10)) == list(range(10))


def test_a_resting_hand_does_not_hide_the_signing_one() -> None:
    signing = [(100.0 + 10 * i, 100.0) for i in range(10)]
    assert cut(clip([LAP] * 10, signing)) == list(range(10))


def test_nothing_seen_nothing_cut() -> None:
    assert cut(clip([None] * 6)) == list(range(6))


def test_drop_and_speed_are_in_hand_sizes() -> None:
    low = (150.0, CHEST[1] + 2.5 * PALM)
    places = [low] * 10 + [CHEST] * 10
    assert cut(clip(places), drop=2) == list(range(9, 20))
    assert cut(clip(places), drop=3) == list(range(20))
    drifting = [(150.0 + 0.04 * PALM * i, 220.0) for i in range(10)]
    assert len(cut(clip(drifting + [CHEST] * 5), still=0.9)) == 15
    assert len(cut(clip(drifting + [CHEST] * 5), still=1.1)) == 6
