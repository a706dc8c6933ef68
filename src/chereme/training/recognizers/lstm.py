"""The recognizer `lstm`: two recurrent layers, the mean over time of what they say, and a dense layer."""

from dataclasses import dataclass
from typing import Any

from chereme.errors import SettingsError
from chereme.skeleton import Skeleton
from chereme.training.extra import networks
from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Lstm:
    """Long short-term memory (Hochreiter and Schmidhuber 1997), the smallest of the recognizers.

    What each layer says is normalized (Ba et al. 2016, "Layer Normalization") and the mean over the clip's frames is
    classified: the state at the last frame, when the hands go down, has forgotten most of a sign.
    """

    first: int = 128
    """Units of the first layer."""
    second: int = 64
    """Units of the second layer."""
    dense: int = 64
    """Units of the dense layer after them."""
    dropout: float = 0.5
    """Share of values that training drops of that mean."""
    both_ways: bool = True
    """Whether each layer goes through a clip backwards too, with as many units again (Schuster and Paliwal 1997)."""

    def __post_init__(self) -> None:
        if min(self.first, self.second, self.dense) < 1:
            raise SettingsError("[lstm] first, second and dense are at least 1")
        if not 0 <= self.dropout < 1:
            raise SettingsError(f"[lstm] dropout is from 0 to below 1, not {self.dropout}")

    def build(self, skeleton: Skeleton, frames: int, vocabulary: Vocabulary) -> Any:
        """The network; any number of frames."""
        return networks("lstm").Network(self, skeleton, len(vocabulary))
