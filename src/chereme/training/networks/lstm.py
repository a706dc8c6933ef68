"""The network of the recognizer `lstm`."""

import torch
from torch import Tensor, nn

from chereme.skeleton import Skeleton
from chereme.training.networks.layers import MaskedNorm, mean_over_time
from chereme.training.networks.points import Points
from chereme.training.recognizers.lstm import Lstm

FORGET = 1.0
"""Bias of the forget gates to begin with, so that memories last (Jozefowicz et al. 2015); PyTorch's is about 0."""


class Layer(nn.Module):
    """A recurrent layer, run over a clip's frames both ways if asked, and what it says normalized in each frame."""

    def __init__(self, inputs: int, units: int, *, both_ways: bool) -> None:
        super().__init__()
        self.ahead = nn.LSTM(inputs, units, batch_first=True)
        self.back = nn.LSTM(inputs, units, batch_first=True) if both_ways else None
        for way in filter(None, (self.ahead, self.back)):
            gate = slice(units, 2 * units)  # of input, forget, cell and output gate, as PyTorch has them
            nn.init.constant_(way.get_parameter("bias_ih_l0").data[gate], FORGET)
            nn.init.zeros_(way.get_parameter("bias_hh_l0").data[gate])
        self.outputs = units * (2 if both_ways else 1)
        self.norm = nn.LayerNorm(self.outputs)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """(batch, frames, `self.outputs`), of which no frame of a clip depends on those that pad."""
        said, _ = self.ahead(values)
        if self.back is not None:
            back, _ = self.back(_reversed(values, mask))
            said = torch.cat([said, _reversed(back, mask)], -1)
        normal: Tensor = self.norm(said)
        return normal


class Network(nn.Module):
    """Points to logits."""

    def __init__(self, spec: Lstm, skeleton: Skeleton, classes: int) -> None:
        super().__init__()
        self.points = Points(skeleton)
        self.norm = MaskedNorm(self.points.features)
        self.first = Layer(self.points.features, spec.first, both_ways=spec.both_ways)
        self.second = Layer(self.first.outputs, spec.second, both_ways=spec.both_ways)
        self.dropout = nn.Dropout(spec.dropout)
        self.dense = nn.Linear(self.second.outputs, spec.dense)
        self.last = nn.Linear(spec.dense, classes)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        values = self.norm(self.points(points, mask), mask)
        values = self.second(self.first(values, mask), mask)
        state = self.dropout(mean_over_time(values, mask))
        answer: Tensor = self.last(torch.relu(self.dense(state)))
        return answer


def _reversed(values: Tensor, mask: Tensor) -> Tensor:
    """(batch, frames, channels) with each clip's own frames, which are the first ones, in reverse; pads stay behind."""
    count = mask.sum(1, keepdim=True)
    place = torch.arange(mask.shape[1], device=mask.device).unsqueeze(0)
    place = torch.where(place < count, count - 1 - place, place)
    return values.gather(1, place.unsqueeze(-1).expand(-1, -1, values.shape[-1]))
