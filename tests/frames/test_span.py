"""Spans become frames by time: always inside, never empty, half-open."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import Rejected
from chereme.frames.span import resolve
from chereme.types import Entry, Media, Shot, Span

FPS = [15.0, 24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 59.94, 60.0]


def at(span: Span, frames: int, fps: float = 25.0, seconds: npt.NDArray[np.float64] | None = None) -> Shot:
    times = np.arange(frames) / fps if seconds is None else seconds
    media = Media(
        path=Path("film.mp4"),
        bytes=1,
        width=64,
        height=48,
        fps=fps,
        frames=frames,
        seconds=float(times[-1]) + 1 / fps,
        whole=False,
    )
    return resolve(Entry(id="a", gloss="a", span=span), media, times)


@pytest.mark.parametrize(
    ("span", "frames", "fps", "first", "stop"),
    [
        (Span(start=100, stop=150, rate=25), 1000, 25.0, 100, 150),
        (Span(start=100, stop=150, rate=25), 1000, 30000 / 1001, 120, 180),
        (Span(start=100, stop=150, rate=25), 1000, 15.0, 60, 90),
        (Span(start=100, stop=150, rate=25), 1000, 24000 / 1001, 96, 144),
        (Span(start=5121, stop=5180), 9000, 29.97, 5121, 5180),
        (Span(start=2, stop=3, rate=1), 1000, 30.0, 60, 90),
        (Span(start=2000, stop=3000, rate=1000), 1000, 30.0, 60, 90),
        (Span(start=2033, stop=2067, rate=1000), 1000, 30.0, 61, 62),
        (Span(start=2.0, rate=1), 100, 25.0, 50, 100),
        (Span(start=40), 100, 25.0, 40, 100),
        (Span(start=90, stop=103, rate=25), 100, 25.0, 90, 100),
    ],
)
def test_spans_of_a_recording(span: Span, frames: int, fps: float, first: int, stop: int) -> None:
    shot = at(span, frames, fps)
    assert (shot.first, shot.stop, shot.media.whole) == (first, stop, True)


@pytest.mark.parametrize(
    ("span", "frames", "why"),
    [
        (Span(), 60, "the whole file is asked for"),
        (Span(start=5121, stop=5180), 59, "already cut: 59 frames where the span asks for 59"),
        (Span(start=0, stop=57, rate=25), 60, "already cut: 60 frames where the span asks for 57"),
        (Span(start=10, stop=12, rate=1), 53, "already cut: 53 frames where the span asks for 50"),
        (Span(start=700, stop=720, rate=25), 300, "already cut: it ends before the span starts at 28.000 s"),
        (Span(start=700, rate=25), 60, "already cut: it ends before the span starts at 28.000 s"),
    ],
)
def test_files_that_hold_the_entry_alone(span: Span, frames: int, why: str) -> None:
    shot = at(span, frames)
    assert (shot.first, shot.stop, shot.media.whole) == (0, frames, False)
    assert shot.note.endswith(why)


def test_a_clip_cut_by_frame_numbers_is_known_at_its_own_rate() -> None:
    # 70 ticks of 25 a second are 35 frames at 12.5 fps by time, but a cutter may have taken 70.
    assert not at(Span(start=700, stop=770, rate=25), 73, 12.5).media.whole


def test_frame_numbers_that_overshoot_on_their_base_are_tried_on_the_other() -> None:
    shot = at(Span(start=280, stop=320, rate=25), 330, 30.0)
    assert (shot.first, shot.stop, shot.media.whole) == (280, 320, True)
    assert shot.note == (
        "base the file's own frames; 9.333 to 10.667 s; cut from a longer recording, "
        "because the span overshoots on its own base, base 25 a second"
    )


def test_the_note_names_base_and_seconds() -> None:
    assert at(Span(start=100, stop=150, rate=25), 1000).note == (
        "base 25 a second; 4.000 to 6.000 s; cut from a longer recording"
    )


@pytest.mark.parametrize(
    "span",
    [Span(start=80, stop=150, rate=25), Span(start=80, stop=150), Span(start=3, stop=4.5, rate=1)],
)
def test_a_span_that_overshoots_on_every_base_is_refused(span: Span) -> None:
    with pytest.raises(Rejected, match=r"span_outside: film\.mp4 lasts 4\.000 s; the span is"):
        at(span, 100)


def test_times_are_never_tried_on_another_base() -> None:
    with pytest.raises(Rejected, match="span_outside"):
        at(Span(start=80, stop=90, rate=1), 2100)


def test_a_pause_in_a_variable_rate() -> None:
    times = np.concatenate([np.arange(50) / 25, 6 + np.arange(50) / 25])  # frame 49 stays from 1.96 s to 6 s
    assert (shot := at(Span(start=1.0, stop=3.0, rate=1), 100, 25.0, times)).first == 25
    assert shot.stop == 50
    shot = at(Span(start=3.0, stop=5.0, rate=1), 100, 25.0, times)
    assert (shot.first, shot.stop) == (49, 50)
    shot = at(Span(start=5.0, stop=7.0, rate=1), 100, 25.0, times)
    assert (shot.first, shot.stop) == (50, 75)


times = st.one_of(
    st.builds(lambda n, fps: (np.arange(n) / fps, fps), st.integers(1, 400), st.sampled_from(FPS)),
    st.builds(
        lambda gaps, fps: (np.concatenate([[0.0], np.cumsum(gaps)]), fps),
        st.lists(st.floats(0.001, 3), max_size=60),
        st.sampled_from(FPS),
    ),
)
rates = st.sampled_from([None, 1.0, 25.0, 29.97, 1000.0])


@given(times, rates, st.floats(0, 2000), st.floats(0.001, 2000))
def test_never_outside_never_empty(
    film: tuple[npt.NDArray[np.float64], float], rate: float | None, start: float, length: float
) -> None:
    seconds, fps = film
    span = Span(start=start, stop=start + length, rate=rate)
    with suppress(Rejected):
        shot = at(span, len(seconds), fps, seconds)
        assert 0 <= shot.first < shot.stop <= len(seconds)


@given(st.sampled_from(FPS), st.integers(0, 50), st.integers(1, 30), st.integers(1, 30))
def test_spans_that_adjoin_share_no_frame_and_lose_none(fps: float, start: int, one: int, two: int) -> None:
    # At least two frames each, since a span shorter than a frame borrows one.
    scale = 3 / fps
    first, between, last = (scale * ticks for ticks in (start, start + one, start + one + two))
    before = at(Span(start=first, stop=between, rate=1), 2000, fps)
    after = at(Span(start=between, stop=last, rate=1), 2000, fps)
    both = at(Span(start=first, stop=last, rate=1), 2000, fps)
    assert (before.first, before.stop, after.stop) == (both.first, after.first, both.stop)


@given(st.sampled_from(FPS), st.integers(0, 800), st.integers(20, 100))
def test_the_frames_lie_within_half_a_frame_of_the_span(fps: float, start: int, length: int) -> None:
    shot = at(Span(start=start, stop=start + length, rate=25), 3000, fps)
    assert shot.first / fps == pytest.approx(start / 25, abs=0.5 / fps + 1e-9)
    assert shot.stop / fps == pytest.approx((start + length) / 25, abs=0.5 / fps + 1e-9)
