"""How good a recognizer is on clips that were built: which of them count, and what was left out and why."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from chereme.errors import DatasetError, SettingsError
from chereme.training.answers import Answers
from chereme.training.built import ARRAYS, listed, place_of, twins_of
from chereme.training.checkpoint import Opened
from chereme.training.form import Mask, Material, Unreadable, Values, read_alike
from chereme.training.predict import probabilities
from chereme.training.remarks import cautions, compared
from chereme.training.scores import Scores, score
from chereme.types import Floats, Reject, Split, by_reason

HOLDS = {"sequences": ARRAYS, "clips": "manifest.csv", "pictures": "crops.parquet"}
"""By what is shown, the file by which an export's folder is known."""
MOST_NAMED = 8
"""Glosses that a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Which clips a recognizer is judged by."""

    split: Split = "test"
    """The split: test, val or train."""
    export: str = ""
    """Which export of the output folder holds the clips; by default arrays, clips (or else manifest) or crops, by what
    the recognizer is shown."""
    twins: Literal["keep", "exclude"] = "keep"
    """Clips that show the same signing as a clip trained on: keep them, counted, or exclude them from all figures."""
    official: int = 0
    """How many clips the split has officially; 0: as many as the dataset's own list in the catalog."""
    seed: int = 0
    """Of the bootstraps behind some intervals."""

    def __post_init__(self) -> None:
        if self.twins not in ("keep", "exclude"):
            raise SettingsError(f"twins is 'keep' or 'exclude', not '{self.twins}'")
        if self.official < 0:
            raise SettingsError(f"official is a number of clips, or 0, not {self.official}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many clips the figures are of, and of how many they should be; of the glosses that the recognizer knows."""

    official: int | None
    """Clips that the split has officially; None where that is not known."""
    asked: int | None
    """Clips of the split in the catalog; None without a catalog."""
    found: int | None
    """Those whose file was found and can be read; None without a catalog."""
    kept: int
    """Those that are in the export."""
    twins: int
    """Those of them that show the same signing as a clip trained on."""
    judged: int
    """Those that the figures are of."""
    unknown: int
    """Those of the split that are left out because the recognizer does not know their gloss."""
    unreadable: int = 0
    """Those of the export that should count and cannot be read any more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What came of it."""

    recognizer: str
    glosses: int
    facts: dict[str, Any]
    """What the checkpoint tells of its training."""
    asked: Evaluate
    counts: Counts
    twins: tuple[str, ...]
    """Ids of the clips that show the same signing as a clip trained on, whether they count or not."""
    notes: tuple[str, ...]
    """What to know before believing the figures."""
    scores: Scores
    answers: Answers = field(repr=False)
    unreadable: tuple[Reject, ...] = ()
    """What stands for each clip that cannot be read any more."""


def evaluate(opened: Opened, where: Path, asked: Evaluate | None = None) -> Evaluation:
    """A recognizer judged by clips of an output folder of `chereme build`, or of the folder of an export of it.

    The clips trained on and their signers are those that the checkpoint tells of, whatever collection this is; signers
    go by their names. One that tells of none is taken to be trained on the train split there. Raises `DatasetError`
    where there are no clips or none of the split, `SettingsError` where they were made in another way than those the
    recognizer was trained on.
    """
    asked = asked or Evaluate()
    out, export = place_of(where, asked.export, HOLDS[opened.preparation.shown])
    examples = read_alike(out, opened.preparation, export)
    notes = compared(opened, examples)
    labels = {gloss: label for label, gloss in enumerate(opened.vocabulary.glosses)}
    glosses = [examples.vocabulary.glosses[label] for label in examples.labels]
    known = [place for place, gloss in enumerate(glosses) if gloss in labels]
    inside = [place for place in known if examples.splits[place] == asked.split]
    unknown = sum(split == asked.split for split in examples.splits) - len(inside)
    told = opened.taught.ids != ()
    here = [place for place in known if examples.splits[place] == "train"]
    trained = opened.taught.places(examples) if told else here
    notes += cautions(asked.split, opened.facts, None if told else len(here))
    twins = frozenset[str]() if asked.split == "train" else twins_of(examples, inside, trained, out)
    seen = opened.taught.signers if told else (examples.signers[place] for place in trained)
    judged = [place for place in inside if asked.twins == "keep" or examples.ids[place] not in twins]
    if not judged:
        why = _none(opened, examples, asked.split, inside)
        raise DatasetError(f"{where}: no clip of the split '{asked.split}' to judge by; {why}")
    found, unreadable = _answers(opened, examples.take(judged))
    lost = {reject.id for reject in unreadable}
    judged = [place for place in judged if examples.ids[place] not in lost]
    reasons = ", ".join(f"{reason} {count}" for reason, count in by_reason(unreadable).items())
    if not judged:
        raise DatasetError(
            f"{where}: no clip of the split '{asked.split}' can be read any more: {reasons}; run chereme build again"
        )
    if unreadable:
        notes.append(
            f"{len(unreadable)} of {len(unreadable) + len(judged)} clips cannot be read any more and are not judged: "
            f"{reasons}. Remove the export's folder and run chereme build again, to have them or to hear why not."
        )
    clips = examples.take(judged)
    answers = Answers(
        probabilities=found,
        labels=np.array([labels[glosses[place]] for place in judged], np.int64),
        ids=clips.ids,
        signers=clips.signers,
        sources=clips.sources,
        vocabulary=opened.vocabulary,
    )
    number = listed(out, asked.split, labels, asked.official)
    return Evaluation(
        recognizer=opened.recognizer,
        glosses=len(labels),
        facts=dict(opened.facts),
        asked=asked,
        counts=Counts(
            official=number.official,
            asked=number.asked,
            found=number.found,
            kept=len(inside),
            twins=len(twins),
            judged=len(judged),
            unreadable=len(unreadable),
            unknown=unknown,
        ),
        twins=tuple(examples.ids[place] for place in inside if examples.ids[place] in twins),
        unreadable=tuple(unreadable),
        notes=(*notes, *filter(None, [number.remark])),
        scores=score(answers, frozenset(filter(None, seen)), asked.seed),
        answers=answers,
    )


def _none(opened: Opened, examples: Material, split: Split, inside: list[int]) -> str:
    """Why there is no clip to judge by, where the recognizer knows the glosses of those `inside` the split."""
    if inside:
        return f"each of its {len(inside)} clips shows the same signing as one trained on; --twins keep judges by them"
    if unknown := sum(each == split for each in examples.splits):
        known = opened.vocabulary.glosses
        more = f" and {len(known) - MOST_NAMED} others" if len(known) > MOST_NAMED else ""
        folded = {gloss.casefold() for gloss in known}
        there = {examples.vocabulary.glosses[label] for label in examples.labels}
        capitals = "; capitals count" if any(gloss.casefold() in folded for gloss in there) else ""
        named = ", ".join(known[:MOST_NAMED])
        return f"the recognizer knows none of the glosses of its {unknown} clips, but {named}{more}{capitals}"
    return f"the splits there are: {', '.join(sorted(set(filter(None, examples.splits)))) or 'none'}"


def _answers(opened: Opened, clips: Material) -> tuple[Floats, list[Reject]]:
    """(clips, classes) of those that can be read, and what stands for the others; a few at a time: pixels are many."""
    batch = opened.preparation.together
    found: list[Floats] = []
    lost: list[Reject] = []
    shown: list[tuple[Values, Mask]] = []
    for place in range(len(clips)):
        try:
            shown.append(clips.show(place))
        except Unreadable as trouble:
            if trouble.reject is None:
                raise
            lost.append(trouble.reject)
        if len(shown) == batch or (shown and place == len(clips) - 1):
            values, masks = (np.stack(each) for each in zip(*shown, strict=True))
            found.append(probabilities(opened, values, masks))
            shown.clear()
    return (np.concatenate(found) if found else np.zeros((0, len(opened.vocabulary)), np.float32)), lost
