"""Clips have just the frames of their spans, whatever the file; a file is read once for all of them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import Rejected, SettingsError
from chereme.frames import cut as cutting
from chereme.frames.box import even_box
from chereme.frames.cut import Cut
from chereme.frames.decode import decode
from chereme.frames.decode import pictures as decoding
from chereme.frames.piece import Made, resampled
from chereme.frames.probe import probe
from chereme.frames.timeline import timeline
from chereme.types import Bytes, Entry, Frames, Shot
from tests.factories import make_media

Film = Callable[..., Path]
Number = Callable[[Bytes], int]

VFR = np.cumsum([0, *[40, 40, 20, 60, 100, 33, 47] * 6])[:40].tolist()
ODD: dict[str, dict[str, Any]] = {
    "plain": {},
    "film rate": {"fps": Fraction(24000, 1001)},
    "reordered": {"b_frames": 3, "gop": 20},
    "open gop": {"b_frames": 3, "gop": 10, "options": {"x264-params": "open-gop=1"}},
    "webm": {"name": "film.webm", "codec": "libvpx", "fps": Fraction(30000, 1001)},
    "avi": {"name": "film.avi", "codec": "mpeg4", "b_frames": 0},
    "variable": {"ticks": VFR, "time_base": Fraction(1, 1000)},
    "variable mkv": {"name": "film.mkv", "ticks": VFR, "time_base": Fraction(1, 1000), "b_frames": 2},
    "late start": {"name": "film.ts", "ticks": list(range(4000, 148000, 3600)), "time_base": Fraction(1, 90000)},
    "ten bits": {"pix_fmt": "yuv420p10le"},
    "one keyframe": {"gop": 400},
    "intra refresh": {"options": {"x264-params": "intra-refresh=1:keyint=10"}},
}  # fmt: skip
REORDERED = {"b_frames": 3, "options": {"x264-params": "b-adapt=0:scenecut=0"}}
SPANS = [(0, 40), (0, 12), (5, 6), (12, 24), (13, 31), (20, 40), (39, 40)]


def shots_of(path: Path, spans: list[tuple[int, int]], **facts: Any) -> list[Shot]:
    media = probe(path).media
    return [
        Shot(entry=Entry(id=f"{first}-{stop}", gloss="a", **facts), media=media, first=first, stop=stop)
        for first, stop in spans
    ]


def cut(spec: Cut, shots: list[Shot], out: Path) -> dict[str, tuple[Path, Made | Rejected]]:
    asked = {out / f"{shot.entry.id}.mp4": shot for shot in shots}
    return {asked[path].entry.id: (path, made) for path, made in spec.cut(asked)}


def pictures(path: Path) -> list[Frames]:
    """Every picture of a file, decoded from its start to its end as any player does."""
    media = probe(path).media
    shot = Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=media.frames)
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == media.frames
    return list(decode(shot, np.arange(media.frames)))


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("facts", ODD.values(), ids=ODD)
def test_just_the_frames_of_the_span(
    facts: dict[str, Any], copy: bool, film: Film, tmp_path: Path, numbers_of: Callable[..., list[int]]
) -> None:
    source = film(**facts)
    before = timeline(source)
    made = cut(Cut(copy=copy), shots_of(source, SPANS), tmp_path / "out")
    for first, stop in SPANS:
        path, what = made[f"{first}-{stop}"]
        assert isinstance(what, Made), what
        assert numbers_of(pictures(path)) == list(range(first, stop))
        assert what.frames == stop - first
        seconds = before.seconds[first:stop] - before.seconds[first]
        np.testing.assert_allclose(timeline(path).seconds, seconds, atol=0.1 / before.fps)
        if not copy:
            assert what.how == "encoded: copying is off"


@pytest.mark.parametrize(
    ("facts", "span", "how"),
    [
        ({}, (0, 40), "copied"),
        ({}, (12, 24), "copied"),
        ({}, (13, 24), "encoded: starts between keyframes"),
        ({}, (12, 17), "copied"),
        (REORDERED, (12, 24), "copied"),
        (REORDERED, (12, 18), "encoded: its pictures lean on others outside"),
        ({"codec": "mpeg4"}, (0, 40), "encoded: its codec is mpeg4"),
        ({"pix_fmt": "yuv444p"}, (0, 40), "encoded: its pictures are yuv444p"),
        ({"rotation": 90}, (0, 40), "encoded: it is turned"),
        ({"name": "a.avi"}, (0, 40), "encoded: the file has no time stamps"),
    ],
)  # fmt: skip
def test_what_is_exact_is_copied_and_the_rest_encoded(
    facts: dict[str, Any], span: tuple[int, int], how: str, film: Film, tmp_path: Path
) -> None:
    source = film(**facts)
    ((path, made),) = cut(Cut(), shots_of(source, [span]), tmp_path / "out").values()
    assert isinstance(made, Made)
    assert made.how == how
    assert len(timeline(path)) == span[1] - span[0]


def test_a_turned_file_is_cut_upright(film: Film, tmp_path: Path) -> None:
    source = film(rotation=90)
    ((path, made),) = cut(Cut(), shots_of(source, [(3, 9)]), tmp_path / "out").values()
    assert isinstance(made, Made)
    assert (made.width, made.height) == (48, 128)
    (frames,) = pictures(path)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation == 0
    (asked,) = decode(shots_of(source, [(3, 9)])[0], np.arange(3, 9))
    assert np.abs(frames.pixels.astype(int) - asked.pixels).mean() < 6


def test_overlapping_clips_of_one_file_take_one_pass(
    film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers_of: Callable[..., list[int]]
) -> None:
    source = film(gop=400, count=200)
    spans = [(first, first + 15) for first in range(0, 180, 3)]
    decoded: list[int] = []

    def counted(shot: Shot, index: Any) -> Any:
        for frame, picture in decoding(shot, index):
            decoded.append(frame)
            yield frame, picture

    monkeypatch.setattr(cutting, "pictures", counted)
    made = cut(Cut(copy=False), shots_of(source, spans), tmp_path / "out")
    assert decoded == sorted(set(decoded))
    for first, stop in (spans[0], spans[31], spans[-1]):
        assert numbers_of(pictures(made[f"{first}-{stop}"][0])) == list(range(first, stop))


@pytest.mark.parametrize(
    ("fps", "shown"),
    [
        (12.5, [1, 3, 5, 7, 9]),
        (50.0, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]),
        (25.0, list(range(10))),
        (1.0, [9]),
    ],
)
def test_resampling_shows_the_frame_of_the_moment(
    fps: float, shown: list[int], film: Film, tmp_path: Path, numbers_of: Callable[..., list[int]]
) -> None:
    ((path, made),) = cut(Cut(fps=fps), shots_of(film(), [(10, 20)]), tmp_path / "out").values()
    assert isinstance(made, Made)
    got = [number - 10 for number in numbers_of(pictures(path))]
    assert got == shown
    assert timeline(path).fps == pytest.approx(fps) or len(got) == 1
    assert made.how == "encoded: resampled"


@given(count=st.integers(1, 60), own=st.sampled_from([23.976, 25.0, 29.97, 60.0]), fps=st.floats(1, 120))
def test_resampled_clips_last_as_long(count: int, own: float, fps: float) -> None:
    counts = resampled(np.arange(count) / own, own, fps)
    assert len(counts) == count
    assert abs(counts.sum() / fps - count / own) <= max(0.5 / fps + 1e-9, 1 / fps if counts.sum() == 1 else 0)
    assert counts.sum() >= 1


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (Cut(short_side=24), (64, 24)),
        (Cut(short_side=96), (256, 96)),
        (Cut(width=64), (64, 24)),
        (Cut(height=32), (86, 32)),
        (Cut(width=32, height=32), (32, 32)),
        (Cut(short_side=48), (128, 48)),
    ],
)
def test_sizes(spec: Cut, size: tuple[int, int], film: Film, tmp_path: Path) -> None:
    ((path, made),) = cut(spec, shots_of(film(), [(12, 24)]), tmp_path / "out").values()
    assert isinstance(made, Made)
    assert (made.width, made.height) == size == pictures(path)[0].pixels.shape[2:0:-1]
    assert made.how == ("copied" if size == (128, 48) else "encoded: resized")


def test_odd_sides_grow_by_one(film: Film, tmp_path: Path) -> None:
    source = film(codec="ffv1", name="film.mkv", size=(129, 49))
    ((path, made),) = cut(Cut(), shots_of(source, [(3, 9)]), tmp_path / "out").values()
    assert isinstance(made, Made)
    assert (made.width, made.height) == (130, 50) == pictures(path)[0].pixels.shape[2:0:-1]


def test_the_box_is_cut_out(film: Film, tmp_path: Path) -> None:
    (shot,) = shots_of(film(), [(0, 6)], box=(-20.5, 15.7, 63.2, 51.0))
    ((path, made),) = cut(Cut(crop=True), [shot], tmp_path / "out").values()
    assert isinstance(made, Made)
    assert even_box(shot) == (0, 14, 64, 48)
    assert (made.width, made.height, made.how) == (64, 34, "encoded: cropped")
    inside = pictures(path)[0].pixels[0, 8:, 4:-4]
    assert inside[..., 0].min() > 170, "the red half alone"
    assert inside[..., 2].max() < 40


edges = st.floats(-1e4, 1e4) | st.sampled_from([0.0, 128.0, 48.0, float("nan"), float("inf")])


@given(box=st.tuples(edges, edges, edges, edges), width=st.integers(2, 131), height=st.integers(2, 99))
def test_boxes_are_drawn_in_and_even(box: tuple[float, float, float, float], width: int, height: int) -> None:
    media = make_media(width=width, height=height)
    shot = Shot(entry=Entry(id="a", gloss="a", box=box), media=media, first=0, stop=4)
    if not (min(box[2], width) > max(box[0], 0) and min(box[3], height) > max(box[1], 0)):  # true for NaN as well
        with pytest.raises(Rejected, match="empty_box"):
            even_box(shot)
        return
    x0, y0, x1, y1 = even_box(shot)
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert x0 % 2 == x1 % 2 == y0 % 2 == y1 % 2 == 0
    for low, high, start, stop, most in ((box[0], box[2], x0, x1, width), (box[1], box[3], y0, y1, height)):
        assert start <= max(low, 0)
        assert stop >= min(high, most - most % 2)


def test_a_box_outside_is_one_clip_that_fails(film: Film, tmp_path: Path) -> None:
    source = film()
    good, bad = shots_of(source, [(0, 6), (6, 12)], box=(10, 0, 50, 40))
    bad = Shot(entry=Entry(id="bad", gloss="a", box=(900, 0, 950, 40)), media=bad.media, first=6, stop=12)
    made = cut(Cut(crop=True), [good, bad], tmp_path / "out")
    assert isinstance(made["0-6"][1], Made)
    trouble = made["bad"][1]
    assert isinstance(trouble, Rejected)
    assert trouble.reason == "empty_box"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["0-6.mp4"]


def test_a_broken_file_loses_just_the_clips_beyond(film: Film, tmp_path: Path) -> None:
    source = film(count=80, options={"x264-params": "keyint=400"})
    shots = shots_of(source, [(0, 10), (60, 80), (70, 75)])
    data = bytearray(source.read_bytes())
    start = data.index(b"mdat")
    middle = (start + len(data)) // 2 if data.index(b"moov") < start else (start + data.index(b"moov")) // 2
    data[middle : middle + 400] = bytes(400)
    source.write_bytes(data)
    made = cut(Cut(copy=False), shots, tmp_path / "out")
    assert isinstance(made["0-10"][1], Made)
    for id in ("60-80", "70-75"):
        path, what = made[id]
        assert path.exists() == isinstance(what, Made)
        assert isinstance(what, Made) or what.reason == "undecodable"
    assert not list((tmp_path / "out").glob(".*"))


def test_a_file_that_is_gone_or_another_is_a_reason_for_each_clip(film: Film, tmp_path: Path) -> None:
    shots = shots_of(film(), [(0, 10), (5, 9)])
    film(count=30)
    made = cut(Cut(), shots, tmp_path / "out")
    assert [what.reason for _, what in made.values() if isinstance(what, Rejected)] == ["undecodable"] * 2
    gone = Shot(entry=Entry(id="a", gloss="a"), media=make_media(tmp_path / "no.mp4"), first=0, stop=1)
    ((_, what),) = cut(Cut(), [gone], tmp_path / "out").values()
    assert isinstance(what, Rejected)
    assert what.reason == "missing_file"
    with pytest.raises(ValueError, match="one file at a time"):
        cut(Cut(), [*shots, gone], tmp_path / "out")


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    """Four seconds at 25 fps: black and silent, but white and a tone from frame 40 to 60."""
    path = tmp_path / "loud.mkv"
    with av.open(str(path), "w") as container:
        video, audio = container.add_stream("libx264", rate=25), container.add_stream("pcm_s16le", rate=44100)
        assert isinstance(video, VideoStream)
        assert isinstance(audio, AudioStream)
        audio.codec_context.layout = "mono"
        video.codec_context.width, video.codec_context.height, video.codec_context.gop_size = 64, 48, 10
        step = 44100 // 25
        for i in range(100):
            on = 40 <= i < 60
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255 * on, np.uint8), format="rgb24")
            picture.pts = i
            container.mux(video.encode(picture))
            wave = np.sin(np.arange(i * step, (i + 1) * step) * 0.1) * 20000 * on
            sound = AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
            sound.sample_rate, sound.pts = 44100, i * step
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def heard(path: Path) -> tuple[float, np.ndarray[Any, np.dtype[np.float32]]]:
    """When the sound begins, in seconds, and its samples as a player plays them."""
    with av.open(str(path)) as container:
        parts = [(frame.time or 0.0, frame.to_ndarray()) for frame in container.decode(audio=0)]
    return parts[0][0], np.concatenate([part for _, part in parts], axis=1)[0]


@pytest.mark.parametrize(("first", "stop", "how"), [(30, 70, "copied"), (33, 70, "encoded"), (0, 100, "copied")])
def test_sound_is_kept_in_step_with_the_pictures(first: int, stop: int, how: str, loud: Path, tmp_path: Path) -> None:
    ((path, made),) = cut(Cut(sound=True), shots_of(loud, [(first, stop)]), tmp_path / "out").values()
    assert isinstance(made, Made)
    assert made.how.startswith(how)
    start, samples = heard(path)
    loudness = np.abs(samples).reshape(-1)
    tone = np.flatnonzero(loudness > 0.3)
    assert start + tone[0] / 44100 == pytest.approx((40 - first) / 25, abs=0.012)
    assert start + tone[-1] / 44100 == pytest.approx((60 - first) / 25, abs=0.012)
    assert start + len(samples) / 44100 == pytest.approx((stop - first) / 25, abs=0.05)
    assert len(timeline(path)) == stop - first


def test_sound_is_dropped_unless_asked_for(loud: Path, film: Film, tmp_path: Path) -> None:
    made = cut(Cut(), shots_of(loud, [(0, 100), (33, 70)]), tmp_path / "out")
    for path, _ in made.values():
        with av.open(str(path)) as container:
            assert not container.streams.audio
    silent = cut(Cut(sound=True), shots_of(film(), [(0, 40), (3, 20)]), tmp_path / "silent")
    assert all(isinstance(what, Made) for _, what in silent.values()), "a file without sound"


def test_the_same_bytes_alone_and_together(film: Film, tmp_path: Path) -> None:
    shots = shots_of(film(), [(3, 19), (5, 25), (12, 24)])
    together = cut(Cut(), shots, tmp_path / "together")
    for shot in shots:
        alone = cut(Cut(), [shot], tmp_path / "alone")[shot.entry.id]
        assert alone[0].read_bytes() == together[shot.entry.id][0].read_bytes()
        assert alone[1] == together[shot.entry.id][1]


@pytest.mark.parametrize(
    "wrong",
    [{"short_side": 25}, {"width": -2}, {"short_side": 24, "width": 24}, {"fps": -1}, {"crf": 60}, {"preset": "x"}],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Cut(**wrong)
