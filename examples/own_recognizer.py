"""A recognizer of one's own: the mean place and movement of each point, and one layer.

A package offers it to chereme with one line of its pyproject.toml; then `--recognizer means` works:

    [project.entry-points."chereme.recognizers"]
    means = "my_package.own_recognizer:Means"
"""

from dataclasses import dataclass
from typing import Any

from chereme.skeleton import Skeleton
from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The settings; PyTorch is imported when the network is built."""

    dropout: float = 0.1
    """Share of values that training drops."""

    def build(self, skeleton: Skeleton, frames: int, vocabulary: Vocabulary) -> Any:
        """The network: (batch, frames, points, xyz) and mask (batch, frames) to logits (batch, classes)."""
        import torch
        from torch import Tensor, nn

        class Network(nn.Module):
            def __init__(self, dropout: float) -> None:
                super().__init__()
                self.dropout = nn.Dropout(dropout)
                self.last = nn.Linear(4 * len(skeleton), len(vocabulary))

            def forward(self, points: Tensor, mask: Tensor) -> Tensor:
                places = points[..., :2]
                seen = ~torch.isnan(places).any(-1, keepdim=True) & mask[:, :, None, None]
                places = torch.where(seen, places, torch.zeros_like(places))  # unseen points are NaN
                count = seen.sum(1).clamp(min=1)
                mean = places.sum(1) / count
                spread = (((places - mean[:, None]) * seen).abs().sum(1)) / count
                answer: Tensor = self.last(self.dropout(torch.cat([mean, spread], -1).flatten(1)))
                return answer

        return Network(self.dropout)
