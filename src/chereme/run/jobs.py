"""Work on one clip, as it travels to a worker: settings go, what they open stays there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from chereme.contracts import Export, LandmarkModel
from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.frames.probe import Limits as VideoLimits
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.plan import FramePlan
from chereme.sources import Found, fetch
from chereme.sources import Limits as FileLimits
from chereme.store import Outcome
from chereme.types import Entry, Reject, Sample, Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Locate:
    """An entry and the file that was matched to it: unpacked, probed, and its span resolved to frames."""

    unpacked: Path
    """Where members of archives are unpacked to."""
    files: FileLimits
    video: VideoLimits

    @contextmanager
    def open(self) -> Iterator[Callable[[tuple[Entry, Found]], Shot | Reject]]:
        """Nothing to set up."""
        yield self.locate

    def locate(self, matched: tuple[Entry, Found]) -> Shot | Reject:
        """The shot, or why there is none."""
        entry, found = matched
        try:
            probed = probe(fetch(found, self.unpacked, self.files), self.video)
            return resolve(entry, probed.media, probed.seconds)
        except Rejected as trouble:
            return trouble.reject(entry.id, "acquire")

    def lost(self, input: tuple[Entry, Found]) -> Reject:
        """A file that kills the process which opens it."""
        return Reject(id=input[0].id, stage="acquire", reason="worker_died", detail=input[1].name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A shot's pixels decoded and its points followed: the costly pass."""

    model: LandmarkModel
    plan: FramePlan

    @contextmanager
    def open(self) -> Iterator[Callable[[Shot], Outcome]]:
        """The networks, loaded once a worker."""
        with self.model.open() as follow:

            def extract(shot: Shot) -> Outcome:
                start = perf_counter()
                try:
                    result = next(follow(decode(shot, self.plan.frames(shot.first, shot.stop))))
                except Rejected as trouble:
                    result = trouble.reject(shot.entry.id, "extract")
                return Outcome(shot=shot, result=result, seconds=perf_counter() - start)

            yield extract

    def lost(self, input: Shot) -> Outcome:
        """A clip that kills the process which decodes it."""
        detail = f"{input.media.path.name}: frames {input.first} to {input.stop}"
        return Outcome(
            shot=input,
            result=Reject(id=input.entry.id, stage="extract", reason="worker_died", detail=detail),
        )


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

    def lost(self, input: tuple[int, Sample]) -> tuple[int, Any]:
        """A sample that kills the process which prepares it."""
        return input[0], Reject(id=input[1].entry.id, stage="deliver", reason="worker_died")
