"""A clip that was sent: kept in a temporary file while it is looked at, followed as `predict` follows it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chereme.errors import Rejected
from chereme.live.apart import NAME, Clip
from chereme.live.interpreter import recognize
from chereme.live.limits import Limits
from chereme.live.place import Place
from chereme.live.words import guess_words, places
from chereme.types import REASONS, Track


class Refused(Exception):
    """A clip that is not taken: the HTTP status, a word for it, and what to tell."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


async def answer(
    place: Place, limits: Limits, turn: asyncio.Lock, length: str, body: AsyncIterator[bytes]
) -> dict[str, Any]:
    """What the clip in a request's body shows, and its points; `length` is what the request states.

    It is looked at when the `turn` is its, and sent before that: a sender that takes its time keeps nobody waiting.
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
            async with turn, asyncio.timeout(limits.clip_wait):
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
    """Frame by frame, so that cameras have their turns between; decoded elsewhere."""
    async with Clip(path, limits) as clip:
        shot = await clip.shot()
        index = place.recognizer.sequences.plan.frames(shot.first, shot.stop)
        if len(index) > limits.clip_frames:
            raise Rejected("too_long", f"{len(index)} frames to look at, above {limits.clip_frames}")
        await clip.ask(index)
        ongoing = place.begin(shot)
        while window := await clip.frame():
            await place(ongoing.see, window)

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
