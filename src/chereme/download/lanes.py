"""Who is asked next: many hosts abreast, few requests at a time to each, and a pause between them."""

import time
from collections import deque
from collections.abc import Iterable
from threading import Condition
from typing import Generic, TypeVar

from chereme.download.reasons import Stopped

T = TypeVar("T")


class _Lane(Generic[T]):
    """What is left of one host."""

    def __init__(self) -> None:
        self.waiting: deque[T] = deque()
        self.active = 0
        self.next = 0.0
        """When it may be asked again, by the monotonic clock."""


class Lanes(Generic[T]):
    """Hands out things to fetch, host by host; workers of several threads take them."""

    def __init__(self, things: Iterable[tuple[str, T]], *, per_host: int, delay: float) -> None:
        self._lanes: dict[str, _Lane[T]] = {}
        for host, thing in things:
            self._lanes.setdefault(host, _Lane()).waiting.append(thing)
        self._per_host, self._delay = per_host, delay
        self._changed = Condition()
        self._stopped = False

    def take(self) -> T | None:
        """Something whose host has room, waiting for it; None when nothing is left or all is stopped."""
        with self._changed:
            while not self._stopped:
                waiting = [(host, lane) for host, lane in self._lanes.items() if lane.waiting]
                if not waiting:
                    return None
                now = time.monotonic()
                free = [(host, lane) for host, lane in waiting if lane.active < self._per_host]
                ready = [(host, lane) for host, lane in free if lane.next <= now]
                if ready:
                    host, lane = ready[0]
                    self._lanes[host] = self._lanes.pop(host)  # to the end: hosts take turns
                    lane.active += 1
                    return lane.waiting.popleft()
                self._changed.wait(min((lane.next - now for _, lane in free), default=None))
        return None

    def done(self, host: str) -> None:
        """What was taken of a host is finished."""
        with self._changed:
            self._lanes[host].active -= 1
            self._changed.notify_all()

    def turn(self, host: str) -> None:
        """Wait until a host may be asked again; raises `Stopped`."""
        with self._changed:
            lane = self._lanes[host]
            while not self._stopped:
                now = time.monotonic()
                if lane.next <= now:
                    lane.next = now + self._delay
                    return
                self._changed.wait(lane.next - now)
        raise Stopped

    def pause(self, host: str, seconds: float) -> None:
        """Ask a host nothing for a while."""
        with self._changed:
            lane = self._lanes[host]
            lane.next = max(lane.next, time.monotonic() + seconds)

    def rest(self, seconds: float) -> None:
        """Wait; raises `Stopped`."""
        until = time.monotonic() + seconds
        with self._changed:
            while not self._stopped:
                left = until - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)
        raise Stopped

    def drop(self, host: str) -> list[T]:
        """Ask a host for nothing more; what was left of it."""
        with self._changed:
            left = list(self._lanes[host].waiting)
            self._lanes[host].waiting.clear()
            self._changed.notify_all()
            return left

    def stop(self) -> None:
        """Hand out nothing more, and wake all who wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether all is stopped."""
        return self._stopped
