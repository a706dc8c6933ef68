"""What a run tells while it works; the command line draws it, other callers may ignore it."""

from typing import Protocol

from chereme.types import Reject


class Progress(Protocol):
    """Told of every stage and every clip."""

    def stage(self, name: str, total: int, done: int = 0) -> None:
        """A stage begins: `total` clips in all, `done` of them finished before."""
        ...

    def step(self, reject: Reject | None = None) -> None:
        """One clip more is finished."""
        ...


class Silent:
    """Says nothing."""

    def stage(self, name: str, total: int, done: int = 0) -> None:
        """Pass over it."""

    def step(self, reject: Reject | None = None) -> None:
        """Pass over it."""
