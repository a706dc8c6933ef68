"""Frames as they come give what the whole clip gives."""

from pathlib import Path

import numpy as np
import pytest

from chereme.errors import SettingsError
from chereme.frames.decode import decode
from chereme.live.interpreter import recognize
from chereme.live.settings import Live
from chereme.live.stream import Begin, Stream, between, camera, opened
from chereme.samples.sequence import Sequence
from chereme.training.checkpoint import Opened
from chereme.types import Bytes, Track
from tests.factories import make_shot, make_track
from tests.live.recognizer import preparation, shot_of, tracked

CLIP = "0300501"


def frames(video: Path, stride: int = 2) -> list[tuple[int, float, Bytes]]:
    shot = shot_of(video)
    return [
        (index, seconds, pixels)
        for window in decode(shot, np.arange(shot.first, shot.stop, stride))
        for index, seconds, pixels in zip(window.index.tolist(), window.seconds.tolist(), window.pixels, strict=True)
    ]


@pytest.fixture(scope="module")
def batch(drawn: Path) -> Track:
    return tracked({CLIP: drawn / "videos" / f"{CLIP}.mp4"})[CLIP]


@pytest.mark.parametrize("clip", [CLIP, "0800501"], ids=["one hand", "two hands"])
def test_a_clip_seen_frame_by_frame_has_the_features_of_the_build(drawn: Path, begin: Begin, clip: str) -> None:
    video = drawn / "videos" / f"{clip}.mp4"
    batch = tracked({clip: video})[clip]
    stream = Stream(begin, shot_of(video))
    for index, seconds, pixels in frames(video):
        track = stream.see(pixels, seconds, index)
    np.testing.assert_array_equal(track.index, batch.index)
    np.testing.assert_array_equal(track.points, batch.points)
    np.testing.assert_array_equal(track.score, batch.score)
    for made, expected in zip(preparation().prepare(track), preparation().prepare(batch), strict=True):
        np.testing.assert_array_equal(made, expected)


def test_later_frames_revise_earlier_rows(drawn: Path, begin: Begin, batch: Track) -> None:
    """A hand that is found late is followed back: the same row holds more at the end than when it was new."""
    video = drawn / "videos" / f"{CLIP}.mp4"
    stream = Stream(begin, shot_of(video))
    fresh = [stream.see(pixels, seconds, index).score[-1] > 0 for index, seconds, pixels in frames(video)]
    late = np.any(batch.score > 0, axis=1) & ~np.any(fresh, axis=1)
    assert late.any()


def test_a_camera_at_another_rate_has_nearly_the_same_features(
    drawn: Path, begin: Begin, batch: Track, recognizer: Opened
) -> None:
    """Frames at 12.5 a second and uneven times, taken for ones at 25: the grid of the build lies between them."""
    video = drawn / "videos" / f"{CLIP}.mp4"
    stream = Stream(begin, camera(320, 240, fps=25.0))
    for number, (_, seconds, pixels) in enumerate(frames(video)):
        track = stream.see(pixels, 100 + seconds + 0.004 * (number % 3))
    clip = between(track, 100, 200, fps=25.0)
    assert abs(len(clip.index) - 2 * len(batch.index)) <= 2
    assert recognize(recognizer, clip, Live()).word == recognize(recognizer, batch, Live()).word == "where"


def test_the_past_is_forgotten_and_the_present_is_not_changed_by_that(drawn: Path, begin: Begin) -> None:
    pictures = [pixels for _, _, pixels in frames(drawn / "videos" / f"{CLIP}.mp4")]
    whole, short = (Stream(begin, camera(320, 240, 25.0), keep=keep) for keep in (1000.0, 1.5))
    for number in range(3 * len(pictures)):
        picture = pictures[number % len(pictures)]
        everything, lately = whole.see(picture, number * 0.08), short.see(picture, number * 0.08)
    kept = len(lately.index)
    assert 1.5 / 0.08 <= kept <= 4 / 0.08 < len(everything.index)
    np.testing.assert_array_equal(lately.index, everything.index[-kept:])
    np.testing.assert_array_equal(lately.score[-10:], everything.score[-10:])
    np.testing.assert_array_equal(lately.points[-10:], everything.points[-10:])


def test_frames_must_be_later_and_of_one_size(begin: Begin) -> None:
    stream = Stream(begin, camera(320, 240, 25.0))
    blank = np.zeros((240, 320, 3), np.uint8)
    stream.see(blank, 1.0)
    with pytest.raises(ValueError, match=r"at 1.0 s came after one at 1.0 s"):
        stream.see(blank, 1.0)
    with pytest.raises(ValueError, match="240×320 among 320×240"):
        stream.see(np.zeros((320, 240, 3), np.uint8), 2.0)


def test_a_part_of_a_track_is_a_shot_of_its_own() -> None:
    track = make_track(make_shot(frames=40), stride=2)
    part = between(track, 0.4, 0.8)
    assert (part.shot.first, part.shot.stop) == (10, 21)
    sequence = Sequence(length=4, min_frames=1, fit="truncate")
    np.testing.assert_array_equal(
        sequence.features(part).values, track.points[5:9].reshape(4, -1)
    )  # the grid begins where the part does


def test_a_model_of_whole_clips_cannot_follow_a_camera() -> None:
    class Whole:
        skeleton = make_track().skeleton

    with pytest.raises(SettingsError, match="Whole follows whole clips only"):
        opened(Whole())  # type: ignore[arg-type]
