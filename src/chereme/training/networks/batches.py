"""Batches of examples whose order and changes a seed and the epoch decide, whoever prepares them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from chereme.training.fit import Fit
from chereme.training.form import Material

Key = tuple[int, int]
"""Epoch and place of an example."""
Batch = tuple[Tensor, Tensor, Tensor]
"""Clips in their form, (batch, frames, …), mask (batch, frames), labels (batch,)."""

ORDER, CHANGE = 1, 2
"""Of the seed's streams: the order of clips, and how each is changed."""


class Drawn(Dataset[Batch]):
    """Examples by epoch and place, changed as that epoch says."""

    def __init__(self, examples: Material, fit: Fit | None) -> None:
        self._examples, self._fit = examples, fit

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, key: Key) -> Batch:
        epoch, place = key
        held = self._examples
        if self._fit is None:
            values, mask = held.show(place)
        else:
            values, mask = held.vary(place, self._fit, np.random.default_rng([self._fit.seed, CHANGE, epoch, place]))
        values = np.ascontiguousarray(values)
        return torch.from_numpy(values), torch.from_numpy(mask), torch.tensor(int(held.labels[place]))


class Order(Sampler[Key]):
    """Every clip once an epoch in another order, or classes equally often."""

    def __init__(self, labels: "np.ndarray[Any, np.dtype[np.int64]]", fit: Fit) -> None:
        self._labels, self._fit, self._epoch = labels, fit, 0

    def set_epoch(self, epoch: int) -> None:
        """The trainer says which epoch begins."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Key]:
        random = np.random.default_rng([self._fit.seed, ORDER, self._epoch])
        count = len(self._labels)
        if self._fit.balanced:
            weights = 1 / np.bincount(self._labels)[self._labels]
            places = random.choice(count, count, p=weights / weights.sum())
        else:
            places = random.permutation(count)
        return ((self._epoch, int(place)) for place in places)


def training_batches(examples: Material, fit: Fit) -> "DataLoader[Batch]":
    """The train split, changed anew each epoch. A last batch of a single clip is left out: it has no statistics."""
    return DataLoader(
        Drawn(examples, fit),
        batch_size=fit.batch,
        sampler=Order(examples.labels, fit),
        num_workers=fit.workers,
        multiprocessing_context="spawn" if fit.workers else None,
        persistent_workers=bool(fit.workers),
        drop_last=len(examples) % fit.batch == 1 and len(examples) > 1,
        generator=torch.Generator().manual_seed(fit.seed),
    )


def judging_batches(examples: Material, fit: Fit) -> "DataLoader[Batch]":
    """A split as it is, in its order."""
    places: list[Key] = [(0, place) for place in range(len(examples))]
    batch = min(4 * fit.batch, examples.preparation.together)
    return DataLoader(Drawn(examples, None), batch_size=batch, sampler=places)
