"""How many frames are held."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chereme.landmarks.held import HELD_BYTES, held
from chereme.types import Media


def media(width: int, height: int) -> Media:
    return Media(path=Path("a.mp4"), bytes=1, width=width, height=height, fps=25.0, frames=9, seconds=0.36, whole=True)


def test_videos_of_common_sizes_have_all_that_were_asked_for() -> None:
    assert [held(16, media(*size)) for size in ((320, 240), (1280, 720), (1080, 1920), (1920, 1080))] == [16] * 4


@given(st.integers(0, 1000), st.integers(1, 9000), st.integers(1, 9000))
def test_never_more_than_asked_or_than_memory_allows_and_at_least_one(back: int, width: int, height: int) -> None:
    frames = held(back, media(width, height))
    assert min(back, 1) <= frames <= back
    assert frames <= 1 or frames * width * height * 3 <= HELD_BYTES
    assert frames == back or (frames + 1) * width * height * 3 > HELD_BYTES
