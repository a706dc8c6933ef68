"""An export of one's own: a text file with the wrist's path of each clip, one file a gloss.

A package offers it to chereme with one line of its pyproject.toml; then `--export wrists` works:

    [project.entry-points."chereme.exports"]
    wrists = "my_package.own_export:Wrists"
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chereme.plan import Every, FramePlan
from chereme.types import Reject, Sample, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrists:
    """Where the wrist of one hand went, as shares of the image."""

    hand: str = "right_hand"
    """Which hand: left_hand or right_hand, the signer's own."""
    stride: int = 2
    """Take every frame (1), every second frame (2) and so on."""

    costly: ClassVar[bool] = False

    @property
    def needs(self) -> FramePlan:
        """Every `stride`-th frame."""
        return FramePlan((Every(stride=self.stride),))

    def prepare(self, sample: Sample) -> list[str] | Reject:
        """One line a frame: frame number, x, y."""
        wrist = sample.track.skeleton[self.hand].start
        seen = sample.track.score[:, wrist] > 0
        if not seen.any():
            return Reject(id=sample.entry.id, stage="deliver", reason="no_hands", detail=f"{self.hand} is never seen")
        rows = zip(sample.track.index[seen], sample.track.points[seen, wrist], strict=True)
        return [f"{frame} {x:.4f} {y:.4f}" for frame, (x, y, _) in rows]

    def write(self, prepared: Iterator[tuple[Sample, list[str]]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """`<label>.txt` for each gloss: glosses come from data and make no file names."""
        lines: dict[int, list[str]] = defaultdict(list)
        for sample, path in prepared:
            lines[sample.label] += [f"# {sample.entry.id} {vocabulary.glosses[sample.label]}", *path]
        for label in sorted(lines):
            file = out / f"{label}.txt"
            file.write_text("\n".join(lines[label]) + "\n", "utf-8")
            yield file
