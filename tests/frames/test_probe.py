"""Files are counted and tried; what is no video says so in the right word."""

import csv
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from chereme.errors import Rejected
from chereme.frames.probe import Limits, probe

Film = Callable[..., Path]


def reason(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Rejected) as caught:
        probe(path, limits)
    assert str(path.parent) not in caught.value.detail
    return caught.value.reason


def test_facts_of_a_film(film: Film) -> None:
    path = film(count=40)
    probed = probe(path)
    media = probed.media
    assert (media.width, media.height, media.frames, media.fps, media.seconds) == (128, 48, 40, 25.0, 1.6)
    assert (media.bytes, media.path, media.whole) == (path.stat().st_size, path, False)
    assert probed.seconds.shape == (40,)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"plain text, line after line\n" * 500,
        b"\x00" * 5000,
        bytes(range(256)) * 40,
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 400,
    ],
    ids=["html", "text", "zeros", "garbage", "playlist", "concat", "jpeg"],
)
def test_what_is_no_video(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert reason(path) == "not_a_video"


def test_a_folder(tmp_path: Path) -> None:
    assert reason(tmp_path) == "not_a_video"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.touch()
    assert reason(path) == "empty_file"


def test_sound_alone_is_no_video_stream(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert reason(path) == "no_video_stream"


def test_a_sound_file_under_a_video_s_name(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000))
    assert reason(path) == "no_video_stream"


def test_an_mp4_cut_off_before_its_index(film: Film) -> None:
    path = film()
    path.write_bytes(path.read_bytes()[:2000])
    assert reason(path) == "undecodable"


def test_a_film_whose_frames_are_garbage(film: Film) -> None:
    path = film(mux={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat")
    data[at + 4 :] = struct.pack(">I", 0xFFFFFFFF) * ((len(data) - at) // 4)
    path.write_bytes(data)
    assert reason(path) == "undecodable"


def test_limits(film: Film) -> None:
    path = film(count=40)
    assert reason(path, Limits(most_pixels=128 * 48 - 1)) == "too_large"
    assert reason(path, Limits(most_hours=1.5 / 3600)) == "too_long"
    assert reason(path, Limits(most_frames=39)) == "too_long"
    assert probe(path, Limits(most_pixels=128 * 48, most_hours=1.7 / 3600)).media.frames == 40


def test_odd_files(shared_data: Path) -> None:
    odd = shared_data / "odd"
    assert reason(odd / "header_only.avi") == "no_frames"
    assert reason(odd / "no_stream.mp4") == "no_video_stream"
    frames = {path.stem: probe(path).media.frames for path in odd.glob("*.mp4") if path.stem != "no_stream"}
    assert frames == {"99999": 41, "don't want": 45, "french fries": 44, "hard of hearing": 46}


def test_every_real_clip(shared_data: Path) -> None:
    with (shared_data / "wlasl_videos" / "clips.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    assert len(rows) == 18
    for id, _, _, frames, fps, size, *_ in rows:
        media = probe(shared_data / "wlasl_videos" / f"{id}.mp4").media
        assert (media.frames, f"{media.width}x{media.height}") == (int(frames), size)
        assert media.fps == pytest.approx(float(fps), abs=0.001)
    words = list(shared_data.glob("words/*/*.mp4"))
    assert len(words) == 48
    assert all(30 <= probe(path).media.frames <= 180 for path in words)
