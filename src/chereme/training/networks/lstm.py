"""The network of the recognizer `lstm`."""

import torch
from torch import Tensor, nn

from chereme.skeleton import Skeleton
from chereme.training.networks.layers import MaskedNorm
from chereme.training.networks.points import Points
from chereme.training.recognizers.lstm import Lstm


class Network(nn.Module):
    """Points to logits."""

    def __init__(self, spec: Lstm, skeleton: Skeleton, classes: int) -> None:
        super().__init__()
        self.points = Points(skeleton)
        self.norm = MaskedNorm(self.points.features)
        self.first = nn.LSTM(self.points.features, spec.first, batch_first=True)
        self.second = nn.LSTM(spec.first, spec.second, batch_first=True)
        self.dropout = nn.Dropout(spec.dropout)
        self.dense = nn.Linear(spec.second, spec.dense)
        self.last = nn.Linear(spec.dense, classes)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes). The layers look back only, so what follows a clip's last frame changes nothing in it."""
        values = self.norm(self.points(points, mask), mask)
        values, _ = self.first(values)
        values, _ = self.second(self.dropout(values))
        end = (mask.sum(1) - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, values.shape[-1])
        state = self.dropout(values.gather(1, end).squeeze(1))
        answer: Tensor = self.last(self.dropout(torch.relu(self.dense(state))))
        return answer
