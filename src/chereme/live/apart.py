"""Decoding of a stranger's clip in a process of its own: what crashes there, or takes too long, is that process."""

import asyncio
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from mmap import mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.frames.probe import Limits as VideoLimits
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.live.limits import Limits
from chereme.types import REASONS, Entry, Frames, Media, Shot

NAME = "clip"
"""What the clip is called, whatever its sender calls it."""
HEAD = struct.Struct("<cQ")
"""Before each message: its kind and its length in bytes. No message is a pickle: a decoder that was taken over by what
it decodes must not take over who reads it."""
SHOT, FRAME, REFUSED, END = b"S", b"F", b"R", b"E"
PLACE = struct.Struct("<qd")
"""Before a frame's pixels: its number in the file and when it is shown, seconds."""
MOST_WORDS = 1 << 16
"""Bytes of a message that is no frame."""
LARGE = 1 << 22
"""Bytes of a message that gets memory of its own, which the system has back at once: each of the threads that take one
would keep what it took last, and large pictures would add up to hundreds of megabytes."""
CRASHED = "the decoder failed on it"


class Clip:
    """A file being decoded by another process, from `shot` to `frame`; a context manager, which ends the process."""

    def __init__(self, path: Path, limits: Limits) -> None:
        asked = (path, limits.clip_pixels, limits.clip_seconds / 3600, limits.clip_memory, round(limits.clip_wait) + 1)
        # -P: no module of the folder that the server was started in takes the place of one that is installed.
        command = [sys.executable, "-P", "-m", "chereme.live.apart", *map(str, asked)]
        self._path, self._limits = path, limits
        self._shot: Shot | None = None
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True
        )

    async def __aenter__(self) -> "Clip":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await asyncio.shield(asyncio.to_thread(self._end))

    def _end(self) -> None:
        for end in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                end.close() if end else None
        self._process.wait()

    async def shot(self) -> Shot:
        """The whole file as a shot; raises `Rejected` as `probe` does, and as `undecodable` where that crashed."""
        _, data = await asyncio.to_thread(self._hear, SHOT)
        try:
            held = json.loads(bytes(data))
            media = Media(path=self._path, **held["media"])
            if not 0 < media.width * media.height <= self._limits.clip_pixels:
                raise ValueError("a picture of no such size")
            entry = Entry(id=NAME, gloss="")
            self._shot = Shot(entry=entry, media=media, first=held["first"], stop=held["stop"], note=held["note"])
        except (KeyError, TypeError, ValueError) as error:
            raise Rejected("undecodable", CRASHED) from error
        return self._shot

    async def ask(self, index: npt.NDArray[np.int64]) -> None:
        """Say which frames are wanted."""
        await asyncio.to_thread(self._ask, np.ascontiguousarray(index, "<i8").tobytes())

    async def frame(self) -> Frames | None:
        """The next of them, a window of one; None after the last. Raises `Rejected` as `decode` does."""
        return await asyncio.to_thread(self._frame)

    def _ask(self, numbers: bytes) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # what it says next tells why
            self._process.stdin.write(numbers)
            self._process.stdin.close()

    def _frame(self) -> Frames | None:
        assert self._shot
        kind, data = self._hear(FRAME)
        if kind == END:
            return None
        number, seconds = PLACE.unpack_from(data)
        media = self._shot.media
        pixels = np.frombuffer(data, np.uint8, offset=PLACE.size).reshape(1, media.height, media.width, 3)
        return Frames(shot=self._shot, index=np.array([number]), pixels=pixels, seconds=np.array([seconds]))

    def _hear(self, wanted: bytes) -> tuple[bytes, bytearray | mmap]:
        """The next message, of that kind or an end."""
        assert self._process.stdout
        kind, length = HEAD.unpack(self._take(HEAD.size))
        media = self._shot.media if self._shot else None
        most = PLACE.size + 3 * media.width * media.height if media and kind == FRAME else MOST_WORDS
        if length > most:
            raise Rejected("undecodable", CRASHED)
        data = self._take(length)
        if kind == REFUSED:
            raise _refusal(bytes(data))
        if kind not in (wanted, END) or (kind == FRAME and length != most):
            raise Rejected("undecodable", CRASHED)
        return kind, data

    def _take(self, length: int) -> bytearray | mmap:
        assert self._process.stdout
        data = bytearray(length) if length < LARGE else mmap(-1, length)
        if self._process.stdout.readinto(data) < length:  # type: ignore[attr-defined]  # buffered: all of it, or the end
            raise Rejected("undecodable", CRASHED)
        return data


def _refusal(data: bytes) -> Rejected:
    try:
        reason, detail = json.loads(data)
    except ValueError:
        return Rejected("undecodable", CRASHED)
    return Rejected(reason, str(detail)) if reason in REASONS else Rejected("undecodable", CRASHED)


def main(path: str, pixels: str, hours: str, memory: str, seconds: str) -> None:
    """The other process: tell of a file, hear which frames are wanted, and give them, one message each."""
    _confine(int(memory), int(seconds))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no message
    say = partial(_say, out)
    try:
        probed = probe(Path(path), VideoLimits(most_pixels=int(pixels), most_hours=float(hours)))
        shot = resolve(Entry(id=NAME, gloss=""), probed.media, probed.seconds)
        media: dict[str, Any] = asdict(shot.media)
        del media["path"]
        say(SHOT, json.dumps({"media": media, "first": shot.first, "stop": shot.stop, "note": shot.note}).encode())
        index = np.frombuffer(sys.stdin.buffer.read(), "<i8").astype(np.int64)
        for window in decode(shot, index):
            for number, time, picture in zip(window.index, window.seconds, window.pixels, strict=True):
                say(FRAME, PLACE.pack(number, time), np.ascontiguousarray(picture).data)
        say(END)
    except Rejected as trouble:
        say(REFUSED, json.dumps([trouble.reason, trouble.detail]).encode())
    except MemoryError:
        say(REFUSED, json.dumps(["too_large", f"it takes more than {int(memory) >> 20} MiB to decode"]).encode())


def _say(out: BinaryIO, kind: bytes, *parts: bytes | memoryview) -> None:
    out.write(HEAD.pack(kind, sum(memoryview(part).nbytes for part in parts)))
    for part in parts:
        out.write(part)
    out.flush()


def _confine(memory: int, seconds: int) -> None:
    """Take no more memory and time than that, and write no file, where the system has such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    set_limit: Callable[[int, tuple[int, int]], None] = resource.setrlimit
    bounds = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0))
    for which, most in (*bounds, (resource.RLIMIT_CORE, 0)):
        hardest = resource.getrlimit(which)[1]
        with suppress(ValueError, OSError):  # macOS knows RLIMIT_AS and does not hold to it
            set_limit(which, (most, most) if hardest == resource.RLIM_INFINITY else (min(most, hardest), hardest))


if __name__ == "__main__":
    main(*sys.argv[1:])
