"""What to know before believing the figures of an evaluation: how its clips were made, what was trained on."""

import json
from collections.abc import Mapping
from typing import Any

from chereme.errors import SettingsError
from chereme.training.checkpoint import Opened
from chereme.training.differing import SECTIONS
from chereme.training.form import Material
from chereme.training.preparation import Preparation
from chereme.types import Split

UNTOLD = {"complete_classes"}
"""Settings of these that make no clip another one."""


def compared(opened: Opened, examples: Material) -> list[str]:
    """Remarks on how clips were made; raises `SettingsError` where the recognizer was trained on other ones."""
    trained, there = opened.preparation.plain(), examples.preparation.plain()
    what = opened.preparation.shown
    made: list[str] = []
    wanted: list[str] = []
    for section, recipe in SECTIONS.items():
        ours: dict[str, Any] | None = trained.get(section)
        theirs: dict[str, Any] | None = there.get(section)
        if (ours is None) != (theirs is None):
            kinds = "files as the export manifest lists them", "clips that the export clips has cut"
            raise SettingsError(
                f"these are {kinds[theirs is not None]}, the recognizer was trained on {kinds[ours is not None]}; "
                f"choose with --export"
            )
        for name, value in (ours or {}).items():
            other = (theirs or {})[name]
            if name not in UNTOLD and other != value:
                setting = f"[{recipe}] {name.replace('_', '-')} = "
                made.append(f"{setting}{json.dumps(other)}")
                wanted.append(f"{setting}{json.dumps(value)}")
    if wanted:
        raise SettingsError(
            f"these {what} were made with {', '.join(made)}; build them as those that the recognizer was trained "
            f"on, with {', '.join(wanted)}"
        )
    mine, built = opened.preparation, examples.preparation
    if isinstance(mine, Preparation) and isinstance(built, Preparation) and mine.skeleton != built.skeleton:
        raise SettingsError(
            f"these sequences hold {built.skeleton.name}, the recognizer was trained on "
            f"{mine.skeleton.name}; build them with --landmarks {mine.landmarks}"
        )
    if trained.get("fingerprint") != there.get("fingerprint"):
        return ["The landmarks were tracked by other weights or settings than those trained on."]
    if trained.get("plan") != there.get("plan"):
        return ["Other frames were tracked than in the clips trained on, so that points differ slightly."]
    return []


def cautions(split: Split, facts: Mapping[str, Any], trained: int | None) -> list[str]:
    """What makes figures too good, as far as it can be told; `trained` clips are taken to be those trained on."""
    too_good = {
        "val": "Training chose its weights and its end by this split: the figures may be somewhat too good.",
        "train": "These clips were trained on: the figures say nothing about others.",
    }
    notes = [too_good[split]] if split in too_good else []
    if isinstance(clips := facts.get("clips"), int) and trained not in (None, clips):
        seen = "twins and signers are those of the latter"
        notes.append(f"The recognizer was trained on {clips} clips, the train split here has {trained}: {seen}.")
    return notes
