"""A landmark model for tests that harms the process it works in, on clips that the environment names.

Workers inherit the environment. The settings say nothing of it, so runs with and without trouble are alike.
"""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chereme import plugins
from chereme.contracts import Follow
from chereme.skeleton import HANDS, Skeleton
from chereme.types import Frames, Track

if TYPE_CHECKING:
    import pytest

DEADLY, DEADLY_ONCE, HANGING, NOTES = "POISON_DEADLY", "POISON_DEADLY_ONCE", "POISON_HANGING", "POISON_NOTES"


def serve(monkeypatch: "pytest.MonkeyPatch", folder: Path) -> None:
    """Have it among the models, for one test; what it notes lies below the folder."""
    monkeypatch.setitem(plugins.TABLES["models"], "poisoned", f"{__name__}:Poisoned")
    monkeypatch.setenv(NOTES, str(folder / "notes"))


def _named(variable: str) -> tuple[str, ...]:
    return tuple(os.environ.get(variable, "").split())


def _notes() -> Path:
    return Path(os.environ.get(NOTES, "notes"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """Sees the same two hands in every clip, and does harm."""

    @property
    def skeleton(self) -> Skeleton:
        return HANDS

    def fingerprint(self) -> str:
        return "poisoned"

    def fetch(self) -> None:
        pass

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        def follow(windows: Iterable[Frames]) -> Iterator[Track]:
            for shot, own in groupby(windows, key=lambda window: window.shot):
                self._harm(shot.entry.id)
                frames = list(own)
                index = np.concatenate([window.index for window in frames])
                points = np.random.default_rng(0).uniform(0.3, 0.7, (len(index), len(HANDS), 3)).astype(np.float32)
                yield Track(
                    shot=shot,
                    skeleton=HANDS,
                    index=index,
                    points=points,
                    score=np.ones((len(index), len(HANDS)), np.float32),
                    seconds=np.concatenate([window.seconds for window in frames]),
                    model=self.fingerprint(),
                )

        yield follow

    def _harm(self, id: str) -> None:
        with _notes().open("a") as notes:
            notes.write(f"{id}\n")
        times = _notes().read_text().split().count(id)
        if id in _named(DEADLY) or (id in _named(DEADLY_ONCE) and times == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if id in _named(HANGING):
            time.sleep(600)
