"""Layers that several networks share: those that keep what pads out of what they compute."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Head(NamedTuple):
    """One of several outputs that a network is trained by."""

    weight: float
    """Its share of the loss."""
    logits: Tensor
    """(batch, classes of this head)."""
    membership: Tensor | None = None
    """(labels, classes of this head): 1 where a label belongs to a class; None where they are the labels."""


class MaskedNorm(nn.BatchNorm1d):
    """Batch normalization of (batch, frames, channels) over a clip's own frames alone; 0 where it pads."""

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
        """As the values; `mask` is bool (batch, frames)."""
        held = mask.unsqueeze(-1).to(values.dtype)
        if self.training:
            count = held.sum().clamp(min=1)
            mean = (values * held).sum((0, 1)) / count
            variance = ((values - mean).square() * held).sum((0, 1)) / count
            self._remember(mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
        else:
            assert self.running_mean is not None
            assert self.running_var is not None
            mean, variance = self.running_mean, self.running_var
        return ((values - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias) * held

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


def mean_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """(batch, channels), the mean of (batch, frames, channels) over a clip's own frames."""
    held = mask.unsqueeze(-1).to(values.dtype)
    return (values * held).sum(1) / held.sum(1).clamp(min=1)


def most_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """(batch, channels), the greatest of (batch, frames, channels) in a clip's own frames."""
    return values.masked_fill(~mask.unsqueeze(-1), torch.finfo(values.dtype).min).amax(1)
