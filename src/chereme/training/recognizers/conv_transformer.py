"""The recognizer `conv-transformer`: causal depthwise convolutions in time, with attention between them."""

from dataclasses import dataclass
from typing import Any

from chereme.errors import SettingsError
from chereme.skeleton import Skeleton
from chereme.training.extra import networks
from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvTransformer:
    """In the manner of the winner of Google's Isolated Sign Language Recognition contest of 2023.

    Hoyeol Sohn, "1st place solution: 1DCNN combined with Transformer", kaggle.com/competitions/asl-signs: stages of
    three convolution blocks (expansion, causal depthwise convolution, channel attention after Wang et al., "ECA-Net",
    2020, projection) and one of attention, mean over time, strong dropout before the last layer. The code is ours.
    """

    width: int = 160
    """Channels."""
    stages: int = 2
    """How often three convolution blocks and one of attention follow each other."""
    kernel: int = 9
    """Frames that a convolution sees."""
    heads: int = 4
    """Of the attention."""
    dropout: float = 0.2
    """Share of values that training drops in each block."""
    late_dropout: float = 0.5
    """The same before the last layer."""

    def __post_init__(self) -> None:
        if min(self.width, self.stages, self.kernel, self.heads) < 1 or self.width % self.heads:
            raise SettingsError(f"[conv-transformer] width, {self.width}, is a multiple of heads, {self.heads}")
        if not (0 <= self.dropout < 1 and 0 <= self.late_dropout < 1):
            raise SettingsError("[conv-transformer] dropout and late-dropout are from 0 to below 1")

    def build(self, skeleton: Skeleton, frames: int, vocabulary: Vocabulary) -> Any:
        """The network; any number of frames."""
        return networks("conv_transformer").Network(self, skeleton, len(vocabulary))
