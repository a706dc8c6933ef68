from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.samples.rate import resample
from tests.people import person, unseen


@given(frames=st.integers(1, 60), filmed=st.floats(5, 120), asked=st.floats(5, 120))
def test_no_time_is_lost(frames: int, filmed: float, asked: float) -> None:
    made = resample(person(np.zeros(frames), 0, fps=filmed), asked)
    media = made.shot.media
    assert abs(len(made.index) / asked - frames / filmed) <= 0.5 / asked + 1e-6 or len(made.index) == 1
    assert (made.shot.first, made.shot.stop, media.frames, media.fps) == (0, len(made.index), len(made.index), asked)
    assert made.seconds[0] == 0


def test_the_same_rate_changes_nothing() -> None:
    track = person(np.linspace(0, 90, 20), 0, fps=30)
    np.testing.assert_allclose(resample(track, 30).points, track.points, atol=1e-6)


def test_what_moves_evenly_goes_on_moving_evenly() -> None:
    track = person(np.zeros(31), 0, fps=30)
    points = track.points.copy()
    points[..., 0] += track.seconds[:, None].astype(np.float32)
    made = resample(replace(track, points=points), 50)
    np.testing.assert_allclose(np.diff(made.points[:-2, 0, 0]), 0.02, atol=1e-5)


def test_uneven_frames_become_even() -> None:
    track = person(np.zeros(5), 0, fps=10)
    seconds = np.array([0, 0.1, 0.2, 0.6, 0.7])
    points = track.points + seconds.astype(np.float32)[:, None, None]
    made = resample(replace(track, points=points, seconds=seconds), 10)
    assert len(made.index) == 8
    np.testing.assert_allclose(made.points[:, 0, 0] - made.points[0, 0, 0], np.arange(8) / 10, atol=1e-5)


def test_between_seen_and_unseen_the_nearer_counts() -> None:
    track = unseen(person(np.zeros(4), 0, fps=10), "left_hand", slice(2, 4))
    made = resample(track, 40)
    assert made.seen("left_hand")[:6].all(), "until midway between the two frames"
    assert not made.seen("left_hand")[7:].any()
    assert made.seen("right_hand").all()


@pytest.mark.parametrize("fps", [12.5, 25, 50, 100])
def test_a_track_cut_out_of_its_file_begins_at_its_own_first_frame(fps: float) -> None:
    track = person(np.zeros(40), 0)
    cut = replace(
        track, index=track.index[10:30], points=track.points[10:30], score=track.score[10:30],
        seconds=track.seconds[10:30], shot=replace(track.shot, first=10, stop=30),
    )  # fmt: skip
    assert len(resample(cut, fps).index) == round(20 / 25 * fps)
