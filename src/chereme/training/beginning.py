"""What training begins with: weights out of a checkpoint, or the run that it goes on with."""

import logging
from pathlib import Path
from typing import Any

from chereme.errors import SettingsError
from chereme.store.plain import plain
from chereme.training.checkpoint import Checkpoint
from chereme.training.differing import changes, other_words
from chereme.types import Vocabulary

log = logging.getLogger(__name__)


def begin_with(network: Any, start: Checkpoint, vocabulary: Vocabulary, recognizer: str) -> None:
    """Give a network the weights of a checkpoint that fit it; `SettingsError` where none do, or of another recognizer.

    Of a last layer for another vocabulary, those of the same glosses fit.
    """
    if start.recognizer != recognizer:
        raise SettingsError(f"--start is a {start.recognizer}, with whose weights a {recognizer} cannot begin")
    own = network.state_dict()
    same = [(here, start.vocabulary.glosses.index(gloss)) for here, gloss in enumerate(vocabulary.glosses)
            if gloss in start.vocabulary.glosses]  # fmt: skip
    fitting = {}
    for name, held in start.weights.items():
        mine = own.get(name)
        if mine is None or mine.shape[1:] != held.shape[1:]:
            continue
        if mine.shape == held.shape:
            fitting[name] = held
        elif (len(mine), len(held)) == (len(vocabulary), len(start.vocabulary)) and same:
            fitting[name] = mine.clone()
            fitting[name][[here for here, _ in same]] = held[[there for _, there in same]]
    if not fitting:
        raise SettingsError(f"no weights of the {start.recognizer} to start from fit this network")
    log.info("%d of %d tensors are those of the checkpoint, %d signs are in both", len(fitting), len(own), len(same))
    network.load_state_dict(own | fitting)


def check_same(last: Path, bare: Checkpoint) -> None:
    """Raise `SettingsError` when a run to go on with was one of something else."""
    before = Checkpoint.load(last)
    name = bare.recognizer
    others = {
        "another recognizer": [f"{before.recognizer}, not {name}"] if before.recognizer != name else [],
        "other settings of it": list(changes(plain(before.spec), plain(bare.spec), name)),
        "other signs": [other_words(before.vocabulary.glosses, bare.vocabulary.glosses)]
        if before.vocabulary != bare.vocabulary
        else [],
        "clips made otherwise": list(changes(before.preparation.plain(), bare.preparation.plain())),
    }
    for what, differing in others.items():
        if differing:
            raise SettingsError(f"{last} was trained with {what} ({', '.join(differing)}); choose another --to")
    fit = before.facts["fit"]
    flags = [
        f"--{name.replace('_', '-')} {fit.get(name)}"
        for name, value in sorted(bare.facts["fit"].items())
        if fit.get(name) != value and name not in ("device", "workers", "tensorboard")
    ]
    if flags:
        raise SettingsError(
            f"{last} was trained with {', '.join(flags)}; resume with the same, "
            f"or begin a new run with its weights: --start {last}"
        )
