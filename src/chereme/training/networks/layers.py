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
        if self.training:
            normal = torch.zeros_like(values)
            normal[mask] = super().forward(values[mask])
            return normal
        assert self.running_mean is not None
        assert self.running_var is not None
        normal = (values - self.running_mean) * torch.rsqrt(self.running_var + self.eps) * self.weight + self.bias
        return normal * mask.unsqueeze(-1).to(values.dtype)


class Depth(nn.Module):
    """Leaves out what a block adds, for whole clips at random (Huang et al. 2016, stochastic depth)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, added: Tensor) -> Tensor:
        """(batch, frames, channels) as they came, but for the clips left out; as many times more as keeps the mean."""
        if not self.training or not self.share:
            return added
        kept = torch.rand(len(added), 1, 1, device=added.device, dtype=added.dtype) >= self.share
        return added * (kept / (1 - self.share))


def mean_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """(batch, channels), the mean of (batch, frames, channels) over a clip's own frames."""
    held = mask.unsqueeze(-1).to(values.dtype)
    return (values * held).sum(1) / held.sum(1).clamp(min=1)


def most_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """(batch, channels), the greatest of (batch, frames, channels) in a clip's own frames."""
    return values.masked_fill(~mask.unsqueeze(-1), torch.finfo(values.dtype).min).amax(1)
