"""The recognizer `video`: the pixels of clips, by a small network of its own or one that others trained."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from chereme.bounds import require
from chereme.errors import SettingsError
from chereme.training.backbone import Backbone
from chereme.training.extra import networks
from chereme.training.loading import Loading
from chereme.types import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """Each frame, and what differs from the frame before, through a small residual network; then convolutions in time.

    Small enough to be trained on a CPU. What it takes of a frame is where it finds what (spatial softmax: Levine et al.
    2016, "End-to-end training of deep visuomotor policies") beside what there is, so that hands become paths.
    """

    frames: int = 32
    """Frames of a clip that are shown; with a backbone as many as it takes."""
    stride: int = 2
    """Every how many frames of the file one is taken; clips too long for that are spread evenly over their length."""
    short_side: int = 128
    """Pixels to which a picture's shorter side is brought; with a backbone in the same proportion to its size."""
    size: int = 112
    """Pixels of the side of the square in the picture's middle; with a backbone its own."""
    width: int = 24
    """Channels of the first layer; the later ones have twice as many."""
    places: int = 32
    """Things that are looked for in each frame."""
    features: int = 128
    """Channels in time."""
    dropout: float = 0.3
    """Share of values that training drops before the last layer, and half of it in each block in time."""
    backbone: str = ""
    """A folder, or a name on the Hugging Face hub, of a video network of transformers (VideoMAE, TimeSformer, ViViT) to
    fine-tune in place of the small one; its weights as safetensors."""
    architecture: str = ""
    """What that network is built of; training writes it down, so that a checkpoint needs no other file."""

    shown: ClassVar[Literal["clips", "pictures"]] = "clips"

    def __post_init__(self) -> None:
        counts = "frames", "stride", "width", "places", "features"
        require(self, counts, lambda value: value >= 1, "is at least 1", "[video] ")
        if not 16 <= self.size <= self.short_side:
            raise SettingsError(f"[video] size is from 16 to short-side, {self.short_side}, not {self.size}")
        if not 0 <= self.dropout < 1:
            raise SettingsError(f"[video] dropout is from 0 to below 1, not {self.dropout}")

    def loading(self) -> Loading:
        """What of a clip is shown; colors as for networks trained on Kinetics."""
        if not self.backbone:
            return Loading(frames=self.frames, stride=self.stride, short_side=self.short_side, size=self.size)
        made = self._backbone()
        return Loading(
            frames=made.frames,
            stride=self.stride,
            short_side=round(made.size * self.short_side / self.size),
            size=made.size,
            mean=made.mean,
            std=made.std,
        )

    def build(self, loading: Loading, vocabulary: Vocabulary) -> Any:
        """The network."""
        if not self.backbone:
            return networks("video").Network(self, loading, len(vocabulary))
        model = self._backbone().empty("Video", len(vocabulary))
        return networks("backbones").VideoNetwork(model, loading)

    def settled(self) -> "Video":
        """With the backbone's architecture."""
        return replace(self, architecture=self._backbone().text()) if self.backbone else self

    def begin(self, network: Any) -> None:
        """Load the backbone's weights."""
        if self.backbone:
            classes = network.model.config.num_labels
            network.model.load_state_dict(self._backbone().weights(self.backbone, "Video", classes))

    def _backbone(self) -> Backbone:
        return Backbone.restored(self.architecture) if self.architecture else Backbone.of(self.backbone, "Video")
