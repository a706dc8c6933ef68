"""Those who fetch: threads that take URLs, try each until asking again makes no sense, and say what became of it."""

import logging
import time
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from chereme.contracts import Ask
from chereme.download import direct, sites
from chereme.download.arrived import Stored, settle, spread
from chereme.download.connection import client
from chereme.download.lanes import Lanes
from chereme.download.ledger import Row
from chereme.download.partial import Partial
from chereme.download.progress import Progress
from chereme.download.reasons import TROUBLED, Failure, Stopped
from chereme.download.settings import Download
from chereme.download.targets import Target
from chereme.run.seat import Stopped as Left

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 60.0
"""Seconds between tries at most, unless the host asks for more."""

PATIENCE = 5.0
"""Seconds that a stop waits for threads to put down what they hold."""


class Full(Exception):
    """The folder holds as much as it may."""


class Crew:
    """The workers of one run."""

    def __init__(self, asked: Download, folder: Path, aside: Path, progress: Progress, ask: Ask, *, held: int) -> None:
        self._asked, self._folder, self._aside, self._progress = asked, folder, aside, progress
        self._ask, self._held = ask, held
        self._lock = Lock()
        self._said: Queue[Row | BaseException] = Queue()
        """What became of a URL, or what stops the run."""
        self._in_a_row: Counter[str] = Counter()
        """Failures of each host since something worked."""
        self._lanes: Lanes[Target] = Lanes((), per_host=1, delay=0)
        self.fetched = 0
        """Files fetched."""
        self.received = 0
        """Bytes received."""
        self.dropped: dict[str, str] = {}
        """Hosts left for the next run, and why."""

    def work(self, targets: list[Target]) -> Generator[Row, None, None]:
        """What became of each, in the order in which they finish; those that a stop or a limit leaves do not come."""
        self._progress.start(len(targets))
        self._aside.mkdir(parents=True, exist_ok=True)
        self._lanes = Lanes(
            ((target.host, target) for target in targets), per_host=self._asked.per_host, delay=self._asked.delay
        )
        count = min(self._asked.workers, len(targets))
        threads = [Thread(target=self._work, name=f"download-{i}", daemon=True) for i in range(count)]
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads) or not self._said.empty():
                try:
                    said = self._said.get(timeout=0.2)
                except Empty:
                    continue
                if isinstance(said, Full):
                    log.warning("the folder holds %g GB, as much as it may", self._asked.total_gigabytes)
                elif isinstance(said, BaseException):
                    raise said
                else:
                    yield said
                    self._progress.step(said)
        finally:
            self._lanes.stop()
            until = time.monotonic() + PATIENCE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _heed(self, row: Row, wait: float) -> None:
        """Leave a host that is in trouble, or that asks for more patience than there is."""
        with self._lock:
            self.fetched += row.status == "fetched"
            bad = self._in_a_row[row.host] = self._in_a_row[row.host] + 1 if row.reason in TROUBLED else 0
            why = ""
            if wait > self._asked.most_wait:
                why = f"asks to wait {wait:.0f} s"
            elif bad >= self._asked.give_up:
                why = f"{bad} URLs in a row failed, the last by {row.reason}"
            if why and (left := self._lanes.drop(row.host)):
                self.dropped[row.host] = why
                log.warning("%s: %s; %d of its URLs are left for the next run", row.host, why, len(left))

    def _work(self) -> None:
        try:
            with client(self._asked, self._stopping) as connect:
                while (target := self._lanes.take()) is not None:
                    try:
                        row, wait = self._become(target, connect)
                        self._heed(row, wait)
                        self._said.put(row)
                    finally:
                        self._lanes.done(target.host)
        except (Stopped, Left):
            pass
        except BaseException as trouble:
            self._said.put(trouble)  # raised where the run is
            self._lanes.stop()

    def _stopping(self) -> bool:
        return self._lanes.stopped

    def _become(self, target: Target, connect: httpx.Client) -> tuple[Row, float]:
        """What became of one URL, and how long its host asks us to wait."""
        began = time.monotonic()
        tries = Retrying(
            retry=retry_if_exception(self._again),
            stop=stop_after_attempt(self._asked.tries),
            wait=lambda state: self._pause(state, target.host),
            sleep=self._lanes.rest,
            reraise=True,
        )
        facts: dict[str, Any] = target.facts()
        wait = 0.0
        try:
            stored = tries(self._once, target, connect)
        except Failure as failure:
            log.info("%s: %s", target.url, failure)  # counted and listed; thousands may fail
            facts |= {"status": "failed", "reason": failure.reason, "detail": failure.detail}
            wait = failure.wait
        else:
            links = spread(target, self._folder, stored.file)
            log.info("%s: %s, %d bytes", target.url, stored.file, stored.bytes)
            facts |= {"status": "fetched", "file": stored.file, "links": links}
            facts |= {"bytes": stored.bytes, "sha256": stored.sha256}
        row = Row(
            seconds=round(time.monotonic() - began, 3),
            tries=tries.statistics.get("attempt_number", 1),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            **facts,
        )
        return row, wait

    def _again(self, error: BaseException) -> bool:
        """Whether the same run should ask again."""
        return isinstance(error, Failure) and error.again == "soon" and error.wait <= self._asked.most_wait

    def _pause(self, state: RetryCallState, host: str) -> float:
        """Seconds to the next try; a host that asks for patience is asked for nothing else meanwhile either."""
        failure = state.outcome.exception() if state.outcome else None
        first = self._asked.backoff
        seconds = (wait_exponential(first, max=LONGEST_BACKOFF) + wait_random(0, first))(state)
        if isinstance(failure, Failure):
            seconds = max(seconds, failure.wait)
            if failure.reason == "rate_limited" or failure.wait:
                self._lanes.pause(host, seconds)
        return seconds

    def _once(self, target: Target, connect: httpx.Client) -> Stored:
        """One try: the file, checked and in its place."""
        self._lanes.turn(target.host)
        partial = Partial(self._aside, target.mark)
        before = partial.held(target.url)
        counted = before.size if before else 0
        self._count(counted)

        def spend(count: int) -> None:
            nonlocal counted
            counted += count
            self._count(count)
            with self._lock:
                self.received += count
            self._progress.bytes(count)

        try:
            if target.kind == "direct":
                direct.fetch(connect, target.url, partial, self._asked, spend)
                received = partial.path
            else:
                received = sites.fetch(target, self._aside, self._asked, spend, self._stopping, connect)
            try:
                stored = settle(
                    received,
                    target,
                    self._folder,
                    convert=self._asked.convert,
                    limits=self._asked.video,
                    ask=self._ask,
                )
            except Failure as failure:
                stated = partial.stated()
                received.unlink(missing_ok=True)
                partial.remove()
                if failure.reason == "truncated" and not stated:
                    raise Failure("cut_short", failure.detail) from failure
                raise
            received.unlink(missing_ok=True)
            partial.remove()
        except BaseException:
            self._count(-counted)
            raise
        self._count(stored.bytes - counted)
        return stored

    def _count(self, count: int) -> None:
        """Keep track of what the folder holds."""
        with self._lock:
            self._held += count
            if count > 0 and 0 < self._asked.total_gigabytes * 1e9 < self._held:
                raise Full
