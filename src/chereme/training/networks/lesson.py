"""What a trainer repeats: loss, steps, moving average, figures of each epoch."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import cos, pi
from pathlib import Path
from time import perf_counter
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from chereme.errors import SettingsError
from chereme.training.checkpoint import KEY, Checkpoint
from chereme.training.fit import Fit
from chereme.training.history import History
from chereme.training.networks.batches import Batch
from chereme.training.networks.layers import Head

CHOICE = "choice"
"""What the best weights have most of: clips of the val split that are right, and of as many the least loss."""
MIX, EPOCH = 3, 4
"""Of the seed's streams: pairs that are mixed, and dropout."""


class Lesson(pl.LightningModule):
    """A network with all that its training needs."""

    def __init__(
        self, network: nn.Module, fit: Fit, bare: Checkpoint, labels: "np.ndarray[Any, np.dtype[np.int64]]",
        steps: int, history: History, told: Callable[[Mapping[str, float]], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self.network = network
        self.average = AveragedModel(network, avg_fn=_forgetting(fit.ema), use_buffers=True) if fit.ema else None
        self.seconds: list[float] = []
        self.waited: list[float] = []
        self._fit, self._bare, self._steps, self._history, self._told = fit, bare, steps, history, told
        classes = len(bare.vocabulary)
        self.register_buffer("weights", _class_weights(labels, classes, fit), persistent=False)
        self.train_top1 = MulticlassAccuracy(classes, average="micro")
        self.val_top1 = MulticlassAccuracy(classes, average="micro")
        self.val_top5 = MulticlassAccuracy(classes, average="micro", top_k=min(5, classes))
        self.val_per_class = MulticlassAccuracy(classes, average="macro")
        self.train_loss, self.val_loss = MeanMetric(), MeanMetric()

    @property
    def kept(self) -> nn.Module:
        """The network that is judged and saved: the moving average, where there is one."""
        if self.average is None:
            return self.network
        averaged: nn.Module = self.average.module
        return averaged

    def configure_optimizers(self) -> Any:
        """AdamW with a rise and a cosine, step by step."""
        matrices = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": self._fit.weight_decay}, {"params": others, "weight_decay": 0.0}]
        rate = self._fit.learning_rate
        assert rate is not None, "train has it settled"
        optimizer = torch.optim.AdamW(groups, lr=rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        """Dropout drawn by the epoch, so that a run that goes on draws what it would have drawn."""
        drawn = np.random.SeedSequence([self._fit.seed, EPOCH, self.current_epoch]).generate_state(1)
        torch.manual_seed(int(drawn[0]))
        self._began = self._ready = perf_counter()
        self._waiting = 0.0
        self._lost = torch.zeros((), dtype=torch.bool, device=self.device)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Count the time since the last step ended: it was spent on the batch."""
        self._waiting += perf_counter() - self._ready

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """The moving average follows."""
        if self.average is not None:
            self.average.update_parameters(self.network)
        self._ready = perf_counter()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        points, mask, labels = batch
        target = nn.functional.one_hot(labels, len(self._bare.vocabulary)).float()
        if self._fit.mixup:
            points, target = self._mixed(points, mask, target)
        heads = self._heads(points, mask)
        loss = torch.stack([head.weight * self._loss(head, target) for head in heads]).sum()
        self._lost = self._lost | ~torch.isfinite(loss.detach())
        self.train_loss.update(loss.detach(), len(labels))
        self.train_top1.update(heads[-1].logits.detach(), labels)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count what the kept network knows."""
        points, mask, labels = batch
        logits = self.kept.eval()(points, mask)
        self._lost = self._lost | ~torch.isfinite(logits).all()
        self.val_loss.update(nn.functional.cross_entropy(logits, labels), len(labels))
        for metric in (self.val_top1, self.val_top5, self.val_per_class):
            metric.update(logits, labels)

    def on_validation_epoch_end(self) -> None:
        """The figures that the best weights are chosen by."""
        for name in ("val_loss", "val_top1", "val_top5", "val_per_class"):
            self.log(name, getattr(self, name))
        clips, loss = float(self.val_loss.weight), float(self.val_loss.compute())
        self.log(CHOICE, round(float(self.val_top1.compute()) * clips) + 1 / (1 + loss))

    def on_train_epoch_end(self) -> None:
        """A row of the history; raises `SettingsError` where the weights are lost, and the last good ones stay."""
        if self._lost:
            clipped = "" if self._fit.clip_norm else ", or a --clip-norm"
            raise SettingsError(
                f"in epoch {self.current_epoch + 1} weights or loss are no numbers any more; "
                f"a --learning-rate below {self._fit.learning_rate:g} would do{clipped}"
            )
        figures = {
            name: float(value) for name, value in self.trainer.callback_metrics.items() if name.startswith("val")
        }
        self.seconds.append(perf_counter() - self._began)
        self.waited.append(self._waiting)
        row = {"epoch": self.current_epoch, "rate": self.trainer.optimizers[0].param_groups[0]["lr"]}
        row |= {"train_loss": float(self.train_loss.compute()), "train_top1": float(self.train_top1.compute())}
        row |= figures | {"seconds": self.seconds[-1], "waited": self._waiting}
        self.train_loss.reset()
        self.train_top1.reset()
        if self.trainer.logger is not None:
            self.trainer.logger.log_metrics(row, self.current_epoch)
        self._history.add(row)
        self._told(row)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Put what is needed to recognize beside what is needed to go on."""
        weights = {name: held.detach().cpu().clone() for name, held in self.kept.state_dict().items()}
        figures = {name: float(v) for name, v in self.trainer.callback_metrics.items() if name.startswith("val")}
        facts = {**self._bare.facts, "epoch": self.current_epoch, "figures": figures}
        checkpoint[KEY] = replace(self._bare, weights=weights, facts=facts).plain()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the history."""
        self._history.go_on(checkpoint[KEY]["facts"]["epoch"] + 1)

    def _heads(self, points: Tensor, mask: Tensor) -> list[Head]:
        if hasattr(self.network, "heads"):
            several: Callable[[Tensor, Tensor], list[Head]] = self.network.heads  # type: ignore[assignment]
            return several(points, mask)
        return [Head(1.0, self.network(points, mask))]

    def _loss(self, head: Head, target: Tensor) -> Tensor:
        """Of soft targets (batch, labels), by the words of `Fit`."""
        weights = self.get_buffer("weights")
        clips = target @ weights
        wanted = target if head.membership is None else target @ head.membership
        smoothing = self._fit.label_smoothing
        wanted = wanted * (1 - smoothing) + smoothing / wanted.shape[1]
        known = head.logits.log_softmax(-1)
        if self._fit.loss == "focal":
            wanted = wanted * (1 - known.exp()).clamp(min=0) ** self._fit.focal_gamma
        return -((wanted * known).sum(-1) * clips).sum() / clips.sum()

    def _mixed(self, points: Tensor, mask: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Each clip with a share of another's points where both were seen, and of its label."""
        random = np.random.default_rng([self._fit.seed, MIX, self.global_step])
        share = random.beta(self._fit.mixup, self._fit.mixup, len(points))
        kept = torch.from_numpy(np.maximum(share, 1 - share).astype(np.float32)).to(points.device)
        other = torch.from_numpy(random.permutation(len(points))).to(points.device)
        shares = kept.view(-1, *(1 for _ in points.shape[1:]))
        mixed = points * shares + points[other] * (1 - shares)
        lacking = torch.isnan(points[other]) | ~mask[other].view(*mask.shape, *(1 for _ in points.shape[2:]))
        mixed = torch.where(lacking, points.to(mixed.dtype), mixed)
        return mixed, target * kept[:, None] + target[other] * (1 - kept[:, None])

    def _rate(self, step: int) -> float:
        """The share of the highest learning rate at a step."""
        steps = self._steps * self._fit.epochs
        rise = max(1, round(self._fit.warm_up * steps))
        if step < rise:
            return (step + 1) / rise
        share = min(1.0, (step - rise) / max(1, steps - rise))
        return self._fit.final_rate + (1 - self._fit.final_rate) * (1 + cos(pi * share)) / 2


def callbacks(fit: Fit, folder: Path, *, judged: bool) -> list[Callback]:
    """`last.pt` after every epoch; with a split to judge by, `best.pt` and an end when nothing gets better."""
    last = _Keeping(folder, filename="last", save_top_k=1)
    if not judged:
        return [last]
    best = _Keeping(folder, filename="best", monitor=CHOICE, mode="max")
    ends = [EarlyStopping("val_top1", patience=fit.patience, mode="max")] if fit.patience else []
    return [*ends, best, last]


class _Keeping(ModelCheckpoint):
    """One file of a name, replaced as a whole."""

    FILE_EXTENSION = ".pt"

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(
            folder,
            auto_insert_metric_name=False,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
            **settings,
        )


def _forgetting(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """The rule of the moving average; it forgets faster at first, when the weights are still those it began with."""

    def averaged(average: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
        if not average.is_floating_point():
            return current
        return average.lerp(current, 1 - min(decay, (1 + int(steps)) / (10 + int(steps))))

    return averaged


def _class_weights(labels: "np.ndarray[Any, np.dtype[np.int64]]", classes: int, fit: Fit) -> Tensor:
    """(classes,) 1, or one over the clips of each class, 1 on the mean over the clips; 0 for classes without."""
    if not fit.class_weights:
        return torch.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)) * (counts > 0)
    return torch.from_numpy(weights.astype(np.float32))
