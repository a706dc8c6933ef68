"""A trained recognizer in one file: weights, and all that is needed to use them on a video. No pickles."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import numpy as np

from chereme import plugins
from chereme.contracts import Recognizer, Viewer
from chereme.errors import DatasetError, SettingsError
from chereme.landmarks.torch_runtime import Torch
from chereme.store import aside
from chereme.store.plain import plain, restored
from chereme.training.extra import imported
from chereme.training.form import Form, Mask, Values, form
from chereme.training.preparation import Preparation
from chereme.training.taught import Taught
from chereme.types import Floats, Vocabulary

FORM = 2
"""Raised when a file means something else than before."""
OLDEST = {"lstm": 2}
"""The first form in which a recognizer's weights are those of its network as it is now; 1 for those not named."""
KEY = "chereme"
"""Where a checkpoint lies in its file, beside what a trainer needs to go on."""

Logits = Callable[[Values, Mask], Floats]
"""What clips are in their form, (clips, frames, …), and mask (clips, frames) to logits (clips, classes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """A recognizer ready for use, whatever computes it."""

    recognizer: str
    vocabulary: Vocabulary
    preparation: Form
    logits: Logits = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    """What is told of its training: epoch, figures on the val split, settings, version."""
    taught: Taught = field(repr=False, default_factory=Taught)

    @property
    def sequences(self) -> Preparation:
        """How it is shown sequences of points; raises `SettingsError` for a recognizer that is shown something else."""
        if not isinstance(self.preparation, Preparation):
            shown = self.preparation.shown
            raise SettingsError(
                f"this takes a recognizer of landmarks, such as lstm; {self.recognizer} is shown {shown}"
            )
        return self.preparation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """A trained recognizer."""

    recognizer: str
    """Its name in the table `recognizers`."""
    spec: Recognizer | Viewer
    """Its settings."""
    vocabulary: Vocabulary
    preparation: Form
    weights: Mapping[str, Any] = field(repr=False)
    """Tensors by name, on the CPU."""
    facts: Mapping[str, Any] = field(repr=False, default_factory=dict)
    """What is told of its training, plain values."""
    taught: Taught = field(repr=False, default_factory=Taught)

    def module(self) -> Any:
        """The network with its weights, in evaluation mode; raises `DatasetError` where they do not fit.

        That is found out before the network is made: settings may ask for more memory than there is.
        """
        torch = imported("torch", "a checkpoint")
        try:
            _refuse_hollow(torch, self.weights)
            with torch.device("meta"):
                self.preparation.network(self.spec, self.vocabulary).load_state_dict(self.weights, assign=True)
            module = self.preparation.network(self.spec, self.vocabulary)
            module.load_state_dict(self.weights)
        except Exception as error:  # settings of wrong types end in whatever PyTorch makes of them
            words = str(error)[:2000]
            raise DatasetError(f"weights that are none of this {self.recognizer}: {words}") from error
        return module.eval()

    def open(self, device: str = "cpu", batch: int = 0) -> Opened:
        """Ready for use by PyTorch, so many clips at a time; 0: as many as their form allows."""
        torch = imported("torch", "a checkpoint")
        module = self.module().to(device)
        dtype, together = self.preparation.dtype, batch or self.preparation.together

        def logits(values: Values, mask: Mask) -> Floats:
            found = [np.zeros((0, len(self.vocabulary)), np.float32)]
            with torch.inference_mode():
                for start in range(0, len(values), together):
                    given = torch.from_numpy(np.ascontiguousarray(values[start : start + together], dtype))
                    held = torch.from_numpy(np.ascontiguousarray(mask[start : start + together]))
                    found.append(module(given.to(device), held.to(device)).float().cpu().numpy())
            return np.concatenate(found)

        return Opened(
            recognizer=self.recognizer,
            vocabulary=self.vocabulary,
            preparation=self.preparation,
            logits=logits,
            facts=self.facts,
            taught=self.taught,
        )

    def header(self) -> dict[str, Any]:
        """All but the weights, as plain values."""
        return {
            "form": FORM,
            "version": version("chereme"),
            "recognizer": self.recognizer,
            "spec": plain(self.spec),
            "vocabulary": list(self.vocabulary.glosses),
            "shown": self.preparation.shown,
            "preparation": self.preparation.plain(),
            "facts": plain(dict(self.facts)),
            "taught": plain(self.taught),
        }

    def plain(self) -> dict[str, Any]:
        """As plain values and tensors."""
        return self.header() | {"weights": dict(self.weights)}

    @classmethod
    def restored(cls, held: Mapping[str, Any], weights: Mapping[str, Any] | None = None) -> "Checkpoint":
        """What `plain` was made of; raises `DatasetError` where it is something else."""
        try:
            name, oldest = held["recognizer"], OLDEST.get(held["recognizer"], 1)
            if held["form"] not in range(oldest, FORM + 1):
                forms = f"form {FORM}" if oldest == FORM else f"forms {oldest} to {FORM}"
                raise DatasetError(
                    f"a checkpoint of form {held['form']}, made by chereme {held['version']}: of {name} those of "
                    f"{forms} are read; train it again"
                )
            if not all(isinstance(gloss, str) for gloss in held["vocabulary"]):
                raise DatasetError("no checkpoint of chereme: its vocabulary holds other things than words")
            return cls(
                recognizer=name,
                spec=restored(plugins.load("recognizers", name), held["spec"]),
                vocabulary=Vocabulary(tuple(held["vocabulary"])),
                preparation=preparation_of(held),
                weights=held["weights"] if weights is None else weights,
                facts=held["facts"],
                taught=restored(Taught, held.get("taught", {})),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(f"no checkpoint of chereme: {repr(error)[:2000]}") from error

    def save(self, path: Path) -> Path:
        """Write the file, whole."""
        torch = imported("torch", "a checkpoint")
        with aside(path) as temporary:
            torch.save({KEY: self.plain()}, temporary)
        return path

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a file that `save` or training wrote; raises `DatasetError` for any other. Nothing in it is executed."""
        held = read(path).get(KEY, {})
        with naming(path):
            return cls.restored(held)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What is said of a file names it."""
    try:
        yield
    except (DatasetError, SettingsError) as trouble:
        raise type(trouble)(f"{path}: {trouble}") from trouble


def _refuse_hollow(torch: Any, weights: Mapping[str, Any]) -> None:
    """Raises ValueError for what is no tensor, or one that claims more numbers than it has."""
    for name, value in weights.items():
        whole = isinstance(value, torch.Tensor) and value.layout == torch.strided
        if not whole or value.untyped_storage().nbytes() < value.numel() * value.element_size():
            raise ValueError(f"'{str(name)[:60]}' is no tensor that holds its own numbers")


def preparation_of(held: Mapping[str, Any]) -> Form:
    """How clips are brought into their form, by a checkpoint's header."""
    return form(held["shown"]).restored(held["preparation"])


