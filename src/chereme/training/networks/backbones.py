"""Networks of `transformers` in place of our own: they are given pixels as those are, and give logits as those do."""

from typing import Any

from torch import Tensor, nn

from chereme.training.loading import Loading
from chereme.training.networks.pictures import Colors, mean_of_pictures


class VideoNetwork(nn.Module):
    """A model for video classification; it has no masks, so that it sees frames that are repeated as it sees others."""

    def __init__(self, model: Any, loading: Loading) -> None:
        super().__init__()
        self.colors, self.model = Colors(loading), model

    def forward(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        logits: Tensor = self.model(self.colors(pixels)).logits
        return logits


class ImageNetwork(nn.Module):
    """A model for image classification, asked about each picture."""

    def __init__(self, model: Any, loading: Loading) -> None:
        super().__init__()
        self.colors, self.model = Colors(loading), model

    def forward(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        logits = self.model(self.colors(pixels).flatten(0, 1)).logits
        return mean_of_pictures(logits.unflatten(0, mask.shape), mask)
