"""What is written comes back: the same on every run, complete or not at all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from chereme.errors import OutputError
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.timeline import timeline
from chereme.types import Bytes, Shot

Picture = Callable[..., Bytes]


@pytest.mark.parametrize("fps", [15.0, 23.976, 24000 / 1001, 25.0, 29.97, 30000 / 1001, 60.0])
def test_frames_and_rate_come_back(
    fps: float, tmp_path: Path, picture: Picture, number_of: Callable[[Bytes], int], whole: Callable[[Path], Shot]
) -> None:
    path = write_video(tmp_path / "new" / "film.mp4", (picture(i) for i in range(30)), fps)
    line = timeline(path)
    assert line.fps == pytest.approx(fps, rel=1e-5)
    np.testing.assert_allclose(line.seconds, np.arange(30) / fps, atol=1e-4)
    (frames,) = decode(whole(path), np.arange(30))
    assert [number_of(pixels) for pixels in frames.pixels] == list(range(30))
    assert [p.name for p in path.parent.iterdir()] == ["film.mp4"]


def test_colors_survive(tmp_path: Path, whole: Callable[[Path], Shot]) -> None:
    colors = [(200, 30, 30), (20, 180, 40), (30, 40, 200), (250, 250, 250), (0, 0, 0), (128, 128, 128)]
    path = write_video(tmp_path / "a.mp4", (np.full((32, 48, 3), color, np.uint8) for color in colors), 25, crf=10)
    (frames,) = decode(whole(path), np.arange(len(colors)))
    for pixels, color in zip(frames.pixels, colors, strict=True):
        assert np.abs(pixels.astype(int) - color).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range, context.pix_fmt) == (6, 1, "yuv420p")


def test_an_odd_side_grows_by_one_and_repeats_its_edge(tmp_path: Path, whole: Callable[[Path], Shot]) -> None:
    pixels = np.full((47, 63, 3), 100, np.uint8)
    pixels[-8:] = 250
    path = write_video(tmp_path / "a.mp4", [pixels] * 3, 25, crf=5)
    (frames,) = decode(whole(path), [1])
    assert frames.pixels.shape == (1, 48, 64, 3)
    assert frames.pixels[0, -1].min() > 240
    assert np.abs(frames.pixels[0, :30, -1].astype(int) - 100).max() <= 3


def test_the_same_frames_give_the_same_bytes(tmp_path: Path, picture: Picture) -> None:
    one, two = (write_video(tmp_path / name, map(picture, range(50)), 29.97) for name in ("one.mp4", "two.mp4"))
    assert one.read_bytes() == two.read_bytes()


def test_the_index_comes_first(tmp_path: Path, picture: Picture) -> None:
    data = write_video(tmp_path / "a.mp4", map(picture, range(10)), 25).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("keyframe", [5, 50])
def test_keyframes_come_as_often_as_asked(keyframe: int, tmp_path: Path, picture: Picture) -> None:
    path = write_video(tmp_path / "a.mp4", [picture(3)] * 20, 25, keyframe=keyframe)
    assert timeline(path).keys.tolist() == list(range(0, 20, keyframe))


def test_a_failure_midway_leaves_what_was_there(tmp_path: Path, picture: Picture) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")

    def broken() -> Iterator[Bytes]:
        yield picture(0)
        raise RuntimeError("the camera fell")

    with pytest.raises(RuntimeError, match="the camera fell"):
        write_video(path, broken(), 25)
    with pytest.raises(ValueError, match=r"frame 1 is uint8 \(48, 64, 3\); the first was uint8 \(48, 128, 3\)"):
        write_video(path, [picture(0), picture(0)[:, :64]], 25)
    with pytest.raises(ValueError, match="no frames to write"):
        write_video(path, [], 25)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, picture: Picture) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"cannot write .*a\.mp4"):
        write_video(tmp_path / "file" / "a.mp4", [picture(0)], 25)
