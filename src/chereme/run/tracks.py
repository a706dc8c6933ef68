"""Extraction: which track folder serves a run, what is left to do in it, and doing that."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from chereme.contracts import LandmarkModel, Run
from chereme.plan import Every, FramePlan, Need, Spread
from chereme.run.elsewhere import Publish, nowhere
from chereme.run.jobs import Extract, Read
from chereme.run.progress import Progress
from chereme.run.shots import Shots, keys_of
from chereme.store import Outcome, Parts, write_json
from chereme.types import Reject, Shot

log = logging.getLogger(__name__)

PART_CLIPS = 64
"""A part is written when it has this many clips …"""
PART_SECONDS = 20.0
"""… or when its first clip has waited this long: about what a killed run loses."""


def track_folder(tracks: Path, name: str, model: LandmarkModel, plan: FramePlan, shots: Sequence[Shot]) -> Path:
    """Where the tracks for this plan lie, or will lie.

    The folder made for the very plan; else one made for a wider plan by the same model that already has every shot;
    else a new one. Other settings never mix: the folder's name carries their hash.
    """
    fingerprint = model.fingerprint()
    exact = tracks / f"{name}-{sha256(f'{fingerprint} {plan.text()}'.encode()).hexdigest()[:10]}"
    if (exact / "settings.json").exists():
        return exact
    for settings in sorted(tracks.glob(f"{name}-*/settings.json")):
        known = _read(settings)
        if known and known[0] == fingerprint and known[1].covers(plan):
            parts = Parts(settings.parent)
            if parts.finished(keys_of(shots)).all():
                log.info("tracks of a wider plan (%s) serve: %s", known[1].text(), settings.parent.name)
                return settings.parent
    return exact


def planned(folder: Path) -> FramePlan | None:
    """The plan that a folder of tracks was made by; None where that is not written down."""
    known = _read(folder / "settings.json") if (folder / "settings.json").exists() else None
    return known[1] if known else None


def describe(folder: Path, model: LandmarkModel, plan: FramePlan) -> None:
    """Write down beside the parts what they were made with, unless that is there."""
    if (folder / "settings.json").exists() and _read(folder / "settings.json"):
        return
    needs = [{type(need).__name__.lower(): asdict(need)} for need in plan.needs]
    settings = asdict(model)  # type: ignore[call-overload]  # specs are dataclasses
    write_json(folder / "settings.json", {"model": model.fingerprint(), "plan": needs, "settings": settings})


def unfinished(parts: Parts, shots: Shots, retry: tuple[str, ...] = ()) -> Shots:
    """Shots without a finished outcome; those rejected for a reason in `retry` count as unfinished."""
    left = ~parts.finished(shots.keys)
    if retry:
        again = [key for key, reject in parts.rejects.items() if reject.reason in retry]
        left |= np.isin(shots.keys, np.array(again, np.uint64))
    return shots.where(left)


def extract(
    parts: Parts, shots: Sequence[Shot], job: Extract | Read, run: Run, progress: Progress, publish: Publish = nowhere
) -> None:
    """Do the job on `shots`, append what comes of it in parts and publish each, also when the run is interrupted."""
    waiting: list[Outcome] = []
    since = monotonic()
    publish(parts.folder)  # later its new files alone: it comes to hold many thousands
    try:
        for outcome in run(job, shots):
            waiting.append(outcome)
            progress.step(outcome.result if isinstance(outcome.result, Reject) else None)
            if len(waiting) >= PART_CLIPS or monotonic() - since >= PART_SECONDS:
                new, waiting, since = parts.append(waiting), [], monotonic()
                for path in new:
                    publish(path)
    finally:
        for path in parts.append(waiting):
            publish(path)


def _read(settings: Path) -> tuple[str, FramePlan] | None:
    try:
        known = json.loads(settings.read_bytes())
        return known["model"], FramePlan(tuple(_need(need) for need in known["plan"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is passed over: %s", settings, error)
        return None


def _need(saved: dict[str, dict[str, Any]]) -> Need:
    (kind, values), *_ = saved.items()
    return Every(**values) if kind == "every" else Spread(**values)
