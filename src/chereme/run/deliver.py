"""Delivery: refined samples through one export's two steps, in catalog order, into a folder that appears whole."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from chereme.contracts import Export, Run
from chereme.run.jobs import Prepare
from chereme.run.local import Here
from chereme.run.progress import Progress
from chereme.store import replace_folder, write_json
from chereme.types import Reject, Sample, Shot, Vocabulary

log = logging.getLogger(__name__)

RECORD = "export.json"
"""What lies beside an export's files: the fingerprint of all that went into them, and what was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one export."""

    samples: int
    rejects: tuple[Reject, ...]
    fresh: bool
    """False when the files were already there, made of the very same."""


def delivered(folder: Path, fingerprint: str) -> Delivered | None:
    """What an earlier run made of the very same, if it did."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
        if record["fingerprint"] != fingerprint:
            return None
        rejects = tuple(Reject(**each) for each in record["rejects"])
        return Delivered(samples=record["samples"], rejects=rejects, fresh=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def deliver(
    export: Export,
    samples: Iterable[Sample],
    vocabulary: Vocabulary,
    folder: Path,
    fingerprint: str,
    run: Run,
    progress: Progress,
    known: Iterable[Reject] = (),
) -> Delivered:
    """Make an export anew. `known` are rejects from before; what the export itself rejects is added to them."""
    rejects = list(known)
    written = 0

    def kept() -> Iterator[tuple[Sample, Any]]:
        nonlocal written
        for sample, prepared in _in_order(export, samples, run):
            if isinstance(prepared, Reject):
                rejects.append(prepared)
                progress.step(prepared)
            else:
                written += 1
                progress.step()
                yield sample, prepared

    with replace_folder(folder) as new:
        for path in export.write(kept(), new, vocabulary):
            log.debug("wrote %s", path)
        record = {"fingerprint": fingerprint, "samples": written, "rejects": [asdict(r) for r in rejects]}
        write_json(new / RECORD, record)
    return Delivered(samples=written, rejects=tuple(rejects), fresh=True)


def _in_order(export: Export, samples: Iterable[Sample], run: Run) -> Iterator[tuple[Sample, Any]]:
    """Each sample with what was prepared of it, in the samples' order, whoever prepared it and when."""
    waiting: dict[int, Sample] = {}

    def placed() -> Iterator[tuple[int, Sample]]:
        for place, sample in enumerate(samples):
            waiting[place] = sample
            yield place, sample

    ready: dict[int, Any] = {}
    following = 0
    with Here().open() as here:
        for place, prepared in (run if export.costly else here)(Prepare(export=export), placed()):
            ready[place] = prepared
            while following in ready:
                yield waiting.pop(following), ready.pop(following)
                following += 1


def complete(shots: Iterable[Shot], vocabulary: Vocabulary) -> Vocabulary:
    """The glosses with a shot in every split that occurs, numbered anew; those with any when no shot has a split."""
    pairs = {(shot.entry.gloss, shot.entry.split) for shot in shots}
    splits = {split for _, split in pairs if split}
    there = {gloss for gloss, _ in pairs}
    return Vocabulary(
        tuple(g for g in vocabulary.glosses if g in there and all((g, split) in pairs for split in splits))
    )


def fingerprint(*facts: object) -> str:
    """One hash of all that goes into an export."""
    return sha256(repr(facts).encode()).hexdigest()
