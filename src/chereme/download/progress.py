"""What a run of downloads tells while it works; the command line draws it, other callers may ignore it."""

from typing import Protocol

from chereme.download.ledger import Row


class Progress(Protocol):
    """Told of what happens."""

    def start(self, total: int) -> None:
        """So many URLs are to be asked for."""
        ...

    def bytes(self, count: int) -> None:
        """So many bytes more have come; told from several threads."""
        ...

    def step(self, row: Row) -> None:
        """One URL more is settled for this run."""
        ...


class Silent:
    """Says nothing."""

    def start(self, total: int) -> None:
        """Pass over it."""

    def bytes(self, count: int) -> None:
        """Pass over it."""

    def step(self, row: Row) -> None:
        """Pass over it."""
