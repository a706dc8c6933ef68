"""The whole walk: acquire, extract, refine, deliver. What is finished is never done again."""

import logging
import platform
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from chereme.contracts import ByFile
from chereme.errors import SettingsError
from chereme.landmarks.recorded import is_recording
from chereme.run.acquire import acquire, survey
from chereme.run.collection import save
from chereme.run.elsewhere import Place, at_hand, looked_into
from chereme.run.estimate import Estimate, frames_of, track_bytes, trial
from chereme.run.mirrored import sides
from chereme.run.output import Output, write_rejects
from chereme.run.progress import Progress, Silent
from chereme.run.settings import Build, differing
from chereme.run.shots import Catalog, remembered
from chereme.run.tools import Tools
from chereme.run.tracks import track_folder, unfinished
from chereme.run.walk import Walk
from chereme.samples.normalize import hand_parts
from chereme.store import Parts, write_json
from chereme.types import by_reason

log = logging.getLogger(__name__)

ERRORS = "preprocess_errors.csv"
"""Beside clips: every clip that was asked for and is not among them, and why."""


def build(settings: Build, progress: Progress | None = None, place: Place | None = None) -> dict[str, Any]:
    """Make everything that is asked for and not there yet; gives the summary that is also written to `summary.json`.

    `place` is the output folder at hand, for callers who go on working in it. Raises `CheremeError` for trouble with
    settings, metadata, weights or the output folder; trouble with a clip is counted in the summary and listed in
    `rejects.csv`.
    """
    if settings.out is None:
        raise SettingsError("say where the output goes with --out")
    if place is None:
        with at_hand(settings.out, settings.scratch) as place:
            return build(settings, progress, place)
    tools = Tools.of(settings)
    seconds: dict[str, float] = {}
    with Output(place.folder).open() as output, tools.executor.open() as run:
        log.info("chereme %s on Python %s: %s", version("chereme"), platform.python_version(), differing(settings))
        walk = Walk(
            settings=settings,
            tools=tools,
            output=output,
            run=run,
            progress=progress or Silent(),
            publish=place.publish,
        )
        with _timed("acquire", seconds):
            catalog = walk.acquire()
        shots = catalog.shots
        rejects = catalog.rejects
        summary = _summary(settings, catalog, tools)
        if settings.only != "acquire":
            with _timed("extract", seconds):
                parts = walk.extract(shots)
            keys = shots.keys.tolist()
            rejects += [parts.rejects[key] for key in keys if key in parts.rejects]
            if tools.plan.needs:
                summary["tracks"] = parts.folder.relative_to(output.root).as_posix()
            summary["unfinished"] = int((~parts.finished(shots.keys)).sum())
            summary["notes"] = dict(sorted(Counter(parts.notes[key] for key in keys if key in parts.notes).items()))
        if settings.only in (None, "deliver"):
            with _timed("refine", seconds):
                judged = walk.judge(catalog, parts)
            rejects += judged.rejects
            summary |= {"kept": len(judged.shots), "exports": {}}
            if hand_parts(tools.model.skeleton):
                summary["leading"] = sides(judged, tools.model, settings.landmarks)
            for name, export in tools.exports.items():
                with _timed(f"deliver {name}", seconds):
                    done = walk.deliver(name, export, catalog, judged, parts)
                    if isinstance(export, ByFile):
                        before = [reject for reject in rejects if reject.stage != "deliver"]
                        write_rejects(output.exports / name / ERRORS, [*before, *done.rejects])
                    place.publish(output.exports / name)
                rejects += done.rejects
                summary["exports"][name] = {
                    "path": f"exports/{name}",
                    "samples": done.samples,
                    **({} if done.rows is None else {"rows": done.rows}),
                    "rejected": by_reason(done.rejects),
                }
        if settings.only != "acquire":
            parts.merge()
        write_rejects(output.rejects, rejects)
        summary["rejected"] = by_reason(reject for reject in rejects if reject.stage != "deliver")
        summary["seconds"] = {stage: round(taken, 2) for stage, taken in seconds.items()}
        write_json(output.summary, summary)
        log.info("asked %s, kept %s, rejected %s", summary["asked"], summary.get("kept"), summary["rejected"])
    return summary


def estimate(settings: Build, progress: Progress | None = None) -> Estimate:
    """What `build` would do, from a trial on a few of the clips; leaves nothing on the disk."""
    tools = Tools.of(settings)
    found = survey(settings)
    with (
        TemporaryDirectory() as unpacked,
        looked_into(settings.out, settings.scratch) as output,
        tools.executor.open() as run,
    ):
        earlier = Catalog.read(output.catalog) if output else None
        collection = acquire(settings, Path(unpacked), earlier, found, run, progress or Silent())
        save(collection, Path(unpacked) / "catalog.parquet")
        shots = remembered(Path(unpacked) / "catalog.parquet").shots
        left = shots if tools.plan.needs else shots[:0]
        if output and left:
            folder = track_folder(output.tracks, settings.landmarks, tools.model, tools.plan, shots)
            left = unfinished(Parts(folder), shots, settings.retry)
        filmed = left.where(~left.of_files(is_recording))
        pace = trial(filmed, tools.model, tools.plan, run, settings.device) if len(filmed) else 0.0
        frames, of_films, of_all = (frames_of(some, tools.plan) for some in (left, filmed, shots))
    return Estimate(
        asked=len(found.entries),
        found=len(shots),
        finished=len(shots) - len(left),
        frames=frames,
        plan=tools.plan.text(),
        seconds=of_films * pace / tools.workers,
        workers=tools.workers,
        bytes=track_bytes(of_all, len(tools.model.skeleton)),
        exports=tuple(tools.exports),
    )


def _summary(settings: Build, catalog: Catalog, tools: Tools) -> dict[str, Any]:
    return {
        "chereme": version("chereme"),
        "asked": catalog.asked + len(catalog.duplicates),
        "found": len(catalog.shots),
        "glosses": len(catalog.vocabulary),
        "model": tools.model.fingerprint(),
        "plan": tools.plan.text(),
        "splits": catalog.splits,
        "twins": {"across_splits": [list(twins.ids) for twins in catalog.crossing]},
        "unclaimed": list(catalog.unclaimed),
        "settings": differing(settings),
    }


@contextmanager
def _timed(stage: str, seconds: dict[str, float]) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[stage] = perf_counter() - start
