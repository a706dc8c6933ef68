"""A claim on a folder at a URL: a small file there, which its run writes anew as long as it lives.

No clocks are compared, and nothing is asked of the far side that only some can do: a claim is alive when it changes
while one looks at it.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from platform import node
from typing import Any
from uuid import getnode, uuid4

from chereme.errors import OutputError

log = logging.getLogger(__name__)

FOLDER = ".claims"
"""Where claims lie below the URL."""
BEAT = 15.0
"""Seconds between two writings."""
PATIENCE = 4 * BEAT
"""Seconds without a change after which whoever held a claim is taken for dead."""


_alive: set[str] = set()
"""Names of the claims that this process keeps."""


class Claim:
    """This run's claim on a URL."""

    def __init__(self, far: Any, root: str, url: str, *, folders: bool) -> None:
        """`folders`: whether the far side has folders, which must be there before a file can be."""
        self._far, self._url, self._folder = far, url, f"{root}/{FOLDER}"
        self._name = uuid4().hex
        self._path = f"{self._folder}/{self._name}"
        self._folders, self._beats = folders, 0
        self._over = threading.Event()
        self.lost = False
        """Whether another run took this one for dead, a machine that slept say, and goes on in its place."""

    def write(self) -> None:
        """Put it, or put it anew; raises what the far side raises."""
        self._beats += 1
        said = {"machine": node(), "address": getnode(), "process": os.getpid(), "beats": self._beats}
        if self._folders:  # of a store without, s3fs would make the bucket
            self._far.makedirs(self._folder, exist_ok=True)
        self._far.pipe_file(self._path, json.dumps(said).encode())

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Alive while the block lasts, and taken away at its end."""
        thread = threading.Thread(target=self._beat, daemon=True)
        thread.start()
        _alive.add(self._name)
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            _alive.discard(self._name)
            with suppress(Exception):  # a far side that fails: others find it dead
                self._far.rm_file(self._path)

    def settle(self) -> None:
        """Wait until no other claim is alive; raises `OutputError` as soon as one is seen to be.

        Of two that come at the same time both may be refused. One whose process was on this machine and is gone is
        known to be dead at once. Claims that come later are left to see this one.
        """
        found = self._others()
        waiting = {path: said for path, said in found.items() if not _is_gone(path, said)}
        begun = time.monotonic()
        while waiting and time.monotonic() - begun < PATIENCE:
            log.warning("%s was claimed by %s; seeing whether it still lives", self._url, _holders(waiting))
            time.sleep(BEAT / 3)
            now = self._others()
            if alive := {path: now[path] for path in waiting if path in now and now[path] != waiting[path]}:
                raise OutputError(
                    f"{self._url} is in use by another run, {_holders(alive)}; wait for it or choose another --out"
                )
            waiting = {path: said for path, said in waiting.items() if path in now}
        for path in found:
            with suppress(FileNotFoundError):
                self._far.rm_file(path)

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            try:
                if not self._far.exists(self._path):
                    self.lost = True
                    return
                self.write()
            except Exception as error:  # each far side has its own; what is published next tells, if it lasts
                log.info("cannot renew the claim on %s: %s", self._url, error)

    def _others(self) -> dict[str, bytes]:
        """Claims that are not ours, and what they say."""
        found = {}
        for path in self._far.find(self._folder):
            if not path.endswith(self._name):
                with suppress(FileNotFoundError):
                    found[path] = self._far.cat_file(path)
        return found


def _facts(said: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(said)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_gone(path: str, said: bytes) -> bool:
    """Whether a claim's process was on this very machine and has ended, or let it go; only Linux tells of others."""
    facts = _facts(said)
    if (facts.get("machine"), facts.get("address")) != (node(), getnode()):
        return False
    if facts.get("process") == os.getpid():
        return path.rpartition("/")[2] not in _alive
    return sys.platform == "linux" and not Path(f"/proc/{facts.get('process')}").exists()


def _holders(claims: dict[str, bytes]) -> str:
    """Whose claims they are, in words."""
    each = (_facts(said) for said in claims.values())
    return " and ".join(sorted(f"process {one.get('process', '?')} on {one.get('machine', '?')}" for one in each))
