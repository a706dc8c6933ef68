"""What a recognizer is shown of a clip, in one of three forms: a sequence of points, the clip, or pictures of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from chereme.errors import DatasetError
from chereme.types import Reject, Shot, Track, Vocabulary

if TYPE_CHECKING:
    from chereme.training.fit import Fit
    from chereme.training.loading import Loading

Shown = Literal["sequences", "clips", "pictures"]
"""The forms: the exports `arrays`; `clips` or `manifest`; and `crops`."""
Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[Any]
"""Of a clip: sequences float32 (frames, points, xyz), NaN where unseen; clips and pictures uint8 (frames, height,
width, rgb), where the frames of pictures are pictures."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a recognizer is shown of one clip."""

    track: Track
    """As followed, not refined; of no frames where nothing is followed."""
    values: Values = field(repr=False)
    mask: Mask = field(repr=False)
    """(frames,) True where a frame is the clip's own: the first ones."""


class Look(Protocol):
    """What is to be shown of a shot."""

    def __call__(self, shot: Shot) -> Seen | Reject:
        """Made as the build made what was trained on; a `Reject` where it would have rejected the clip."""
        ...


class Unreadable(DatasetError):
    """A clip of a finished build that cannot be read any more."""

    def __init__(self, message: str, reject: Reject | None = None) -> None:
        super().__init__(message)
        self.reject = reject
        """What stands for the clip; None where the error comes from another process, with its words alone."""


class Form(Protocol):
    """How clips are brought into a form: carried by a checkpoint, so that it is done again alike."""

    shown: ClassVar[Shown]
    input: ClassVar[str]
    """What a network's first input is called in ONNX; the second is `mask`."""
    dtype: ClassVar[type[np.generic]]
    """Of the values."""
    together: ClassVar[int]
    """Clips that are answered at once: bounds the memory."""

    @property
    def frames(self) -> int:
        """Frames of every clip's values."""
        ...

    def network(self, spec: Any, vocabulary: Vocabulary) -> Any:
        """A recognizer's network for this form; raises `SettingsError` for a recognizer of another form."""
        ...

    def trial(self, clips: int) -> tuple[Values, Mask]:
        """Made-up clips of every length, by which two networks are compared: the same each time."""
        ...

    def looking(self, device: str = "cpu") -> AbstractContextManager[Look]:
        """What brings shots into this form; networks are loaded while it is open."""
        ...

    def plain(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        ...

    @classmethod
    def restored(cls, values: dict[str, Any]) -> Self:
        """What `plain` was made of; raises `DatasetError` for anything else."""
        ...


class Material(Protocol):
    """Clips to train on and to judge by, with all that is known of them."""

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """(clips,)"""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """The clips' ids."""
        ...

    @property
    def splits(self) -> tuple[str, ...]:
        """Of each clip train, val, test, or '' for none."""
        ...

    @property
    def signers(self) -> tuple[str, ...]:
        """'' where one is not known."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """'' where one is not known."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """What the labels stand for."""
        ...

    @property
    def preparation(self) -> Form:
        """How the clips came into their form."""
        ...

    def __len__(self) -> int: ...

    def take(self, places: "Sequence[int] | npt.NDArray[np.integer]") -> Self:
        """Some of the clips, in the order asked for."""
        ...

    def split(self, name: str) -> Self:
        """Those of one split; possibly none."""
        ...

    def show(self, place: int) -> tuple[Values, Mask]:
        """A clip as it is; raises `Unreadable`."""
        ...

    def vary(self, place: int, fit: "Fit", random: np.random.Generator) -> tuple[Values, Mask]:
        """A clip changed as training changes it; raises `Unreadable`."""
        ...

    def digest(self, place: int) -> bytes:
        """A hash that clips of the very same signing share; raises `Unreadable`."""
        ...


def digest_of(clips: Material, place: int) -> bytes | None:
    """A clip's digest; None where it cannot be read any more."""
    try:
        return clips.digest(place)
    except Unreadable:
        return None


_FORMS: dict[Shown, str] = {
    "sequences": "chereme.training.preparation:Preparation",
    "clips": "chereme.training.clip_form:ClipForm",
    "pictures": "chereme.training.picture_form:PictureForm",
}
_MATERIALS: dict[Shown, str] = {
    "sequences": "chereme.training.examples:read_sequences",
    "clips": "chereme.training.pixels:read_clips",
    "pictures": "chereme.training.pixels:read_pictures",
}


def shown_to(spec: Any) -> Shown:
    """Which form a recognizer is shown, given its settings."""
    shown: Shown = getattr(spec, "shown", "sequences")
    return shown


def form(shown: str) -> type[Form]:
    """The form of a name; raises `DatasetError` where there is none."""
    if shown not in _FORMS:
        raise DatasetError(f"there is no form '{shown}' of clips; there are {', '.join(_FORMS)}")
    made: type[Form] = _named(_FORMS[shown])
    return made


def read_material(out: Path, spec: Any, export: str = "") -> Material:
    """What a recognizer of these settings is trained on, out of a build's folder; `export` is by default its form's.

    Raises `DatasetError` where that was not built, or it is not known how.
    """
    if not out.is_dir():
        raise DatasetError(f"{out}: there is no such folder; name the one that chereme build wrote")
    shown = shown_to(spec)
    return _read(out, shown, export, None if shown == "sequences" else spec.loading())


def read_alike(out: Path, made: Form, export: str = "") -> Material:
    """The same, of clips to be judged by: loaded as those that a recognizer was trained on."""
    return _read(out, made.shown, export, getattr(made, "loading", None))


def _read(out: Path, shown: Shown, export: str, loading: "Loading | None") -> Material:
    material: Material = _named(_MATERIALS[shown])(out, export, loading)
    return material


def _named(where: str) -> Any:
    # By name, because the forms' files import this one.
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)
