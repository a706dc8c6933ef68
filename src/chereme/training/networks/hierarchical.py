"""The network of the recognizer `hierarchical`."""

import torch
from torch import Tensor, nn

from chereme.skeleton import Skeleton
from chereme.training.networks.layers import Head, MaskedNorm, most_over_time
from chereme.training.networks.points import Points
from chereme.training.recognizers.hierarchical import Hierarchical

CHANNELS = (64, 128, 256)
KERNEL = 5
"""Frames that a convolution sees."""
DENSE = (512, 256)


class Network(nn.Module):
    """Points to logits, by way of groups."""

    def __init__(self, spec: Hierarchical, table: tuple[int, ...], skeleton: Skeleton) -> None:
        super().__init__()
        self.points = Points(skeleton)
        self.norm = MaskedNorm(self.points.features)
        inputs = (self.points.features, *CHANNELS)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, KERNEL, padding="same") for before, after in zip(inputs, CHANNELS, strict=False)
        )
        self.norms = nn.ModuleList(MaskedNorm(channels) for channels in CHANNELS)
        self.shared = nn.Sequential(
            *(nn.Linear(CHANNELS[-1], DENSE[0]), nn.ReLU(), nn.Dropout(spec.dropout)),
            *(nn.Linear(*DENSE), nn.ReLU(), nn.Dropout(spec.dropout)),
        )
        groups = max(table) + 1
        self.group = nn.Linear(DENSE[-1], groups)
        self.fine = nn.Linear(DENSE[-1] + groups, len(table))
        self.weight = spec.group_weight
        membership = nn.functional.one_hot(torch.tensor(table), groups).float()
        self.register_buffer("membership", membership, persistent=False)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        return self._both(points, mask)[1]

    def heads(self, points: Tensor, mask: Tensor) -> list[Head]:
        """The groups' and the signs'."""
        group, fine = self._both(points, mask)
        membership = self.get_buffer("membership")
        return [Head(self.weight, group, membership), Head(1 - self.weight, fine)]

    def _both(self, points: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        values = self.norm(self.points(points, mask), mask)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            values = torch.relu(norm(convolution(values.transpose(1, 2)).transpose(1, 2), mask))
            values = values * mask.unsqueeze(-1).to(values.dtype)
        shared = self.shared(most_over_time(values, mask))
        group = self.group(shared)
        fine = self.fine(torch.cat([shared, group.softmax(-1)], -1))
        return group, fine
