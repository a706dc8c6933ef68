from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import Rejected, SettingsError
from chereme.plan import Every, FramePlan, Spread
from chereme.samples.sequence import FEATURES, Features, Sequence, feature_names, featured
from chereme.skeleton import FACE, HANDS, HOLISTIC, POSE
from chereme.types import Track
from tests.factories import make_still
from tests.samples.clips import clip

X = FEATURES.index("right_hand.WRIST.x")


def counting(frames: int, first: int = 0, index: list[int] | None = None) -> Track:
    """A right hand whose wrist is at x = frame number / 1000, tracked in the frames of the file that `index` names."""
    index = index or list(range(first, first + frames))
    return clip([(float(i), 100.0) for i in index], index=index, first=first, frames=first + frames, size=(1000, 240))


def numbers(features: Features) -> list[int]:
    """The frames of the file behind each row; 0 where zeros pad."""
    return np.rint(features.values[:, X] * 1000).astype(int).tolist()  # type: ignore[no-any-return]


def sequence(**settings: Any) -> Sequence:
    return Sequence(**({"length": 6, "stride": 2, "min_frames": 1} | settings))


@pytest.mark.parametrize(
    ("settings", "frames", "expected", "length"),
    [
        ({"fit": "truncate"}, 30, [0, 2, 4, 6, 8, 10], 6),
        ({"fit": "truncate"}, 7, [0, 2, 4, 6, 0, 0], 4),
        ({"fit": "truncate", "pad": "last"}, 7, [0, 2, 4, 6, 6, 6], 4),
        ({"fit": "truncate", "pad": "loop"}, 5, [0, 2, 4, 0, 2, 4], 3),
        ({"fit": "truncate", "pad": "loop"}, 7, [0, 2, 4, 6, 0, 2], 4),
        ({"fit": "truncate", "stride": 1}, 30, [0, 1, 2, 3, 4, 5], 6),
        ({"fit": "stride"}, 12, [0, 2, 4, 6, 8, 10], 6),
        ({"fit": "stride"}, 14, [0, 4, 8, 12, 0, 0], 4),
        ({"fit": "stride"}, 24, [0, 4, 8, 12, 16, 20], 6),
        ({"fit": "stride"}, 7, [0, 2, 4, 6, 0, 0], 4),
        ({"fit": "uniform"}, 22, [0, 4, 8, 12, 16, 20], 6),
        ({"fit": "uniform"}, 11, [0, 2, 4, 6, 8, 10], 6),
        ({"fit": "uniform", "pad": "last"}, 6, [0, 1, 2, 2, 3, 4], 6),
        ({"fit": "uniform"}, 1, [0, 0, 0, 0, 0, 0], 6),
    ],
)
def test_which_frames_make_the_sequence(
    settings: dict[str, Any], frames: int, expected: list[int], length: int
) -> None:
    features = sequence(**settings).features(counting(frames))
    assert numbers(features) == pytest.approx(expected, abs=1)
    if settings["fit"] != "uniform":
        assert numbers(features) == expected
    assert features.length == length
    assert features.mask.tolist() == [True] * length + [False] * (6 - length)
    assert features.values.shape == (6, 126)
    assert features.values.dtype == np.float32


@given(
    st.sampled_from(["truncate", "uniform", "stride"]),
    st.integers(1, 4),
    st.integers(1, 60),
    st.integers(0, 7),
    st.integers(1, 5),
    st.integers(1, 9),
)
def test_what_others_asked_to_track_changes_nothing(
    fit: str, stride: int, frames: int, first: int, other: int, count: int
) -> None:
    spec = sequence(fit=fit, stride=stride)
    alone = spec.needs.frames(first, first + frames).tolist()
    union = FramePlan.union([spec.needs, FramePlan((Every(stride=other), Spread(count=count)))])
    together = union.frames(first, first + frames).tolist()
    mine = spec.features(counting(frames, first, alone))
    ours = spec.features(counting(frames, first, together))
    assert np.array_equal(mine.values, ours.values)
    assert mine.length == ours.length


def test_features_are_named_left_before_right() -> None:
    assert len(FEATURES) == 126
    assert FEATURES[:4] == ("left_hand.WRIST.x", "left_hand.WRIST.y", "left_hand.WRIST.z", "left_hand.THUMB_CMC.x")
    assert FEATURES[63] == "right_hand.WRIST.x"
    values = sequence().features(clip([(160.0, 120.0)], [(80.0, 60.0)])).values[0]
    assert values[[0, 1, 63, 64]].tolist() == [0.25, 0.25, 0.5, 0.5]


