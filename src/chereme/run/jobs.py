"""Work on one clip, as it travels to a worker: settings go, what they open stays there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from chereme.contracts import Export, InPassing, LandmarkModel, Needs
from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.frames.probe import Limits as VideoLimits
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.landmarks.recorded import is_recording, probe_recording, read_track
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.skeleton import Skeleton
from chereme.sources import Found, fetch
from chereme.sources import Limits as FileLimits
from chereme.store import Outcome
from chereme.types import Bytes, Entry, Frames, Reject, Sample, Shot, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Locate:
    """An entry and the file that was matched to it: unpacked, probed, and its span resolved to frames."""

    unpacked: Path
    """Where members of archives are unpacked to."""
    files: FileLimits
    video: VideoLimits
    packed: bool = True
    """Whether any of the files lies in an archive."""

    @property
    def writes(self) -> Path | None:
        """The folder in which it leaves files for others, if any."""
        return self.unpacked if self.packed else None

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[Entry, Found]], Shot | Reject]]:
        """Nothing to set up."""
        yield self.locate

    def locate(self, matched: tuple[Entry, Found]) -> Shot | Reject:
        """The shot, or why there is none."""
        entry, found = matched
        try:
            path = fetch(found, self.unpacked, self.files)
            if is_recording(path):
                return resolve(entry, *probe_recording(path))
            probed = probe(path, self.video)
            return resolve(entry, probed.media, probed.seconds)
        except Rejected as trouble:
            return trouble.reject(entry.id, "acquire")
        except PermissionError as error:
            detail = f"{found.name}: {error.strerror}"
            return Reject(id=entry.id, stage="acquire", reason="undecodable", detail=detail)

    def lost(self, input: tuple[Entry, Found], reason: str = "worker_died") -> Reject:
        """A file that kills or blocks the process which opens it."""
        return Reject(id=input[0].id, stage="acquire", reason=reason, detail=input[1].name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A shot's pixels decoded and its points followed: the costly pass, on which exports take what they want of it."""

    model: LandmarkModel
    plan: FramePlan
    refine: Refine = field(default_factory=Refine)
    exports: Mapping[str, InPassing] = field(default_factory=dict)
    """By the mark under which is stored what they prepare."""
    device: str = "cpu"
    """Where the networks run."""

    @property
    def needs(self) -> Needs:
        """A core, and a whole GPU where the networks run on one; 0.28 GB were measured for hands."""
        return Needs(gpus=0.0 if self.device == "cpu" else 1.0, gigabytes=0.5)

    @contextmanager
    def open(self) -> Iterator[Callable[[Shot], Outcome]]:
        """The networks, loaded once a worker."""
        with self.model.open(self.device) as follow:

            def extract(shot: Shot) -> Outcome:
                start = perf_counter()
                index = self.plan.frames(shot.first, shot.stop)
                wanted = {frame for e in self.exports.values() for frame in e.candidates(shot, index).tolist()}
                kept: dict[int, Bytes] = {}
                prepared: dict[str, bytes] = {}
                try:
                    result = next(follow(_keeping(decode(shot, index), wanted, kept)))
                except Rejected as trouble:
                    result = trouble.reject(shot.entry.id, "extract")
                else:
                    prepared = self._prepare(result, kept)
                return Outcome(shot=shot, result=result, seconds=perf_counter() - start, prepared=prepared)

            yield extract

    def _prepare(self, result: Track | Reject, pixels: Mapping[int, Bytes]) -> dict[str, bytes]:
        """What can be prepared now; a clip that is refused here is refused with its reason when it is delivered."""
        if isinstance(result, Reject) or not self.exports:
            return {}
        try:
            sample = self.refine.refine(result, label=0)
        except Rejected:
            return {}
        made = {mark: (export, export.prepare(sample, pixels)) for mark, export in self.exports.items()}
        return {mark: export.pack(what) for mark, (export, what) in made.items() if not isinstance(what, Reject)}

    def lost(self, input: Shot, reason: str = "worker_died") -> Outcome:
        """A clip that kills or blocks the process which decodes it."""
        detail = f"{input.media.path.name}: frames {input.first} to {input.stop}"
        return Outcome(shot=input, result=Reject(id=input.entry.id, stage="extract", reason=reason, detail=detail))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A shot's points from the file of landmarks that it is: no pixels and no networks."""

    skeleton: Skeleton
    """Which points are wanted; those that a file lacks are unseen."""
    plan: FramePlan

    @contextmanager
    def open(self) -> Iterator[Callable[[Shot], Outcome]]:
        """Nothing to set up."""
        yield self.read

    def read(self, shot: Shot) -> Outcome:
        """The track of a shot, or why there is none."""
        start = perf_counter()
        try:
            result: Track | Reject = read_track(shot, self.plan.frames(shot.first, shot.stop), self.skeleton)
        except Rejected as trouble:
            result = trouble.reject(shot.entry.id, "extract")
        return Outcome(shot=shot, result=result, seconds=perf_counter() - start)

    def lost(self, input: Shot, reason: str = "worker_died") -> Outcome:
        """A file that kills or blocks the process which reads it."""
        detail = input.media.path.name
        return Outcome(shot=input, result=Reject(id=input.entry.id, stage="extract", reason=reason, detail=detail))


def _keeping(windows: Iterable[Frames], wanted: set[int], kept: dict[int, Bytes]) -> Iterator[Frames]:
    """The windows as they come; the wanted frames stay in `kept`, copied where others would stay with them."""
    for window in windows:
        alone = len(window.index) == 1
        for row, frame in enumerate(window.index.tolist()):
            if frame in wanted:
                kept[frame] = window.pixels[row] if alone else window.pixels[row].copy()
        yield window


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """What an export needs of one sample, with the sample's place in the order."""

    export: Export

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[int, Sample]], tuple[int, Any]]]:
        """Nothing to set up."""
        yield self.prepare

    def prepare(self, placed: tuple[int, Sample]) -> tuple[int, Any]:
        """The place, and what was prepared or a reject."""
        place, sample = placed
        try:
            return place, self.export.prepare(sample)
        except Rejected as trouble:
            return place, trouble.reject(sample.entry.id, "deliver")

    def lost(self, input: tuple[int, Sample], reason: str = "worker_died") -> tuple[int, Any]:
        """A sample that kills or blocks the process which prepares it."""
        return input[0], Reject(id=input[1].entry.id, stage="deliver", reason=reason)
