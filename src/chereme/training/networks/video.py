"""The network of the recognizer `video`."""

import torch
from torch import Tensor, nn

from chereme.training.loading import Loading
from chereme.training.networks.layers import MaskedNorm, mean_over_time, most_over_time
from chereme.training.networks.pictures import Colors, Places, Residual
from chereme.training.recognizers.video import Video

KERNEL = 5
"""Frames that a convolution in time sees."""
BLOCKS = 2
"""Of them."""


class Moments(nn.Module):
    """A convolution in time over a clip's own frames, added to what came."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, bias=False)
        self.norm = MaskedNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """(batch, frames, width), 0 where it pads."""
        inner = self.convolution(values.transpose(1, 2)).transpose(1, 2)
        added: Tensor = values + self.dropout(torch.relu(self.norm(inner, mask))) * mask.unsqueeze(-1).to(values.dtype)
        return added


class Network(nn.Module):
    """Pixels to logits."""

    def __init__(self, spec: Video, loading: Loading, classes: int) -> None:
        super().__init__()
        self.colors = Colors(loading)
        narrow, wide = spec.width, 2 * spec.width
        self.edges = nn.Conv2d(3, 2 * narrow, 5, 4, 2, bias=False)
        self.frame = nn.Sequential(
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            Residual(narrow, wide, 2),
            Residual(wide, wide),
            places := Places(wide, spec.places),
        )
        self.stem = nn.Linear(places.features, spec.features, bias=False)
        self.norm = MaskedNorm(spec.features)
        self.moments = nn.ModuleList(Moments(spec.features, spec.dropout / 2) for _ in range(BLOCKS))
        self.dropout = nn.Dropout(spec.dropout)
        self.last = nn.Linear(2 * spec.features, classes)

    def forward(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        values = torch.relu(self.norm(self.stem(self._frames(pixels, mask)), mask))
        for moments in self.moments:
            values = moments(values, mask)
        found = torch.cat([mean_over_time(values, mask), most_over_time(values, mask)], 1)
        answer: Tensor = self.last(self.dropout(found))
        return answer

    def _frames(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """(batch, frames, features); what pads is looked at only where the network is exported."""
        first = torch.arange(mask.shape[1], device=mask.device) == 0
        first = first.expand(mask.shape).flatten()
        if torch.compiler.is_exporting():
            features = self._seen(pixels.flatten(0, 1), first)
        else:
            chosen = mask.flatten()
            own = self._seen(pixels.flatten(0, 1)[chosen], first[chosen])
            features = own.new_zeros((len(chosen), own.shape[1]))
            features[chosen] = own
        return features.view(*mask.shape, -1)

    def _seen(self, pixels: Tensor, first: Tensor) -> Tensor:
        """(frames, features) of frames one after the other; those that are a clip's first have none before them."""
        still, moving = self.edges(self.colors(pixels)).chunk(2, 1)
        # A convolution of what differs from the frame before is the difference of the convolutions, on fewer pixels.
        before = torch.where(first[:, None, None, None], moving, torch.cat([moving[:1], moving[:-1]]))
        found: Tensor = self.frame(still + moving - before)
        return found
