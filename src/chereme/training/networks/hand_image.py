"""The network of the recognizer `hand-image`."""

from itertools import pairwise

from torch import Tensor, nn

from chereme.training.loading import Loading
from chereme.training.networks.pictures import Colors, Places, Residual, mean_of_pictures
from chereme.training.recognizers.hand_image import HandImage

WIDTHS = (4 / 3, 8 / 3, 16 / 3)
"""Channels of the stages, as shares of the first layer's."""


class Network(nn.Module):
    """Pixels to logits."""

    def __init__(self, spec: HandImage, loading: Loading, classes: int) -> None:
        super().__init__()
        self.colors = Colors(loading)
        widths = (spec.width, *(round(share * spec.width) for share in WIDTHS))
        self.picture = nn.Sequential(
            nn.Conv2d(3, widths[0], 3, 2, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            *(Residual(before, after, 2) for before, after in pairwise(widths)),
            places := Places(widths[-1], spec.places),
            nn.Dropout(spec.dropout),
            nn.Linear(places.features, classes),
        )

    def forward(self, pixels: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        logits = self.picture(self.colors(pixels).flatten(0, 1))
        return mean_of_pictures(logits.unflatten(0, mask.shape), mask)
