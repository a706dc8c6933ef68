"""Exports that cut files: all clips of one file together, before they are laid out in catalog order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chereme.contracts import ByFile, Run
from chereme.run.progress import Progress
from chereme.types import Reject, Shot

TOGETHER = 64
"""Clips of one file that one worker makes in a pass: a recording with hundreds keeps several workers busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Some shots of one file, prepared together."""

    export: ByFile
    kept: Path

    @property
    def writes(self) -> Path:
        """The folder in which it leaves files for others."""
        return self.kept

    @contextmanager
    def open(self) -> Iterator[Callable[[Sequence[Shot]], list[tuple[str, Any]]]]:
        """Nothing to set up."""
        yield self.prepare

    def prepare(self, shots: Sequence[Shot]) -> list[tuple[str, Any]]:
        """What was prepared, by id."""
        return list(self.export.ahead(shots, self.kept))

    def lost(self, input: Sequence[Shot], reason: str = "worker_died") -> list[tuple[str, Any]]:
        """Nothing: each clip is tried alone when it is delivered, so that the others are not lost with it."""
        return []


def ahead(export: ByFile, shots: Sequence[Shot], kept: Path, run: Run, progress: Progress) -> dict[str, Any]:
    """What an export prepares of shots, by id; each file is read once for all of its own."""
    of_file: defaultdict[Path, list[Shot]] = defaultdict(list)
    for shot in shots:
        of_file[shot.media.path].append(shot)
    groups: list[list[Shot]] = []
    for together in of_file.values():
        together.sort(key=lambda shot: (shot.first, shot.stop, shot.entry.id))
        groups += [together[at : at + TOGETHER] for at in range(0, len(together), TOGETHER)]
    # The longest first, so that no worker begins one when the others have nothing left.
    groups.sort(key=lambda group: -sum(shot.stop - shot.first for shot in group))
    prepared: dict[str, Any] = {}
    for made in run(Ahead(export=export, kept=kept), groups):
        prepared |= dict(made)
        for _, what in made:
            progress.step(what if isinstance(what, Reject) else None)
    return prepared
