"""Files that lack their end, told from what their containers state."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chereme.frames.complete import missing_bytes

FILMS: dict[str, dict[str, Any]] = {
    "mp4": {"name": "film.mp4"},
    "mp4, index first": {"name": "film.mp4", "mux": {"movflags": "+faststart"}},
    "mp4, in fragments": {"name": "film.mp4", "mux": {"movflags": "frag_keyframe+empty_moov"}},
    "mov": {"name": "film.mov"},
    "avi": {"name": "film.avi", "codec": "mpeg4"},
    "mkv": {"name": "film.mkv"},
    "webm": {"name": "film.webm", "codec": "libvpx"},
    "flv": {"name": "film.flv", "codec": "flv"},
    "swf": {"name": "film.swf", "codec": "flv"},
}


@pytest.mark.parametrize("name", FILMS)
def test_whole_and_cut_off(name: str, film: Callable[..., Path]) -> None:
    path = film(**FILMS[name])
    assert missing_bytes(path) == 0
    whole = path.read_bytes()
    for lacking in (9, 100, len(whole) // 3, len(whole) // 2):
        path.write_bytes(whole[:-lacking])
        assert 0 < missing_bytes(path) <= lacking, lacking


def test_a_compressed_flash_film(film: Callable[..., Path], tmp_path: Path) -> None:
    plain = film("film.swf", codec="flv").read_bytes()
    packed = b"CWS" + plain[3:8] + zlib.compress(plain[8:])
    path = tmp_path / "packed.swf"
    path.write_bytes(packed)
    assert missing_bytes(path) == 0
    path.write_bytes(packed[:-50])
    assert missing_bytes(path) == 1


def test_bytes_after_the_end_do_no_harm(film: Callable[..., Path]) -> None:
    path = film()
    path.write_bytes(path.read_bytes() + b"\0\0\0\0 and more")
    assert missing_bytes(path) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.sampled_from([b"", b"\0\0\0\x18ftypisom", b"RIFF", b"\x1a\x45\xdf\xa3", b"FLV\x01", b"CWS\x05", b"FWS\x05"]),
    st.binary(max_size=80),
)
def test_any_bytes_give_an_answer(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(head + rest)
    assert missing_bytes(path) >= 0
