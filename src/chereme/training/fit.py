"""Training a recognizer: the settings of it, and the run."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from chereme.bounds import one_of, require
from chereme.contracts import Informed, Paced, Pretrained, Recognizer, Viewer
from chereme.errors import DatasetError, OutputError
from chereme.store.plain import plain
from chereme.training.augment import Augment
from chereme.training.beginning import begin_with, check_same
from chereme.training.checkpoint import Checkpoint
from chereme.training.curves import draw_curves
from chereme.training.examples import Examples
from chereme.training.extra import imported, networks
from chereme.training.form import Material
from chereme.training.history import History
from chereme.training.jitter import Jitter
from chereme.training.taught import Taught
from chereme.training.trainer import run_epochs

log = logging.getLogger(__name__)

Loss = Literal["cross-entropy", "focal"]
Device = Literal["auto", "cpu", "cuda"]

RATE = 2e-3
"""The learning rate where neither settings nor recognizer state one."""
LAST, BEST = "last.pt", "best.pt"
HISTORY, CURVES = "history.csv", "curves.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a recognizer is trained."""

    epochs: int = 60
    """Passes over the train split, at most."""
    batch: int = 32
    """Clips a step."""
    learning_rate: float | None = None
    """The highest, of AdamW; it rises to this and falls along a cosine. By default 2e-3, for hierarchical 1e-3."""
    warm_up: float = 0.1
    """Share of the steps in which the learning rate rises."""
    final_rate: float = 0.01
    """What the learning rate falls to, as a share of the highest."""
    weight_decay: float = 0.05
    """AdamW's, of matrices; biases and normalizations are left alone."""
    clip_norm: float = 1.0
    """Gradients longer than this are shortened to it; 0: none are."""
    loss: Loss = "cross-entropy"
    """Cross-entropy, or focal: clips that are recognized already count less."""
    focal_gamma: float = 2.0
    """How much less: by (1 - probability) to this power (Lin et al. 2017)."""
    label_smoothing: float = 0.1
    """Share of the target that is spread evenly over all labels."""
    class_weights: bool = False
    """Whether clips of small classes weigh more in the loss, by one over their number."""
    balanced: bool = False
    """Whether classes are drawn equally often, clips of small ones repeatedly."""
    mixup: float = 0.0
    """Mixes pairs of clips and their labels, in shares drawn from Beta(mixup, mixup) (Zhang et al. 2018); 0: none."""
    ema: float = 0.998
    """Validate and keep a moving average of the weights that forgets this slowly a step; 0: the weights themselves."""
    patience: int = 30
    """Epochs without a better top-1 on the val split after which training ends; 0: never."""
    seed: int = 0
    """Decides weights, order, augmentation and dropout: the same again on the same machine."""
    device: Device = "auto"
    """Where to train: auto takes a GPU where there is one."""
    workers: int = 0
    """Processes that prepare batches; 0: the training process itself, which does for landmarks."""
    tensorboard: bool = False
    """Write TensorBoard logs too, which needs the package tensorboard."""
    augment: Augment = field(default_factory=Augment)
    """Of sequences."""
    jitter: Jitter = field(default_factory=Jitter)
    """Of clips and pictures."""

    def __post_init__(self) -> None:
        for name, choices in (("loss", Loss), ("device", Device)):
            one_of(self, name, get_args(choices))
        require(self, ("epochs", "batch"), lambda value: value >= 1, "is at least 1")
        shares = "warm_up", "final_rate", "label_smoothing"
        require(self, shares, lambda value: 0 <= value <= 1, "is from 0 to 1")
        require(self, ("ema",), lambda value: 0 <= value < 1, "is from 0 to below 1")
        rates = "learning_rate", "weight_decay", "clip_norm", "focal_gamma", "mixup"
        counts = "patience", "seed", "workers"
        require(self, (*rates, *counts), lambda value: value is None or value >= 0, "is 0 or more")

    def paced(self, spec: Recognizer | Viewer) -> "Fit":
        """With the learning rate of the recognizer's own choice, or else `RATE`, where none is asked for."""
        if self.learning_rate is not None:
            return self
        return replace(self, learning_rate=spec.learning_rate if isinstance(spec, Paced) else RATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What became of a training run."""

    folder: Path
    epochs: int
    """That were done, those of runs it went on from included."""
    best: Mapping[str, float]
    """The row of the history whose weights `best.pt` holds."""
    seconds: float
    """Of an epoch, median of those done now, with validation; 0 when none was."""
    loading: float
    """Share of these seconds spent waiting for batches."""


Told = Callable[[Mapping[str, float]], None]


def train(
    examples: Material,
    recognizer: str,
    spec: Recognizer | Viewer,
    fit: Fit,
    folder: Path,
    *,
    resume: bool = False,
    start: Checkpoint | None = None,
    told: Told = lambda row: None,
) -> Trained:
    """Train on the train split, choose on the val split, and write `best.pt`, `last.pt`, a history and its curves.

    The best epoch is that of the highest top-1, among equals that of the least loss.
    With `resume` a run goes on from `last.pt`, to the very weights that it would have had without the interruption.
    `start` gives weights to begin with, those whose names and shapes fit: pretraining on a larger vocabulary. `told`
    hears of each epoch. Without a val split the last epoch counts as the best. Raises `DatasetError` without a train
    split and for a clip that cannot be read, `WorkersError` where a process that loads clips dies,
    `SettingsError` for what does not fit together, `OutputError` where a run lies in the folder already.
    """
    practice, judged = examples.split("train"), examples.split("val")
    if not len(practice):
        raise DatasetError("there is no clip of the split 'train' to train on; see --splits of chereme build")
    last = folder / LAST if (folder / LAST).exists() else None
    if last is not None and not resume:
        raise OutputError(f"{folder} holds a training run; go on with --resume, or choose another --to")
    lessons, batches = networks("lesson"), networks("batches")
    torch = imported("torch", "training")
    if isinstance(spec, Informed) and isinstance(practice, Examples):
        spec = spec.informed(practice.points, practice.mask, practice.labels, practice.preparation.skeleton)
    if untaught := len(examples.vocabulary) - len(np.unique(practice.labels)):
        log.warning(
            "%d of %d signs have no clip to train on; chereme build --choose.min-clips 1 leaves out those with no file",
            untaught,
            len(examples.vocabulary),
        )
    fit = fit.paced(spec)
    torch.manual_seed(fit.seed)
    if isinstance(spec, Pretrained):
        spec = spec.settled()
    network = examples.preparation.network(spec, examples.vocabulary)
    if start is not None:
        begin_with(network, start, examples.vocabulary, recognizer)
    elif isinstance(spec, Pretrained) and last is None:
        spec.begin(network)
    bare = Checkpoint(
        recognizer=recognizer,
        spec=spec,
        vocabulary=examples.vocabulary,
        preparation=examples.preparation,
        weights={},
        facts={"fit": plain(fit), "clips": len(practice), "judged": len(judged)},
        taught=Taught.by(practice),
    )
    history = History(folder / HISTORY)
    loader = batches.training_batches(practice, fit)
    lesson = lessons.Lesson(network, fit, bare, practice.labels, len(loader), history, told)
    if last is not None:
        check_same(last, bare)
    folder.mkdir(parents=True, exist_ok=True)
    run_epochs(lesson, fit, folder, loader, batches.judging_batches(judged, fit) if len(judged) else None, last)
    if not (folder / BEST).exists():
        Checkpoint.load(folder / LAST).save(folder / BEST)
    draw_curves(history.rows, folder / CURVES)
    best = Checkpoint.load(folder / BEST)
    best.save(folder / BEST)  # without what only a trainer needs: a quarter of the bytes
    done = [row for row in history.rows if row["epoch"] == best.facts["epoch"]]
    return Trained(
        folder=folder,
        epochs=len(history.rows),
        best=done[0] if done else {},
        seconds=float(np.median(lesson.seconds)) if lesson.seconds else 0.0,
        loading=sum(lesson.waited) / sum(lesson.seconds) if lesson.seconds else 0.0,
    )
