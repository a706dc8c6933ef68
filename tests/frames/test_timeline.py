"""Timelines from packets agree with a full decode."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from chereme.errors import Rejected
from chereme.frames.timeline import timeline
from chereme.types import Bytes

HIDDEN = {"auto-alt-ref": "1", "lag-in-frames": "12"}

FILMS: dict[str, dict[str, Any]] = {
    "h264": {},
    "h264, B-frames": {"b_frames": 3},
    "h264, B-pyramid": {"options": {"bf": "3", "b_pyramid": "normal", "refs": "4"}},
    "h264, open GOP": {"b_frames": 2, "options": {"x264-params": "open-gop=1"}},
    "h264, no edit list": {"b_frames": 2, "mux": {"use_editlist": "0"}},
    "h264, fragments": {"b_frames": 2, "mux": {"movflags": "frag_keyframe+empty_moov"}},
    "h264, 23.976": {"fps": Fraction(24000, 1001), "b_frames": 2},
    "h264, 15": {"fps": Fraction(15)},
    "h264, variable": {"ticks": np.cumsum([40, 33, 400, 20] * 10).tolist(), "time_base": Fraction(1, 1000)},
    "h264, mkv, 29.97": {"name": "film.mkv", "b_frames": 2, "fps": Fraction(30000, 1001)},
    "h264, ts": {"name": "film.ts", "b_frames": 2},
    "hevc": {"codec": "libx265", "options": {"x265-params": "log-level=none:pools=1"}},
    "mpeg4": {"codec": "mpeg4"},
    "mpeg4, B-frames": {"codec": "mpeg4", "b_frames": 2},
    "mpeg4, avi": {"name": "film.avi", "codec": "mpeg4"},
    "mpeg4, avi, B-frames": {"name": "film.avi", "codec": "mpeg4", "b_frames": 2},
    "h264, avi, B-frames": {"name": "film.avi", "b_frames": 2},
    "mjpeg, avi": {"name": "film.avi", "codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "vp8, hidden frames": {"name": "film.webm", "codec": "libvpx", "options": HIDDEN},
    "vp9, hidden frames": {"name": "film.webm", "codec": "libvpx-vp9", "options": HIDDEN},
    "mpeg2": {"name": "film.mpg", "codec": "mpeg2video", "b_frames": 2},
    "flash": {"name": "film.swf", "codec": "flv"},
}


@pytest.mark.parametrize("name", FILMS)
def test_every_frame_is_found_at_its_time(
    name: str, film: Callable[..., Path], number_of: Callable[[Bytes], int]
) -> None:
    path = film(**FILMS[name])
    line = timeline(path)
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
    assert [number_of(np.asarray(p.to_ndarray(format="rgb24"), np.uint8)) for p in pictures] == list(range(40))
    assert len(line) == 40
    ticks, base = FILMS[name].get("ticks"), FILMS[name].get("time_base", Fraction(1))
    true = np.array(ticks or range(40)) * float(base if ticks else 1 / FILMS[name].get("fps", Fraction(25)))
    # Matroska rounds to milliseconds.
    np.testing.assert_allclose(line.seconds, true - true[0], atol=0.0006)
    if not ticks:
        assert line.fps == pytest.approx(float(FILMS[name].get("fps", Fraction(25))), rel=1e-6)
    assert line.size == (128, 48)
    assert line.keys[0] == 0


def test_keyframes_are_where_decoding_can_start(film: Callable[..., Path]) -> None:
    path = film(gop=10, options={"sc_threshold": "0"})
    assert timeline(path).keys.tolist() == [0, 10, 20, 30]


def test_a_rewritten_file_is_read_again(film: Callable[..., Path]) -> None:
    assert len(timeline(film(count=20))) == 20
    assert len(timeline(film(count=30))) == 30


def test_a_file_cut_off_counts_what_is_there(film: Callable[..., Path]) -> None:
    path = film(mux={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    count = len(timeline(path))
    assert 5 < count < 40


def test_a_pause_does_not_lower_the_rate(film: Callable[..., Path]) -> None:
    ticks = [i * 40 + (5000 if i > 20 else 0) for i in range(40)]
    line = timeline(film(ticks=ticks, time_base=Fraction(1, 1000)))
    assert line.fps == pytest.approx(25)
    assert line.stop == pytest.approx(40 * 0.04 + 5)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(Rejected, match=r"missing_file.*nowhere\.mp4"):
        timeline(Path("nowhere.mp4"))


def test_real_clips_agree_with_a_full_decode(shared_data: Path) -> None:
    for path in sorted(shared_data.glob("wlasl_videos/*.mp4")):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            times = [float(p.pts * stream.time_base) for p in container.decode(stream)]  # type: ignore[operator]
        np.testing.assert_allclose(timeline(path).seconds, np.array(times) - times[0], atol=1e-9, err_msg=path.name)
