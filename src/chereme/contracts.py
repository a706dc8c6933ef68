"""The doors: what to write to add a dataset, landmark model, network runtime, export, executor or recognizer.

One file with one class each, named in the room's table in `plugins.py` or by an entry point of that group in another
package. The tests in `tests/contracts/` run over every name in each table: registering a thing tests it. All classes
here are frozen dataclasses of settings in practice (specs): they travel to workers, what they open stays there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from chereme.plan import FramePlan
from chereme.skeleton import Skeleton
from chereme.types import Bytes, Entry, Floats, Frames, Reject, Sample, Shot, Track, Vocabulary

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)
A = TypeVar("A")
B = TypeVar("B")


class Dataset(Protocol):
    """Metadata in some collection's own form."""

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries in the file's order, foreign conventions resolved; a malformed file is a `DatasetError`.

        Ids may repeat here: the catalog rejects the later ones, so that they are counted.
        """
        ...


Network = Callable[[Floats], Mapping[str, Floats]]
"""float32 (batch, height, width, channels) in 0..1 to named outputs, each with the batch as its first axis."""


class Runtime(Protocol):
    """Runs a network from a `.tflite` file; equal to TFLite's own runtime within a tolerance that it states."""

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network, ready; with `outputs`, only these are computed and given back."""
        ...


Follow = Callable[[Iterable[Frames]], Iterator[Track | Reject]]


class LandmarkModel(Protocol):
    """Pixels to points. One `Track` or `Reject` a shot, in the order in which they came."""

    @property
    def skeleton(self) -> Skeleton:
        """What is tracked."""
        ...

    def fingerprint(self) -> str:
        """Hash of the settings and of the weights' checksums: other settings never share a track folder."""
        ...

    def fetch(self) -> None:
        """Get what it needs from elsewhere, once, before workers open it."""
        ...

    def open(self, device: str = "cpu") -> AbstractContextManager[Follow]:
        """Networks loaded; the same result for any batch size and any grouping of windows."""
        ...


@runtime_checkable
class Abreast(LandmarkModel, Protocol):
    """A `LandmarkModel` that follows many shots at once on one device, their images in common batches."""

    def abreast(self, device: str = "cpu") -> AbstractContextManager[tuple[Any, Callable[[Shot], Any]]]:
        """An engine of `chereme.landmarks.engine`, and what begins a shot: it has `see(window)` and then `track()`."""
        ...


class Ongoing(Protocol):
    """A shot that is being followed while its frames still come."""

    def see(self, window: Frames) -> None:
        """Follow through the shot's next frames."""
        ...

    def track(self) -> Track:
        """What was found so far. Later frames may change earlier rows: sides are settled, hands found further back."""
        ...

    def forget(self, rows: int) -> None:
        """Leave out the first so many frames of the track from now on, so that a stream needs bounded memory."""
        ...


@runtime_checkable
class Streaming(LandmarkModel, Protocol):
    """A `LandmarkModel` that tells what it has found while a shot goes on; seen to its end, the very same track."""

    def stream(self, device: str = "cpu") -> AbstractContextManager[Callable[[Shot], Ongoing]]:
        """Networks loaded on a device, and what begins to follow a shot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Partly:
    """What an export prepared of a sample that it can write in part, and why the rest is left out."""

    value: Any
    reject: Reject


class Export(Protocol):
    """Samples to files for other people's programs, in two steps so that the costly one runs on the workers.

    `prepare` sees one sample and is pure; `write` sees all that were prepared, in catalog order, and lays them out.
    The same samples give the same bytes, whatever prepared them.
    """

    costly: ClassVar[bool]
    """Whether `prepare` is worth a trip to a worker: it reads pixels or encodes them."""

    @property
    def needs(self) -> FramePlan:
        """Which frames of each shot it wants tracked."""
        ...

    def prepare(self, sample: Sample) -> Any:
        """What `write` needs of this sample, picklable, or a `Reject` of stage "deliver"; `Partly` is both."""
        ...

    def write(self, prepared: Iterator[tuple[Sample, Any]], out: Path, vocabulary: Vocabulary) -> Iterator[Path]:
        """Lay out the files below `out`, a new and empty folder; each path as it is finished."""
        ...


@runtime_checkable
class Particular(Protocol):
    """An `Export` that not every skeleton has enough for."""

    def check(self, skeleton: Skeleton) -> None:
        """Raise `SettingsError` when what it is made of will not be tracked; asked before work starts."""
        ...


@runtime_checkable
class InPassing(Protocol):
    """An `Export` that wants pixels: it prepares a sample while the clip is decoded for tracking anyway.

    What comes of it equals `prepare` without pixels, which reads the frame again.
    """

    def candidates(self, shot: Shot, index: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which of the frames `index` that are tracked to keep the pixels of, until the track is known."""
        ...

    def prepare(self, sample: Sample, pixels: Mapping[int, Bytes] | None = None) -> Any:
        """As an export's; `pixels` are frames by number, (height, width, rgb). It does not look at the label."""
        ...

    def pack(self, prepared: Any) -> bytes:
        """What was prepared, to be stored."""
        ...

    def unpack(self, data: bytes) -> Any:
        """What was prepared, from the store."""
        ...


@runtime_checkable
class Counted(Protocol):
    """An `Export` whose files do not hold one thing for each clip that it was given."""

    def counted(self, out: Path) -> tuple[int, int]:
        """Of what `write` wrote below `out`: how many clips it holds something of, and how many things (rows)."""
        ...