def test_unseen_is_filled() -> None:
    features = sequence(fill=-1.0).features(clip([(160.0, 120.0), None, None]))
    assert (features.values[0, :63] == -1).all()
    assert (features.values[1] == -1).all()
    assert (features.values[2:] == 0).all()
    assert features.mask.tolist() == [True, True, False, False, False, False]


def test_resampling_lies_on_the_line_and_invents_no_hand() -> None:
    spec = sequence(fit="uniform", stride=1, length=6, fill=-1.0)
    row = spec.features(clip([(100.0, 0.0), (200.0, 0.0), None], size=(1000, 240), fps=10)).values[:, X]
    assert row == pytest.approx([0.1, 0.14, 0.18, 0.2, -1, -1], abs=1e-6)


def test_resampling_is_even_in_time() -> None:
    track = clip([(0.0, 0.0), (100.0, 0.0), (500.0, 0.0)], index=[0, 1, 5], frames=6, size=(1000, 240))
    row = sequence(fit="uniform", stride=1).features(track).values[:, X]
    assert row == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=1e-6)


def test_normalization_sees_the_picked_frames_only() -> None:
    far_away = [(100.0, 100.0), (110.0, 100.0), (900.0, 100.0)]
    spec = sequence(stride=1, length=2, normalize="minmax")
    assert np.array_equal(spec.features(clip(far_away)).values, spec.features(clip(far_away[:2])).values)


@pytest.mark.parametrize(("fit", "most"), [("truncate", 6), ("uniform", None), ("stride", None)])
def test_only_truncating_stops_early(fit: str, most: int | None) -> None:
    assert sequence(fit=fit).needs == FramePlan((Every(stride=2, most=most),))


def test_too_short_a_clip_is_a_reason() -> None:
    spec = sequence(min_frames=4)
    spec.features(counting(7))
    with pytest.raises(Rejected) as caught:
        spec.features(counting(6))
    assert (caught.value.reason, caught.value.detail) == (
        "too_few_frames",
        "3 frames at stride 2, at least 4 asked for",
    )


def test_hands_after_the_end_of_the_sequence_are_a_reason() -> None:
    with pytest.raises(Rejected, match="no_hands"):
        sequence(stride=1, length=3).features(clip([None, None, None, (10.0, 10.0)]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"length": 0}, "length is at least 1, not 0"),
        ({"stride": -1}, "stride is at least 1, not -1"),
        ({"min_frames": 7}, "min-frames is at most length, 6, not 7"),
        ({"fit": "squeeze"}, "fit is one of truncate, uniform, stride, not 'squeeze'"),
        ({"pad": "x"}, "pad is one of zeros, last, loop"),
        ({"normalize": "x"}, "normalize is one of none, hand, body, minmax"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        sequence(**settings)


def test_where_no_hands_are_tracked_everything_is_in_the_sequence() -> None:
    assert len(Sequence(length=8).features(make_still(FACE)).values[0]) == len(feature_names(FACE)) == 468 * 3
    assert feature_names(FACE)[:3] == ("face.0.x", "face.0.y", "face.0.z")
    assert feature_names(HANDS) == FEATURES
    assert not any(name.startswith("body_world") for name in feature_names(POSE))
    with pytest.raises(Rejected, match="no face in any of the 10 frames"):
        Sequence().features(make_still(FACE, seen=0))


def test_parts_can_be_chosen() -> None:
    track = make_still(HOLISTIC)
    assert feature_names(HOLISTIC) == FEATURES
    np.testing.assert_array_equal(
        Sequence(length=8).features(track).values,
        Sequence(length=8, parts=("left_hand", "right_hand")).features(track).values,
    )
    names = feature_names(HOLISTIC, ("body_world", "left_hand"))
    assert (names[0], names[-1], len(names)) == ("body_world.NOSE.x", "left_hand.PINKY_TIP.z", (33 + 21) * 3)
    values = Sequence(length=8, parts=("body_world", "left_hand"), normalize="body").features(track).values
    np.testing.assert_allclose(values[0, :99], track.points[0, HOLISTIC["body_world"]].ravel())


def test_parts_that_are_not_tracked_are_refused() -> None:
    with pytest.raises(SettingsError, match="tracks of hands have no part 'bdy'"):
        featured(HANDS, ("bdy",))
