"""A build to judge by, with clips that a test chooses, and a recognizer whose answers are planted in the points."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.store.plain import plain
from chereme.training.checkpoint import Opened
from chereme.training.preparation import Mask, Preparation
from chereme.types import Floats, Vocabulary

GLOSSES = ("book", "can", "hello", "light", "stop", "wind")
PREPARATION = Preparation(
    landmarks="hands",
    model=Hands(),
    fingerprint=Hands().fingerprint(),
    plan=FramePlan((Every(stride=2, most=4),)),
    refine=Refine(),
    sequence=Sequence(length=4, min_frames=1),
)


@dataclass(kw_only=True)
class Judged:
    """The clips; `write` lays them out as a build does."""

    preparation: Preparation = PREPARATION
    rows: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    def add(self, gloss: str, split: str, said: str | None = None, **facts: Any) -> str:
        """A clip that `recognizer` answers with `said`, by default rightly; `show` is what else is to be seen."""
        id = facts.pop("id", f"{len(self.rows):03}")
        given = {"signer": None, "source": None, "show": float(len(self.rows)), "reason": None}
        self.rows.append({"id": id, "gloss": gloss, "split": split, "said": said or gloss, **(given | facts)})
        return str(id)

    def lack(self, gloss: str, split: str) -> None:
        """A clip that was not found."""
        self.add(gloss, split, reason="missing_file")

    def write(self, out: Path) -> Path:
        """The output folder."""
        self.write_arrays(out / "exports" / "arrays")
        names = ("id", "gloss", "split", "signer", "source", "reason")
        pq.write_table(
            pa.Table.from_pylist(
                [{name: row[name] for name in names} for row in self.rows],
                schema=pa.schema([(name, pa.string()) for name in names]),
            ),
            out / "catalog.parquet",
        )
        (out / "summary.json").write_text(json.dumps({"settings": {}, **self.summary}))
        return out

    def write_arrays(self, folder: Path) -> Path:
        """The export alone."""
        folder.mkdir(parents=True)
        rows = [row for row in self.rows if not row["reason"]]
        points = np.zeros((len(rows), 4, 42, 3), np.float32)
        for place, row in enumerate(rows):
            points[place, :, 0] = 1 + GLOSSES.index(row["said"]) / 100, 1 + row["show"] / 1000, 1
        np.savez(
            folder / "landmarks.npz",
            sequences=points.reshape(len(rows), 4, -1),
            mask=np.ones((len(rows), 4), np.bool_),
            labels=np.array([GLOSSES.index(row["gloss"]) for row in rows], np.int64),
            video_ids=np.array([row["id"] for row in rows], np.str_),
            splits=np.array([row["split"] for row in rows], np.str_),
        )
        (folder / "label_map.json").write_text(json.dumps({gloss: label for label, gloss in enumerate(GLOSSES)}))
        made = {name: value for name, value in self.preparation.plain().items() if name != "sequence"}
        made["export"] = plain(self.preparation.sequence)
        (folder / "export.json").write_text(json.dumps({"fingerprint": "", "made": made}))
        return folder


def recognizer(glosses: tuple[str, ...] = GLOSSES, **facts: Any) -> Opened:
    """One that gives the planted answers with probability 0.9 or so, in a vocabulary of its own."""
    return Opened(
        recognizer="planted",
        vocabulary=Vocabulary(glosses),
        preparation=PREPARATION,
        logits=_planted(glosses),
        facts=facts,
    )


def trained_otherwise(opened: Opened, **changes: Any) -> Opened:
    """One that was trained on sequences made in another way."""
    return replace(opened, preparation=replace(opened.sequences, **changes))


def _planted(glosses: tuple[str, ...]) -> Callable[[Floats, Mask], Floats]:
    def logits(points: Floats, mask: Mask) -> Floats:
        assert mask.shape == points.shape[:2]
        said = ((points[:, 0, 0, 0] - 1) * 100).round().astype(np.int64)
        made = np.zeros((len(points), len(glosses)), np.float32)
        for row, label in enumerate(said.tolist()):
            if GLOSSES[label] in glosses:
                made[row, glosses.index(GLOSSES[label])] = 4
        return made

    return logits
