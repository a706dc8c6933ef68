"""A clip decoded by another process is the clip; and whatever that process does, this one goes on."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.live.apart import END, FRAME, HEAD, REFUSED, SHOT, Clip
from chereme.live.limits import Limits
from chereme.types import Frames, Shot
from tests.live.recognizer import shot_of


async def seen(path: Path, limits: Limits, stride: int = 3) -> tuple[Shot, list[Frames]]:
    async with asyncio.timeout(60), Clip(path, limits) as clip:
        shot = await clip.shot()
        await clip.ask(np.arange(shot.first, shot.stop, stride))
        frames = []
        while window := await clip.frame():
            frames.append(window)
    assert clip._process.returncode is not None
    return shot, frames


def test_it_is_the_clip(drawn: Path) -> None:
    path = drawn / "videos" / "0700501.mp4"
    shot, frames = asyncio.run(seen(path, Limits()))
    expected = shot_of(path)
    assert (shot.media, shot.first, shot.stop) == (expected.media, expected.first, expected.stop)
    windows = list(decode(expected, np.arange(expected.first, expected.stop, 3)))
    for name in ("index", "seconds", "pixels"):
        there = np.concatenate([getattr(each, name) for each in windows])
        np.testing.assert_array_equal(np.concatenate([getattr(each, name) for each in frames]), there)


def test_what_is_refused_is_told(drawn: Path, tmp_path: Path) -> None:
    video = drawn / "videos" / "0700501.mp4"
    page, none = tmp_path / "page", tmp_path / "none"
    page.write_bytes(b"<html>")
    for path, limits, reason in (
        (page, Limits(), "not_a_video"),
        (none, Limits(), "missing_file"),
        (video, Limits(clip_pixels=100), "too_large"),
        (video, Limits(clip_seconds=0.1), "too_long"),
    ):
        with pytest.raises(Rejected) as refused:
            asyncio.run(seen(path, limits))
        assert refused.value.reason == reason


def test_memory_is_limited(drawn: Path) -> None:
    pytest.importorskip("resource")
    with pytest.raises(Rejected) as refused:
        asyncio.run(seen(drawn / "videos" / "0700501.mp4", Limits(clip_memory=50 << 20)))
    assert refused.value.reason in ("undecodable", "too_large", "not_a_video")


_MEDIA = {"bytes": 1, "fps": 1, "seconds": 1, "whole": True, "width": 1 << 40, "height": 1, "frames": 9}
VAST = json.dumps({"media": _MEDIA, "first": 0, "stop": 9, "note": ""}).encode()
SAID = {
    "nothing": b"",
    "half a message": HEAD.pack(SHOT, 100) + b"{",
    "garbage": b"\xff" * 500,
    "no length that can be": HEAD.pack(SHOT, 1 << 62),
    "no JSON": HEAD.pack(SHOT, 1) + b"{",
    "no shot": HEAD.pack(SHOT, 2) + b"{}",
    "no reason": HEAD.pack(REFUSED, 2) + b"[]",
    "a reason of its own": HEAD.pack(REFUSED, 14) + b'["oh", "dear"]',
    "a frame first": HEAD.pack(FRAME, 0),
    "a picture without end": HEAD.pack(SHOT, len(VAST)) + VAST,
    "an end": HEAD.pack(END, 0),
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_a_decoder_that_crashes_or_was_taken_over_is_a_clip_refused(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "decoder"
    octal = "".join("\\" + format(byte, "03o") for byte in said)
    program.write_text(f"#!/bin/sh\nprintf '{octal}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(Rejected) as refused:
        asyncio.run(seen(tmp_path, Limits()))
    assert refused.value.reason == "undecodable"


def test_one_that_says_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "decoder"
    program.write_text("#!/bin/sh\nexec sleep 100\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    async def asked() -> Clip:
        clip = Clip(tmp_path, Limits())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), clip:
                await clip.shot()
        return clip

    assert asyncio.run(asked())._process.returncode == -9
