"""A trained recognizer in one file: weights, and all that is needed to use them on a video. No pickles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np

from chereme import plugins
from chereme.contracts import Recognizer
from chereme.errors import DatasetError
from chereme.store import aside
from chereme.store.plain import plain, restored
from chereme.training.extra import imported
from chereme.training.preparation import Mask, Preparation
from chereme.types import Floats, Vocabulary

FORM = 1
"""Raised when a file means something else than before."""
KEY = "chereme"
"""Where a checkpoint lies in its file, beside what a trainer needs to go on."""

Logits = Callable[[Floats, Mask], Floats]
"""Points (clips, frames, points, xyz), NaN where unseen, and mask (clips, frames) to logits (clips, classes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """A recognizer ready for use, whatever computes it."""

    recognizer: str
    vocabulary: Vocabulary
    preparation: Preparation
    logits: Logits = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    """What is told of its training: epoch, figures on the val split, settings, version."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """A trained recognizer."""

    recognizer: str
    """Its name in the table `recognizers`."""
    spec: Recognizer
    """Its settings."""
    vocabulary: Vocabulary
    preparation: Preparation
    weights: Mapping[str, Any] = field(repr=False)
    """Tensors by name, on the CPU."""
    facts: Mapping[str, Any] = field(repr=False, default_factory=dict)
    """What is told of its training, plain values."""

    def module(self) -> Any:
        """The network with its weights, in evaluation mode; raises `DatasetError` where they do not fit."""
        module = self.spec.build(self.preparation.skeleton, self.preparation.frames, self.vocabulary)
        try:
            module.load_state_dict(self.weights)
        except RuntimeError as error:
            raise DatasetError(f"weights that are none of this {self.recognizer}: {error}") from error
        return module.eval()

    def open(self, device: str = "cpu", batch: int = 256) -> Opened:
        """Ready for use by PyTorch, so many clips at a time."""
        torch = imported("torch", "a checkpoint")
        module = self.module().to(device)

        def logits(points: Floats, mask: Mask) -> Floats:
            found = [np.zeros((0, len(self.vocabulary)), np.float32)]
            with torch.inference_mode():
                for start in range(0, len(points), batch):
                    given = torch.from_numpy(np.ascontiguousarray(points[start : start + batch], np.float32))
                    held = torch.from_numpy(np.ascontiguousarray(mask[start : start + batch]))
                    found.append(module(given.to(device), held.to(device)).float().cpu().numpy())
            return np.concatenate(found)

        return Opened(
            recognizer=self.recognizer,
            vocabulary=self.vocabulary,
            preparation=self.preparation,
            logits=logits,
            facts=self.facts,
        )

    def header(self) -> dict[str, Any]:
        """All but the weights, as plain values."""
        return {
            "form": FORM,
            "version": version("chereme"),
            "recognizer": self.recognizer,
            "spec": plain(self.spec),
            "vocabulary": list(self.vocabulary.glosses),
            "preparation": self.preparation.plain(),
            "facts": plain(dict(self.facts)),
        }

    def plain(self) -> dict[str, Any]:
        """As plain values and tensors."""
        return self.header() | {"weights": dict(self.weights)}

    @classmethod
    def restored(cls, held: Mapping[str, Any], weights: Mapping[str, Any] | None = None) -> "Checkpoint":
        """What `plain` was made of; raises `DatasetError` where it is something else."""
        try:
            if held["form"] != FORM:
                raise DatasetError(
                    f"a checkpoint of form {held['form']}, made by chereme {held['version']}: not {FORM}"
                )
            name = held["recognizer"]
            return cls(
                recognizer=name,
                spec=restored(plugins.load("recognizers", name), held["spec"]),
                vocabulary=Vocabulary(tuple(held["vocabulary"])),
                preparation=Preparation.restored(held["preparation"]),
                weights=held["weights"] if weights is None else weights,
                facts=held["facts"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"no checkpoint of chereme: {error!r}") from error

    def save(self, path: Path) -> Path:
        """Write the file, whole."""
        torch = imported("torch", "a checkpoint")
        with aside(path) as temporary:
            torch.save({KEY: self.plain()}, temporary)
        return path

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a file that `save` or training wrote; raises `DatasetError` for any other. Nothing in it is executed."""
        return cls.restored(read(path).get(KEY, {}))


def read(path: Path) -> dict[str, Any]:
    """A file of tensors and plain values, on the CPU; raises `DatasetError` for any other."""
    torch = imported("torch", "a checkpoint")
    if not path.is_file():
        raise DatasetError(f"{path} is not there")
    try:
        held = torch.load(path, map_location="cpu", weights_only=True) if is_zipfile(path) else None
    except Exception as error:  # torch raises whatever its reader met
        raise DatasetError(f"{path} is no checkpoint of chereme: {type(error).__name__}") from error
    if not isinstance(held, dict):
        raise DatasetError(f"{path} is no checkpoint of chereme")
    return held


def open_recognizer(path: Path, device: str = "cpu") -> Opened:
    """A checkpoint ready for use: `.pt` by PyTorch, `.onnx` by OpenVINO. Raises `DatasetError` for any other file."""
    if path.suffix == ".onnx":
        from chereme.training.onnx_file import open_onnx

        return open_onnx(path)
    return Checkpoint.load(path).open(device)
