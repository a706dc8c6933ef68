"""A clip that was sent: kept in a temporary file while it is looked at, followed as `predict` follows it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.frames.probe import Limits as VideoLimits
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.live.interpreter import recognize
from chereme.live.limits import Limits
from chereme.live.place import Place
from chereme.live.words import guess_words, places
from chereme.types import REASONS, Entry, Shot, Track

NAME = "clip"
"""What the file and the clip are called, whatever the sender calls them."""


class Refused(Exception):
    """A clip that is not taken: the HTTP status, a word for it, and what to tell."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


async def answer(place: Place, limits: Limits, length: str, body: AsyncIterator[bytes]) -> dict[str, Any]:
    """What the clip in a request's body shows, and its points; `length` is what the request states.

    Raises `Refused` for one that is too large, too long, too slow to come, or no video. Nothing of it is left behind.
    """
    if length.isdecimal() and int(length) > limits.clip_bytes:
        raise _too_large(limits)
    with TemporaryDirectory(prefix="chereme-") as folder:
        path = Path(folder) / NAME
        try:
            async with asyncio.timeout(limits.clip_wait):
                await _receive(body, path, limits)
        except TimeoutError:
            raise Refused(408, "too_slow", f"the clip took longer than {limits.clip_wait:g} s to arrive") from None
        try:
            async with asyncio.timeout(limits.clip_wait):
                return await _look(place, limits, path)
        except TimeoutError:
            raise Refused(422, "timeout", REASONS["timeout"]) from None
        except Rejected as trouble:
            raise Refused(422, trouble.reason, _told(trouble)) from trouble


async def _receive(body: AsyncIterator[bytes], path: Path, limits: Limits) -> None:
    size = 0
    with path.open("wb") as file:
        async for piece in body:
            size += len(piece)
            if size > limits.clip_bytes:
                raise _too_large(limits)
            file.write(piece)


async def _look(place: Place, limits: Limits, path: Path) -> dict[str, Any]:
    """Window by window, so that cameras have their turns between."""
    most = VideoLimits(most_pixels=limits.clip_pixels, most_hours=limits.clip_seconds / 3600)
    preparation = place.recognizer.preparation

    def locate() -> Shot:
        probed = probe(path, most)
        return resolve(Entry(id=NAME, gloss=""), probed.media, probed.seconds)

    shot = await place(locate)
    ongoing = place.begin(shot)
    windows = decode(shot, preparation.plan.frames(shot.first, shot.stop))

    def on() -> bool:
        window = next(windows, None)
        if window is not None:
            ongoing.see(window)
        return window is not None

    while await place(on):
        pass

    def tell() -> dict[str, Any]:
        track: Track = ongoing.track()
        guess = recognize(place.recognizer, track, place.how)
        return {
            "guess": guess_words(guess),
            "seconds": [round(each, 4) for each in track.seconds.tolist()],
            "points": [
                places(points, score, track.skeleton) for points, score in zip(track.points, track.score, strict=True)
            ],
        }

    return await place(tell)


def _told(trouble: Rejected) -> str:
    return f"{REASONS[trouble.reason]} ({trouble.detail})" if trouble.detail else REASONS[trouble.reason]


def _too_large(limits: Limits) -> Refused:
    return Refused(413, "too_large", f"clips of at most {limits.clip_bytes / 2**20:g} MiB are taken")
