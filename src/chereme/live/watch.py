"""Connections that come to nothing: those that ask nothing, and those that do not read what they are told."""

from collections.abc import Iterable
from typing import Any

from chereme.live.limits import Limits

GRACE = 0.5
"""Seconds in which nobody is broken off for silence: what a new connection says may be there and not yet be read."""


class Watch:
    """Breaks off what would otherwise be held for ever; called often with uvicorn's protocols, HTTP and WebSocket.

    uvicorn itself waits without end for a request's headers, and for the last bytes of an answer to be taken; past its
    limit on connections it refuses the new ones, those of honest clients as well, and not the old ones that idle.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: dict[Any, tuple[Any, float]] = {}
        self._deaf: dict[Any, float] = {}

    def __call__(self, connections: Iterable[Any], now: float) -> None:
        """Look at all connections, `now` being seconds on a clock that runs forward."""
        here = list(connections)
        self._idle = {each: self._since(each, now) for each in here if _asks_nothing(each)}
        self._deaf = {each: self._deaf.get(each, now) for each in here if _unread(each)}
        late = [each for each, (_, since) in self._idle.items() if now - since > self._limits.head]
        late = [each for each in late if each not in self._deaf]  # it still takes the answer to what it asked before
        late += [each for each, since in self._deaf.items() if now - since > self._limits.clip_wait]
        late += [each for each in here if not _is_http(each) and _unread(each) > self._limits.frame_bytes]
        silent = [each for each, (_, since) in self._idle.items() if now - since >= GRACE]
        longest = sorted(silent, key=lambda each: self._idle[each][1])
        late += longest[: max(0, len(here) - self._limits.sockets)]
        for each in late:
            each.transport.abort()

    def _since(self, connection: Any, now: float) -> tuple[Any, float]:
        """Since when it has asked nothing, and after which request."""
        before, since = self._idle.get(connection, (connection, now))
        return connection.cycle, since if before is connection.cycle else now


def _is_http(connection: Any) -> bool:
    """uvicorn's HTTP protocols have the request that they are at, or were, as `cycle`; those of WebSockets do not."""
    return hasattr(connection, "cycle")


def _asks_nothing(connection: Any) -> bool:
    """Whether no request is being answered: none has come, or the last one has had its answer."""
    return _is_http(connection) and (connection.cycle is None or bool(connection.cycle.response_complete))


def _unread(connection: Any) -> int:
    """Bytes that the other side has not taken yet."""
    return int(connection.transport.get_write_buffer_size()) if connection.transport else 0
