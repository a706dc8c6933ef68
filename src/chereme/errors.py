"""What can go wrong, as a tree of exceptions.

    CheremeError              one clear message: what, what came, what would do
    ├── SettingsError         an unknown or impossible setting, gloss, name
    ├── DatasetError          metadata missing or malformed; the message names the place
    ├── OutputError           the output folder cannot be written, or the disk is full
    ├── ModelsError           network weights missing, or with a wrong checksum
    ├── WorkersError          worker processes cannot be started
    ├── ExtraMissing          an optional library is not installed; the message holds the pip line
    └── Rejected              trouble with one clip; its stage turns it into a `Reject`, never a crash

The command line prints the message of any of them and leaves with exit code 2.
"""

from chereme.types import Reject, Stage


class CheremeError(Exception):
    """The root of the tree: its message is written for the person at the keyboard."""


class SettingsError(CheremeError):
    """A setting, gloss or name that is unknown or impossible."""


class DatasetError(CheremeError):
    """Metadata that is missing or malformed."""


class OutputError(CheremeError):
    """An output folder that cannot be written."""


class ModelsError(CheremeError):
    """Network weights that are missing or not the expected ones."""


class WorkersError(CheremeError):
    """Worker processes that cannot be started."""


class ExtraMissing(CheremeError):
    """An optional library that is not installed."""

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(f"{need} needs the extra '{extra}': pip install 'chereme[{extra}]'")


class Rejected(CheremeError):
    """Trouble with one clip: raised where it is met, caught where the stage meets the next clip."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def reject(self, id: str, stage: Stage) -> Reject:
        """The value that takes the clip's place in the ledger."""
        return Reject(id=id, stage=stage, reason=self.reason, detail=self.detail)

    def __reduce__(self) -> tuple[type["Rejected"], tuple[str, str]]:
        return type(self), (self.reason, self.detail)
