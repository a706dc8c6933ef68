"""Compressed Flash films become plain ones, byte for byte."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from chereme.errors import Rejected
from chereme.frames.complete import missing_bytes
from chereme.frames.decode import decode
from chereme.frames.flash import unpack_flash
from chereme.frames.probe import probe
from chereme.types import Shot


@pytest.fixture
def plain(film: Callable[..., Path]) -> bytes:
    return film("film.swf", codec="flv").read_bytes()


def packed(plain: bytes) -> bytes:
    return b"CWS" + plain[3:8] + zlib.compress(plain[8:])


def test_unpacked_byte_for_byte(plain: bytes, tmp_path: Path) -> None:
    path = tmp_path / "packed.swf"
    path.write_bytes(packed(plain))
    target = tmp_path / "plain.swf"
    assert unpack_flash(path, target)
    assert target.read_bytes() == plain
    assert probe(target).media.frames == 40
    assert missing_bytes(target) == 0
    assert not unpack_flash(target, path)


def test_compressed_ones_are_read_to_their_last_frame(
    plain: bytes, tmp_path: Path, whole: Callable[[Path], Shot], numbers_of: Callable[..., list[int]]
) -> None:
    path = tmp_path / "packed.swf"
    path.write_bytes(packed(plain))
    assert probe(path).media.frames == 40
    assert numbers_of(list(decode(whole(path), range(40)))) == list(range(40))


@pytest.mark.parametrize(("length", "reason"), [(300_000_000, "too_large"), (100, "undecodable")])
def test_compressed_ones_that_are_none_are_rejects(length: int, reason: str, plain: bytes, tmp_path: Path) -> None:
    path = tmp_path / "packed.swf"
    path.write_bytes(packed(plain[:4] + length.to_bytes(4, "little") + plain[8:]))
    with pytest.raises(Rejected) as raised:
        probe(path)
    assert raised.value.reason == reason


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    for data in (b"", b"CWS", b"FWS\x05" + bytes(100), b"<html>"):
        (tmp_path / "x").write_bytes(data)
        assert not unpack_flash(tmp_path / "x", tmp_path / "y")
        assert [each.name for each in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data[:-50], "ends too early"),
        (lambda data: data[:60] + b"\xff" * 50 + data[110:], "Error"),
        (lambda data: data[:4] + (100).to_bytes(4, "little") + data[8:], "more than the 100 bytes"),
        (lambda data: data[:8], "ends too early"),
    ],
    ids=["cut off", "broken", "more than it says", "nothing"],
)
def test_broken_ones(spoil: Callable[[bytes], bytes], words: str, plain: bytes, tmp_path: Path) -> None:
    path = tmp_path / "packed.swf"
    data = spoil(packed(plain))
    path.write_bytes(data)
    with pytest.raises(Rejected, match=words):
        unpack_flash(path, tmp_path / "target.swf")
    assert not (tmp_path / "target.swf").exists()


def test_a_bomb_does_not_fill_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "bomb.swf"
    path.write_bytes(b"CWS\x05" + (1000).to_bytes(4, "little") + zlib.compress(bytes(50_000_000)))
    with pytest.raises(Rejected, match="more than the 1000 bytes"):
        unpack_flash(path, tmp_path / "target.swf")
