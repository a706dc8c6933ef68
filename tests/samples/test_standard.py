import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import Rejected
from chereme.samples.normalize import pixels
from chereme.samples.standard import canvas, shoulder_widths
from chereme.skeleton import HOLISTIC
from tests.people import Build, person, unseen
from tests.samples.clips import clip

SHOULDERS = [HOLISTIC.names.index(f"body.{side}_SHOULDER") for side in ("LEFT", "RIGHT")]


@given(width=st.floats(20, 120), x=st.floats(50, 250), y=st.floats(50, 200))
def test_the_shoulders_are_one_apart_around_the_origin(width: float, x: float, y: float) -> None:
    track = shoulder_widths(person(np.zeros(5), 0, Build(width=width, middle=(x, y))))
    pair = pixels(track)[:, SHOULDERS, :2]
    np.testing.assert_allclose(pair, np.broadcast_to([[0.5, 0], [-0.5, 0]], (5, 2, 2)), atol=1e-4)


@given(width=st.floats(20, 120), x=st.floats(50, 250), y=st.floats(50, 200), size=st.sampled_from([64, 512]))
def test_on_the_canvas_place_and_size_are_gone(width: float, x: float, y: float, size: int) -> None:
    made = canvas(shoulder_widths(person(np.linspace(0, 90, 5), 40, Build(width=width, middle=(x, y)))), size)
    same = canvas(shoulder_widths(person(np.linspace(0, 90, 5), 40)), size)
    image = slice(0, HOLISTIC["body_world"].start)
    np.testing.assert_allclose(made.points[:, image], same.points[:, image], atol=2e-4)
    assert (made.shot.media.width, made.shot.media.height) == (size, size)
    middle = pixels(made)[:, SHOULDERS, :2].mean(axis=1)
    np.testing.assert_allclose(middle, size / 2, atol=size * 1e-4)


def test_pose_formats_own_functions_put_it_there_too() -> None:
    from pose_format.utils.generic import normalize_pose_size

    from chereme.exports.pose_file import as_pose

    track = person(np.linspace(0, 90, 5), 40)
    theirs = as_pose(track).normalize()
    normalize_pose_size(theirs, 512)
    ours = as_pose(canvas(shoulder_widths(track), 512))
    image = slice(0, HOLISTIC["body_world"].start)
    np.testing.assert_allclose(ours.body.data.data[:, 0, image, :2], theirs.body.data.data[:, 0, image, :2], atol=0.05)


def test_meters_stay_meters() -> None:
    track = person(np.zeros(3), 0)
    made = canvas(shoulder_widths(track), 512)
    world = HOLISTIC["body_world"]
    np.testing.assert_array_equal(made.points[:, world], track.points[:, world])


def test_without_shoulders_there_is_no_measure() -> None:
    with pytest.raises(Rejected, match="no_body"):
        shoulder_widths(unseen(person(np.zeros(3), 0), "body", slice(None)))
    with pytest.raises(Rejected, match="no_hands"):
        shoulder_widths(clip([None] * 4))


def test_hands_alone_are_measured_by_their_box() -> None:
    made = pixels(shoulder_widths(clip([(100.0 + 5 * i, 100.0) for i in range(10)])))
    seen = made[~np.isnan(made).any(axis=2)][:, :2]
    assert np.abs(seen).max() == pytest.approx(1, abs=1e-4)
