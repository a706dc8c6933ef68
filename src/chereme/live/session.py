"""One camera over a WebSocket: a frame comes, what is known is told, and only then does the next frame come."""

import asyncio
import logging
from time import perf_counter
from typing import Any

from chereme.live.interpreter import Interpreter
from chereme.live.limits import Limits, Pace
from chereme.live.picture import BadFrame, read_frame
from chereme.live.place import Place
from chereme.live.words import bones, moment_words

logger = logging.getLogger(__name__)

DONE, ODD, FORBIDDEN, BROKEN, LATER = 1000, 1003, 1008, 1011, 1013
"""WebSocket close codes (RFC 6455, section 7.4.1, and IANA's registry)."""


class Session:
    """A connection that was accepted; `serve` lasts until it is closed."""

    def __init__(self, socket: Any, place: Place, limits: Limits) -> None:
        """`socket` is starlette's WebSocket."""
        self._socket, self._place, self._limits = socket, place, limits
        self._pace = Pace(limits.most_fps)
        self._interpreter: Interpreter | None = None
        self._size = 0, 0

    async def serve(self) -> None:
        """Answer frames, each before the next is taken, until the camera goes or breaks a rule."""
        await self._socket.send_json(self._hello())
        end = perf_counter() + self._limits.minutes * 60
        while True:
            try:
                async with asyncio.timeout(self._limits.idle):
                    message = await self._socket.receive()
            except TimeoutError:
                await self.close(DONE, f"no frame came for {self._limits.idle:g} s")
                return
            if message["type"] == "websocket.disconnect":
                return
            now = perf_counter()
            if now > end:
                await self.close(DONE, f"a connection lasts {self._limits.minutes:g} minutes at most")
                return
            if not self._pace.keeps(now):
                await self.close(FORBIDDEN, f"more than {self._limits.most_fps:g} frames a second")
                return
            try:
                answer = await self._place(self._answer, message.get("bytes") or b"")
            except (BadFrame, ValueError) as trouble:
                await self.close(ODD, str(trouble))
                return
            except Exception:
                logger.exception("a camera's frame could not be followed")
                await self.close(BROKEN, "the server failed on this frame; its log has more")
                return
            answer["milliseconds"] = round(1000 * (perf_counter() - now), 1)
            await self._socket.send_json(answer)

    async def close(self, code: int, why: str) -> None:
        """Say why, and close."""
        await self._socket.send_json({"type": "error", "message": why})
        await self._socket.close(code, why[:120])

    def _hello(self) -> dict[str, Any]:
        recognizer = self._place.recognizer
        return {
            "type": "hello",
            "recognizer": recognizer.recognizer,
            "words": len(recognizer.vocabulary),
            "threshold": self._place.how.threshold,
            "parts": bones(recognizer.sequences.model.skeleton),
        }

    def _answer(self, data: bytes) -> dict[str, Any]:
        seconds, pixels = read_frame(data, self._limits)
        height, width = pixels.shape[:2]
        if self._interpreter is None or self._size != (width, height):  # a phone that was turned
            self._interpreter, self._size = self._place.interpreter(width, height), (width, height)
        moment = self._interpreter.step(pixels, seconds)
        return moment_words(moment, self._place.recognizer.sequences.model.skeleton)
