"""The recognizer `hand-image`: pictures of the hands, by a small network of its own or one that others trained."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from chereme.bounds import require
from chereme.errors import SettingsError
from chereme.training.backbone import IMAGENET_MEAN, IMAGENET_STD, Backbone
from chereme.training.extra import networks
from chereme.training.loading import Loading
from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class HandImage:
    """Each picture of a clip through a small residual network; the clip's probabilities are the pictures' mean.

    It sees handshapes and how the hands lie to each other, and no movement: signs that differ by that alone are one
    to it. Where there are faces or bodies in the pictures, it learns those.
    """

    size: int = 112
    """Pixels of a picture's side; with a backbone its own."""
    width: int = 24
    """Channels of the first layer; the last has five times as many and more."""
    places: int = 32
    """Things that are looked for in each picture."""
    dropout: float = 0.3
    """Share of values that training drops before the last layer."""
    backbone: str = ""
    """A folder, or a name on the Hugging Face hub, of an image network of transformers (ViT, ConvNeXt, ResNet) to
    fine-tune in place of the small one; its weights as safetensors."""
    architecture: str = ""
    """What that network is built of; training writes it down, so that a checkpoint needs no other file."""

    shown: ClassVar[Literal["clips", "pictures"]] = "pictures"

    def __post_init__(self) -> None:
        require(self, ("width", "places"), lambda value: value >= 1, "is at least 1", "[hand-image] ")
        if self.size < 16:
            raise SettingsError(f"[hand-image] size is at least 16, not {self.size}")
        if not 0 <= self.dropout < 1:
            raise SettingsError(f"[hand-image] dropout is from 0 to below 1, not {self.dropout}")

    def loading(self) -> Loading:
        """What of a picture is shown: all of it; how many of a clip is the build's to say."""
        size, mean, std = self.size, IMAGENET_MEAN, IMAGENET_STD
        if self.backbone:
            made = self._backbone()
            size, mean, std = made.size, made.mean, made.std
        return Loading(frames=1, stride=1, pad="edge", short_side=size, size=size, mean=mean, std=std)

    def build(self, loading: Loading, vocabulary: Vocabulary) -> Any:
        """The network; any number of pictures."""
        if not self.backbone:
            return networks("hand_image").Network(self, loading, len(vocabulary))
        model = self._backbone().empty("Image", len(vocabulary))
        return networks("backbones").ImageNetwork(model, loading)

    def settled(self) -> "HandImage":
        """With the backbone's architecture."""
        return replace(self, architecture=self._backbone().text()) if self.backbone else self

    def begin(self, network: Any) -> None:
        """Load the backbone's weights."""
        if self.backbone:
            classes = network.model.config.num_labels
            network.model.load_state_dict(self._backbone().weights(self.backbone, "Image", classes))

    def _backbone(self) -> Backbone:
        return Backbone.restored(self.architecture) if self.architecture else Backbone.of(self.backbone, "Image")
