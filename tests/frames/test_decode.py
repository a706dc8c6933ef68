"""The frames asked for are the frames given, and look as OpenCV shows them."""

import logging
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.frames.timeline import timeline
from chereme.types import Bytes, Frames, Shot

Film = Callable[..., Path]
Whole = Callable[[Path], Shot]
Numbers = Callable[[Sequence[Frames]], list[int]]

FILMS: dict[str, dict[str, Any]] = {
    "h264": {},
    "h264, B-frames": {"b_frames": 3},
    "h264, B-pyramid": {"options": {"bf": "3", "b_pyramid": "normal", "refs": "4"}},
    "h264, open GOP": {"b_frames": 2, "options": {"x264-params": "open-gop=1"}},
    "h264, mkv, 29.97": {"name": "film.mkv", "b_frames": 2, "fps": Fraction(30000, 1001)},
    "h264, avi": {"name": "film.avi", "b_frames": 2},
    "h264, ts": {"name": "film.ts", "b_frames": 2},
    "mpeg4, avi": {"name": "film.avi", "codec": "mpeg4", "b_frames": 2},
    "variable": {"ticks": np.cumsum([40, 33, 400, 20] * 10).tolist(), "time_base": Fraction(1, 1000), "b_frames": 2},
    "vp8": {"name": "film.webm", "codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "12"}},
    "one keyframe": {"gop": 100, "b_frames": 2},
}


def opencv(path: Path) -> list[Bytes]:
    """All frames as OpenCV gives them, RGB."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames: list[Bytes] = []
    while True:
        there, pixels = capture.read()
        if not there:
            return frames
        frames.append(pixels[:, :, ::-1].astype(np.uint8))


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(
    "asked",
    [range(40), range(0, 40, 2), range(1, 40, 3), [0], [39], [20], [3, 36], [0, 1, 22, 23, 39], []],
    ids=lambda a: f"{len(a)} from {min(a, default='-')}",
)
def test_just_the_frames_asked_for(
    name: str, asked: Sequence[int], film: Film, whole: Whole, numbers_of: Numbers
) -> None:
    path = film(**FILMS[name])
    shot = whole(path)
    windows = list(decode(shot, np.array(asked, np.int64)))
    assert numbers_of(windows) == list(asked)
    index = [int(i) for window in windows for i in window.index]
    assert index == list(asked)
    seconds = [float(t) for window in windows for t in window.seconds]
    assert seconds == timeline(path).seconds[index].tolist()


def test_skipping_and_seeking_change_no_pixel(film: Film, whole: Whole) -> None:
    path = film(b_frames=3, options={"b_pyramid": "normal", "refs": "4"}, count=60, gop=20)
    shot = whole(path)
    (everything,) = decode(shot, np.arange(60))
    for asked in ([1, 3, 55], list(range(0, 60, 2)), [59], [31, 33]):
        (some,) = decode(shot, asked)
        np.testing.assert_array_equal(some.pixels, everything.pixels[asked])
    (threaded,) = decode(shot, np.arange(60), threads=3)
    np.testing.assert_array_equal(threaded.pixels, everything.pixels)


def test_windows_hold_no_more_than_their_bytes(film: Film, whole: Whole, numbers_of: Numbers) -> None:
    shot = whole(film())
    windows = list(decode(shot, np.arange(40), window_bytes=7 * 128 * 48 * 3 + 5))
    assert [len(window.index) for window in windows] == [7, 7, 7, 7, 7, 5]
    assert numbers_of(windows) == list(range(40))
    assert [len(w.index) for w in decode(shot, [2, 5], window_bytes=1)] == [1, 1]


@pytest.mark.parametrize("settings", [{}, {"rotation": 90}, {"size": (129, 49), "pix_fmt": "yuv444p"}], ids=str)
def test_windows_of_a_frame_keep_their_pixels(settings: dict[str, Any], film: Film, whole: Whole) -> None:
    shot = whole(film(**settings))
    (everything,) = decode(shot, np.arange(40))
    alone = list(decode(shot, np.arange(40), window_bytes=1))
    for window, pixels in zip(alone, everything.pixels, strict=True):
        np.testing.assert_array_equal(window.pixels, pixels[None])
        assert window.pixels.flags.c_contiguous


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pictures_stand_upright(rotation: int, film: Film, whole: Whole, picture: Callable[..., Bytes]) -> None:
    path = film(rotation=rotation, count=3)
    shot = whole(path)
    (frames,) = decode(shot, [2])
    assert (shot.media.width, shot.media.height) == ((48, 128) if rotation in (90, 270) else (128, 48))
    turned = np.rot90(picture(2), rotation // 90)
    # Away from the edges of colors, where coding blurs.
    assert np.median(np.abs(frames.pixels[0].astype(int) - turned)) <= 6
    np.testing.assert_array_equal(frames.pixels[0], opencv(path)[2])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"size": (129, 49), "pix_fmt": "yuv444p"},
        {"pix_fmt": "yuvj420p"},
        {"options": {"x264-params": "colormatrix=bt709"}},
        {"options": {"x264-params": "colormatrix=bt470bg:fullrange=on"}},
        {"codec": "mpeg4"},
    ],
    ids=str,
)
def test_colors_are_those_of_opencv(settings: dict[str, Any], film: Film, whole: Whole) -> None:
    path = film(count=5, **settings)
    (frames,) = decode(whole(path), np.arange(5))
    for ours, theirs in zip(frames.pixels, opencv(path), strict=True):
        assert np.abs(ours.astype(int) - theirs).mean() < 0.5


def test_a_file_cut_off_gives_what_came_before(
    film: Film, whole: Whole, numbers_of: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    path = film(mux={"movflags": "+faststart"}, options={"x264-params": "bframes=0"})
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    shot = whole(path)
    assert 5 < shot.media.frames < 40
    assert numbers_of(list(decode(shot, np.arange(shot.stop)))) == list(range(shot.stop))
    assert not caplog.records


def test_a_file_that_shrank_since_it_was_probed_is_refused(film: Film, whole: Whole) -> None:
    shot = whole(film(count=40))
    film(count=20)
    with pytest.raises(Rejected, match=r"undecodable: film\.mp4 had 40 frames when it was probed and has 20 now"):
        list(decode(shot, [1, 2]))


def test_broken_frames_are_left_out_and_logged(
    film: Film, whole: Whole, numbers_of: Numbers, caplog: pytest.LogCaptureFixture
) -> None:
    path = film(name="film.avi", codec="mjpeg", pix_fmt="yuvj420p", count=30)
    shot = whole(path)
    data = bytearray(path.read_bytes())
    starts = [i for i in range(len(data) - 3) if data[i : i + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 30
    for start, stop in zip(starts[20:], [*starts[21:], starts[29] + 400], strict=True):
        data[start + 2 : stop - 16] = bytes(stop - 16 - start - 2)
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert numbers_of(list(decode(shot, np.arange(30)))) == list(range(20))
    assert "10 of 30 frames could not be decoded" in caplog.text
    with pytest.raises(Rejected, match=r"undecodable: none of the 3 frames asked of film\.avi"):
        list(decode(shot, [22, 24, 26]))


@pytest.mark.parametrize("asked", [[3, 3], [4, 2], [-1], [40], [[1, 2]]], ids=str)
def test_indices_that_make_no_sense_are_refused_at_once(asked: list[int], film: Film, whole: Whole) -> None:
    with pytest.raises(ValueError, match="frame"):
        decode(whole(film()), asked)


def test_real_clips_look_as_in_opencv(shared_data: Path, whole: Whole) -> None:
    paths = [*shared_data.glob("wlasl_videos/*.mp4"), *shared_data.glob("words/book/*.mp4")]
    for path in sorted(paths)[::2]:
        theirs = opencv(path)
        shot = whole(path)
        assert shot.media.frames == len(theirs)
        asked = np.arange(1, shot.stop, 9)
        for window in decode(shot, asked):
            for i, pixels in zip(window.index, window.pixels, strict=True):
                assert np.abs(pixels.astype(int) - theirs[i]).mean() < 0.5, f"{path.name}, frame {i}"


def test_metadata_that_is_not_utf8_stops_nothing(shared_data: Path, whole: Whole) -> None:
    for path in sorted(shared_data.glob("odd/*.mp4")):
        if path.stem != "no_stream":
            shot = whole(path)
            assert sum(len(window.index) for window in decode(shot, np.arange(shot.stop))) == shot.stop > 30