def refuse_absent(path: Path) -> None:
    """Raise `DatasetError` for a file that is not there, naming the checkpoints in a folder that is there."""
    if path.is_dir():
        there = sorted({*path.glob("best.pt"), *path.glob("*/best.pt"), *path.glob("models/*/best.pt")})[:5]
        which = f"such as {', '.join(map(str, there))}" if there else "and there is no best.pt in it"
        raise DatasetError(f"{path} is a folder; name the file of a recognizer first, {which}")
    if not path.is_file():
        raise DatasetError(f"{path} is not there; a recognizer is what chereme train wrote: best.pt or last.pt")


def read(path: Path) -> dict[str, Any]:
    """A file of tensors and plain values, on the CPU; raises `DatasetError` for any other."""
    torch = imported("torch", "a checkpoint")
    refuse_absent(path)
    try:
        held = torch.load(path, map_location="cpu", weights_only=True) if is_zipfile(path) else None
    except Exception as error:  # torch raises whatever its reader met
        raise DatasetError(f"{path} is no checkpoint of chereme: {type(error).__name__}") from error
    if not isinstance(held, dict):
        raise DatasetError(f"{path} is no checkpoint of chereme")
    return held


def open_recognizer(path: Path, device: str = "cpu") -> Opened:
    """A checkpoint ready for use: `.pt` by PyTorch, `.onnx` by OpenVINO.

    Raises `DatasetError` for any other file, `SettingsError` for a device that is not there.
    """
    if path.suffix == ".onnx":
        from chereme.training.onnx_file import open_onnx

        return open_onnx(path)
    Torch(device=device).place()  # said before anything is loaded
    checkpoint = Checkpoint.load(path)
    with naming(path):
        return checkpoint.open(device)