@runtime_checkable
class Listing(Protocol):
    """An `Export` that lists the clips which others hold: where none of them needs tracks, neither does it."""

    lists: ClassVar[bool]
    """True."""


@runtime_checkable
class Pointless(Protocol):
    """An `Export` that looks at no points, only at shots and labels: it is given tracks of no frames."""

    pointless: ClassVar[bool]
    """True."""


@runtime_checkable
class ByFile(Protocol):
    """An `Export` that prepares all samples of one file in one pass, into files that are kept between runs.

    What comes of it equals `prepare`, which does one sample alone.
    """

    def ahead(self, shots: Sequence[Shot], kept: Path) -> Iterator[tuple[str, Any]]:
        """By id, what was prepared of shots of one file, or a `Reject`; what it keeps lies below `kept`.

        What is there already and whole is used again. It looks at nothing of a sample but its shot.
        """
        ...

    def intact(self, out: Path) -> bool:
        """Whether all that `write` once wrote below `out` is still there, byte for byte."""
        ...

    def forget(self, kept: Path) -> None:
        """Remove what was kept for other settings and is in no export any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one worker takes of its machine while it has a job open, for executors that share out many machines."""

    cpus: float = 1.0
    gpus: float = 0.0
    gigabytes: float = 0.0
    """Memory, in 10⁹ bytes."""


class Job(Protocol[In, Out]):
    """Work on one input at a time, described by settings alone so that it can travel to a worker.

    One that takes more than a core has a property `needs`; one that leaves files in a folder, a property `writes`.
    """

    def open(self) -> AbstractContextManager[Callable[[In], Out]]:
        """What is costly to set up (networks), once a worker."""
        ...

    def lost(self, input: In, reason: str = "worker_died") -> Out:
        """The result for an input whose worker died twice, or of `reason` "timeout", that took too long."""
        ...


class Run(Protocol):
    """Does a job on every input once; at most a few inputs are taken ahead of the results, which come in any order."""

    def __call__(self, job: Job[A, B], inputs: Iterable[A], /) -> Iterator[B]:
        """Results; an exception of the job, or of the inputs, is raised here."""
        ...


class Ask(Protocol):
    """Does a job on one input for whoever asks, while it does others for other threads."""

    def __call__(self, job: Job[A, B], input: A, /) -> B:
        """What came of it; an exception of the job is raised here."""
        ...


class Executor(Protocol):
    """Who does the work. A run sets those of its own settings that a spec has as fields: `workers`, `timeout`.

    Where workers are processes of their own, one that dies is replaced and its input tried once more; what is lost
    twice, or takes longer than `timeout`, is handed to `Job.lost`. Processes that die before they can begin are a
    `WorkersError`.
    """

    def open(self) -> AbstractContextManager[Run]:
        """Whoever works is there while the block lasts, for one job after the other."""
        ...


class Recognizer(Protocol):
    """Sequences of points to signs: the settings of a network."""

    def build(self, skeleton: Skeleton, frames: int, vocabulary: Vocabulary) -> Any:
        """A `torch.nn.Module` with weights to be learnt; torch's own seed decides them.

        Its `forward(points, mask)` takes float32 (batch, frames, points, xyz), in whatever coordinates the sequences
        are and NaN where unseen, and bool (batch, frames), True in a clip's frames, which are the first ones; it gives
        logits (batch, classes). All preparation of features is part of it, so that a file of it needs no other. What
        lies in frames that pad changes nothing, nor does their number. A network of several heads has besides
        `heads(points, mask)`, a list of `chereme.training.networks.layers.Head`, for its loss.
        """
        ...


@runtime_checkable
class Informed(Recognizer, Protocol):
    """A `Recognizer` some of whose settings come of the clips it is trained on."""

    def informed(
        self, points: Floats, mask: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64], skeleton: Skeleton
    ) -> "Recognizer":
        """The settings to build with, given the train split: points (clips, frames, points, xyz), mask, labels."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A `Recognizer` or `Viewer` that learns best at a pace of its own."""

    learning_rate: ClassVar[float]
    """The highest learning rate it is trained at where none is asked for; others' is `chereme.training.fit.RATE`."""


class Viewer(Protocol):
    """Pixels to signs, of clips or of pictures of their hands: the settings of a network, beside a `Recognizer`'s."""

    shown: ClassVar[Literal["clips", "pictures"]]
    """What it is shown: a clip's frames, or pictures of its hands, as the exports `clips` and `crops` hold them."""

    def loading(self) -> Any:
        """What of a clip it wants to be shown: a `chereme.training.data.Loading`, its crop in the middle."""
        ...

    def build(self, loading: Any, vocabulary: Vocabulary) -> Any:
        """A `torch.nn.Module` with weights to be learnt; torch's own seed decides them.

        Its `forward(pixels, mask)` takes (batch, frames, height, width, rgb), 0..255, uint8 or mixed to floats, and
        bool (batch, frames), True where a frame is the clip's own: the first ones, which the others repeat. It gives
        logits (batch, classes). Normalizing colors by `loading` is part of it. Of pictures a training clip has one.
        """
        ...


@runtime_checkable
class Pretrained(Protocol):
    """A `Recognizer` or `Viewer` whose network may begin with weights from elsewhere."""

    def settled(self) -> Any:
        """The same settings with all that its network is built of, so that a checkpoint needs nothing else."""
        ...

    def begin(self, network: Any) -> None:
        """Give a network, just built, the weights that training begins with."""
        ...
