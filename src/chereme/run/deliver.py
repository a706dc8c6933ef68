"""Delivery: refined samples through one export's two steps, in catalog order, into a folder that appears whole."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from chereme.contracts import Counted, Export, InPassing, Partly, Run
from chereme.filenames import RECORD
from chereme.run.jobs import Prepare
from chereme.run.local import Here
from chereme.run.progress import Progress
from chereme.run.shots import Shots
from chereme.samples.refine import Refine
from chereme.store import Parts, replace_folder, write_json
from chereme.types import Reject, Sample, Shot, Vocabulary

log = logging.getLogger(__name__)

BATCH = 512
"""Samples prepared before the first of them is written: bounds the memory, and keeps all workers busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one export."""

    samples: int
    """Clips."""
    rejects: tuple[Reject, ...]
    fresh: bool
    """False when the files were already there, made of the very same."""
    rows: int | None = None
    """What it holds, where that is not one thing for each clip."""


def delivered(folder: Path, fingerprint: str) -> Delivered | None:
    """What an earlier run made of the very same, if it did."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
        if record["fingerprint"] != fingerprint or "made" not in record:
            return None
        rejects = tuple(Reject(**each) for each in record["rejects"])
        return Delivered(samples=record["samples"], rejects=rejects, fresh=False, rows=record.get("rows"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


Early = Callable[[Sequence[Sample]], Mapping[str, Any]]
"""What of a batch of samples has been prepared before, by id."""


def deliver(
    export: Export,
    samples: Iterable[Sample],
    vocabulary: Vocabulary,
    folder: Path,
    fingerprint: str,
    *,
    run: Run,
    progress: Progress,
    made: Mapping[str, Any] | None = None,
    known: Iterable[Reject] = (),
    early: Early = lambda batch: {},
) -> Delivered:
    """Make an export anew. `known` are rejects from before; what the export itself rejects is added to them.

    `made` is written down beside the files: all the settings that they came of, as plain values.
    """
    rejects = list(known)
    written = 0

    def kept() -> Iterator[tuple[Sample, Any]]:
        nonlocal written
        for sample, prepared in _in_order(export, samples, early, run):
            if isinstance(prepared, Reject):
                rejects.append(prepared)
                progress.step(prepared)
            elif isinstance(prepared, Partly):
                rejects.append(prepared.reject)
                written += 1
                progress.step(prepared.reject)
                yield sample, prepared.value
            else:
                written += 1
                progress.step()
                yield sample, prepared

    with replace_folder(folder) as new:
        for path in export.write(kept(), new, vocabulary):
            log.debug("wrote %s", path)
        clips, rows = export.counted(new) if isinstance(export, Counted) else (written, written)
        differs = {} if rows == clips else {"rows": rows}
        record = {"fingerprint": fingerprint, "samples": clips, **differs, "made": dict(made or {})}
        write_json(new / RECORD, record | {"rejects": [asdict(r) for r in rejects]})
    return Delivered(samples=clips, rejects=tuple(rejects), fresh=True, rows=differs.get("rows"))


def _in_order(export: Export, samples: Iterable[Sample], early: Early, run: Run) -> Iterator[tuple[Sample, Any]]:
    """Each sample with what was prepared of it, in the samples' order, whoever prepared it and when."""
    job, left = Prepare(export=export), iter(samples)
    with Here().open() as here:
        work = run if export.costly else here
        while batch := list(islice(left, BATCH)):
            known = early(batch)
            todo = [(place, s) for place, s in enumerate(batch) if s.entry.id not in known]
            ready = dict(work(job, todo)) if todo else {}
            for place, sample in enumerate(batch):
                yield sample, ready[place] if place in ready else known[sample.entry.id]


def taken_in_passing(export: Export, mark: str, parts: Parts, batch: Sequence[Sample]) -> dict[str, Any]:
    """What an export prepared of a batch in passing, by id."""
    if not isinstance(export, InPassing):
        return {}
    packed = parts.prepared(mark, [sample.track.shot for sample in batch])
    return {id: export.unpack(data) for id, data in packed.items()}


def mark_of(export: object, refine: Refine) -> str:
    """Under which mark an export's preparations are stored: other settings never mix."""
    return fingerprint(version("chereme"), export, refine)[:10]


def fingerprint(*facts: object) -> str:
    """One hash of all that goes into an export."""
    return sha256(repr(facts).encode()).hexdigest()


def fingerprint_of(facts: tuple[object, ...], several: Iterable[str]) -> str:
    """`fingerprint(*facts, things)` of things that are given by their `repr`, without a list of them."""
    mark = sha256(f"{facts!r}"[:-1].encode())
    begin = ", ["
    for each in several:
        mark.update(f"{begin}{each}".encode())
        begin = ", "
    mark.update(b", []" if begin == ", [" else b"]")
    mark.update(b")")
    return mark.hexdigest()


def made_of(shots: Sequence[Shot]) -> Iterator[str]:
    """What exports are made of: the `repr` of each shot's key, path, note and entry."""
    if isinstance(shots, Shots):
        return shots.told()
    return (repr((shot.key, str(shot.media.path), shot.note, shot.entry)) for shot in shots)
