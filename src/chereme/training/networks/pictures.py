"""Layers for pixels that several networks share: colors, residual blocks, where things are, the mean over pictures."""

import torch
from torch import Tensor, nn

from chereme.training.loading import Loading

SHARPNESS = 3.0
"""Deviation of what a softmax over a picture is taken of, to begin with."""


class Colors(nn.Module):
    """Pixels (…, height, width, rgb), 0..255, to (…, rgb, height, width), normalized."""

    mean: Tensor
    std: Tensor

    def __init__(self, loading: Loading) -> None:
        super().__init__()
        self.register_buffer("mean", 255 * torch.tensor(loading.mean), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(loading.std), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """The normalized pixels."""
        return ((pixels.to(self.mean.dtype) - self.mean) / self.std).movedim(-1, -3)


class Residual(nn.Module):
    """Two convolutions added to what came (He et al. 2016), at `stride` of its width and height."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.short = nn.Conv2d(before, after, 1, stride, bias=False) if stride > 1 or before != after else nn.Identity()

    def forward(self, values: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        inner = torch.relu(self.first_norm(self.first(values)))
        return torch.relu(self.second_norm(self.second(inner)) + self.short(values))


class Places(nn.Module):
    """(batch, channels, height, width) to (batch, `features`): where each of several things is, and what there is.

    Where: the mean place, -1..1 across and down, weighted by a softmax over the picture. What: each channel's mean.
    All are brought to one scale. Without `SHARPNESS` a softmax over so many places begins as good as even, all places
    are the middle, and little is learnt for long: 33 % of the drawn clips in five epochs, 81 % with it.
    """

    def __init__(self, channels: int, places: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, places, 1, bias=False)
        self.sharp = nn.BatchNorm2d(places)
        nn.init.constant_(self.sharp.weight, SHARPNESS)
        self.features = 2 * places + channels
        self.norm = nn.BatchNorm1d(self.features)

    def forward(self, values: Tensor) -> Tensor:
        """The features."""
        height, width = values.shape[-2:]
        weight = self.sharp(self.look(values)).flatten(2).softmax(-1).unflatten(2, (height, width))
        across = torch.linspace(-1, 1, width, dtype=values.dtype, device=values.device)
        down = torch.linspace(-1, 1, height, dtype=values.dtype, device=values.device)
        x, y = (weight.sum(2) * across).sum(-1), (weight.sum(3) * down).sum(-1)
        found: Tensor = self.norm(torch.cat([x, y, values.mean((2, 3))], 1))
        return found


def mean_of_pictures(logits: Tensor, mask: Tensor) -> Tensor:
    """(batch, classes), the logarithm of the mean probability, of logits (batch, pictures, classes)."""
    known = logits.log_softmax(-1).masked_fill(~mask.unsqueeze(-1), torch.finfo(logits.dtype).min)
    return known.logsumexp(1) - mask.sum(1, keepdim=True).clamp(min=1).to(logits.dtype).log()
