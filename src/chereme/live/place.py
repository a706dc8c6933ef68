"""The one thread that has the networks: whoever wants something followed or recognized waits for its turn."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import ParamSpec, TypeVar

from chereme.errors import CheremeError
from chereme.live.interpreter import Interpreter
from chereme.live.settings import Live
from chereme.live.stream import Begin, camera, opened
from chereme.training.checkpoint import Opened

P = ParamSpec("P")
T = TypeVar("T")


class Place:
    """Networks of one checkpoint, loaded while the block lasts. One thread: they are quickest one after the other."""

    def __init__(self, recognizer: Opened, how: Live, device: str = "cpu") -> None:
        self.recognizer, self.how, self._device = recognizer, how, device
        self._stack = ExitStack()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="networks")
        self._begin: Begin | None = None
        self.trouble: CheremeError | None = None
        """Why the networks could not be loaded, for whoever started a server that then only says that it ends."""

    async def __aenter__(self) -> "Place":
        try:
            self._begin = await self(self._stack.enter_context, opened(self.recognizer.sequences.model, self._device))
        except CheremeError as trouble:
            self.trouble = trouble
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self(self._stack.close)
        self._thread.shutdown()

    async def __call__(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """The result of work done on that thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*arguments, **named))

    @property
    def begin(self) -> Begin:
        """What begins to follow a shot."""
        assert self._begin is not None, "asked outside of its block"
        return self._begin

    def interpreter(self, width: int, height: int) -> Interpreter:
        """What interprets a camera of that many pixels."""
        return Interpreter(self.recognizer, self.begin, camera(width, height, self.how.fps), self.how)
