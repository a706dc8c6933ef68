"""A file that fits an entry: in a folder, or still inside an archive."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from chereme.filenames import VIDEOS

RECORDED = (".pose", ".parquet")
"""The endings of landmarks tracked before, which take a video's place where there is none."""
ENDINGS = VIDEOS | set(RECORDED)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Found:
    """One file of a library."""

    root: Path
    """The folder, or the zip archive, that it was found in."""
    name: str
    """Its path below the folder or within the archive, with slashes, as written there."""
    size: int
    """Bytes, unpacked."""
    packed: bool = field(default=False)
    """Whether `root` is an archive."""
    changed: int = field(default=0, compare=False, repr=False)
    """When the file, or its archive, was changed: nanoseconds, as the file system tells."""

    @property
    def path(self) -> Path:
        """Where a file that is not packed lies."""
        return self.root / self.name

    @property
    def recorded(self) -> bool:
        """Whether it holds landmarks, and no pictures."""
        return self.name.lower().endswith(RECORDED)

    def inside(self) -> bool:
        """Whether the file really lies below its folder, links followed."""
        real = os.path.realpath(self.path)
        top = os.path.realpath(self.root)
        return real.startswith(top.rstrip(os.sep) + os.sep)


def ending_of(name: str) -> str:
    """What follows a name's last dot, with the dot, in lower case; '' for a name without."""
    stem, dot, ending = name.rpartition(".")
    return f"{dot}{ending}".lower() if stem else ""


def without_suffix(name: str) -> str:
    """The name less its ending, where that is a video's or of landmarks."""
    return name.rpartition(".")[0] if ending_of(name) in ENDINGS else name
