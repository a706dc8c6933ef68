"""Networks that others trained, from `transformers`: what they are, and their weights, which are no pickles."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from chereme.errors import DatasetError, ExtraMissing, SettingsError

Kind = Literal["Video", "Image"]
"""Which of transformers' models: `AutoModelFor<Kind>Classification`."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of red, green and blue, as shares of 255: what most such networks were trained with, taken where one does not say."""
SIZE, FRAMES = 224, 16
"""Pixels a side and frames of a clip, for networks that do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network as it is described beside its weights: enough to build it without them."""

    config: Mapping[str, Any] = field(repr=False)
    """transformers' own configuration."""
    size: int
    """Pixels of a picture's side."""
    frames: int
    """Frames of a clip; 1 for a network of pictures."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def of(cls, name: str, kind: Kind) -> "Backbone":
        """What a folder, or the hub under a name, says; raises `SettingsError` where it is none of this kind."""
        transformers = _transformers()
        with _quiet(name):
            config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
            path = transformers.utils.cached_file(
                name, "preprocessor_config.json", _raise_exceptions_for_missing_entries=False
            )
            seen = json.loads(Path(path).read_bytes()) if path else {}
        if type(config) not in getattr(transformers, f"MODEL_FOR_{kind.upper()}_CLASSIFICATION_MAPPING"):
            raise SettingsError(f"backbone '{name}', of {config.model_type}, is no network that tells {kind.lower()}s")
        return cls(
            config=_harmless(config.to_dict()),
            size=_number(getattr(config, "image_size", None)) or _number(seen.get("size")) or SIZE,
            frames=(_number(getattr(config, "num_frames", None)) or FRAMES) if kind == "Video" else 1,
            mean=tuple(seen.get("image_mean") or IMAGENET_MEAN),
            std=tuple(seen.get("image_std") or IMAGENET_STD),
        )

    def text(self) -> str:
        """As JSON, for a checkpoint."""
        facts = {"config": self.config, "size": self.size, "frames": self.frames, "mean": self.mean, "std": self.std}
        return json.dumps(facts, sort_keys=True)

    @classmethod
    def restored(cls, text: str) -> "Backbone":
        """What `text` gave; raises `DatasetError` for anything else."""
        try:
            facts = json.loads(text)
            return cls(**{**facts, "mean": tuple(facts["mean"]), "std": tuple(facts["std"])})
        except (TypeError, ValueError, KeyError) as error:
            raise DatasetError(f"no description of a backbone: {error!r}") from error

    def empty(self, kind: Kind, classes: int) -> Any:
        """The network with weights that are drawn, for so many classes."""
        transformers = _transformers()
        made = getattr(transformers, f"AutoModelFor{kind}Classification")
        with _quiet(self.config.get("model_type", "")):
            return made.from_config(self._of(classes), trust_remote_code=False)

    def weights(self, name: str, kind: Kind, classes: int) -> Mapping[str, Any]:
        """The weights that lie in a folder, or on the hub under a name, those of another last layer drawn anew."""
        transformers = _transformers()
        made = getattr(transformers, f"AutoModelFor{kind}Classification")
        with _quiet(name):
            found = made.from_pretrained(
                name,
                config=self._of(classes),
                ignore_mismatched_sizes=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
        weights: Mapping[str, Any] = found.float().state_dict()
        return weights

    def _of(self, classes: int) -> Any:
        facts = _harmless(self.config)  # once more: a checkpoint may come from anyone
        config = _transformers().AutoConfig.for_model(facts.pop("model_type"), **facts)
        config.num_labels = classes
        return config


_CODE = {"auto_map", "attn_implementation", "_attn_implementation", "use_kernels", "quantization_config"}
"""What makes transformers fetch code from the hub and run it."""
_UNWANTED = _CODE | {"id2label", "label2id", "_name_or_path", "transformers_version", "dtype", "torch_dtype"}
"""Besides, words of other classes, where the network lay, and how its weights were stored."""


def _harmless(config: Any) -> Any:
    """A configuration without what is unwanted, in its inner ones too."""
    if isinstance(config, Mapping):
        return {key: _harmless(value) for key, value in config.items() if key not in _UNWANTED}
    return [_harmless(each) for each in config] if isinstance(config, list | tuple) else config


def _number(stated: Any) -> int:
    """The side that a size says: a number, a pair, or named sides; 0 where it says none."""
    if isinstance(stated, Mapping):
        stated = stated.get("height") or stated.get("shortest_edge")
    if isinstance(stated, list | tuple):
        stated = stated[0] if stated else None
    return int(stated) if isinstance(stated, int | float) else 0


def _transformers() -> Any:
    try:
        return import_module("transformers")
    except ModuleNotFoundError as error:
        if error.name != "transformers":
            raise
        raise ExtraMissing("a pretrained backbone", "backbones") from None


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Without the library's talk and bars; what it cannot load is a `SettingsError`."""
    logging = _transformers().utils.logging
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError, TypeError) as error:
        first = str(error).strip().split("\n")[0]
        raise SettingsError(f"backbone '{name}' cannot be loaded, from a folder or the hub: {first}") from error
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
