"""The whole walk: acquire, extract, refine, deliver. What is finished is never done again."""

import logging
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from chereme import plugins
from chereme.contracts import Abreast, ByFile, Executor, Export, InPassing, LandmarkModel, Particular, Run
from chereme.errors import SettingsError
from chereme.landmarks.recorded import is_recording
from chereme.plan import FramePlan
from chereme.run.acquire import acquire, survey
from chereme.run.ahead import ahead
from chereme.run.collection import Collection, remembered, save
from chereme.run.deliver import Delivered, complete, deliver, delivered, fingerprint, mark_of, taken_in_passing
from chereme.run.estimate import Estimate, track_bytes, trial
from chereme.run.jobs import Extract, Read
from chereme.run.judge import Judged, judge, labels_of, refined, save_qualities
from chereme.run.local import cores
from chereme.run.mirrored import sides
from chereme.run.output import Output, write_rejects
from chereme.run.progress import Progress, Silent
from chereme.run.settings import Build, differing
from chereme.run.tracks import describe, extract, planned, track_folder, unfinished
from chereme.run.untracked import Untracked
from chereme.samples.normalize import hand_parts
from chereme.store import Parts, write_json
from chereme.store.plain import plain
from chereme.types import REASONS, Reject, Shot

log = logging.getLogger(__name__)

ERRORS = "preprocess_errors.csv"
"""Beside clips: every clip that was asked for and is not among them, and why."""

MOST_NAMED = 1000
"""Unclaimed videos that the summary names."""


def build(settings: Build, progress: Progress | None = None) -> dict[str, Any]:
    """Make everything that is asked for and not there yet; gives the summary that is also written to `summary.json`.

    Raises `CheremeError` for trouble with settings, metadata, weights or the output folder; trouble with a clip is
    counted in the summary and listed in `rejects.csv`.
    """
    if settings.out is None:
        raise SettingsError("say where the output goes with --out")
    tools = _tools(settings)
    seconds: dict[str, float] = {}
    with Output(settings.out).open() as output, tools.executor.open() as run:
        log.info("chereme %s on Python %s: %s", version("chereme"), platform.python_version(), differing(settings))
        walk = _Walk(settings=settings, tools=tools, output=output, run=run, progress=progress or Silent())
        with _timed("acquire", seconds):
            collection = walk.acquire()
        rejects = collection.rejects
        summary = _summary(settings, collection, tools)
        if settings.only != "acquire":
            with _timed("extract", seconds):
                parts = walk.extract(collection.shots)
            rejects += [reject for shot in collection.shots if (reject := parts.reject(shot))]
            if tools.plan.needs:
                summary["tracks"] = parts.folder.relative_to(output.root).as_posix()
            summary["unfinished"] = sum(shot not in parts for shot in collection.shots)
            summary["notes"] = dict(sorted(Counter(filter(None, map(parts.note, collection.shots))).items()))
        if settings.only in (None, "deliver"):
            with _timed("refine", seconds):
                judged = walk.judge(collection, parts)
            rejects += judged.rejects
            summary |= {"kept": len(judged.shots), "exports": {}}
            if hand_parts(tools.model.skeleton):
                summary["leading"] = sides(judged, tools.model, settings.landmarks)
            for name, export in tools.exports.items():
                with _timed(f"deliver {name}", seconds):
                    done = walk.deliver(name, export, collection, judged, parts)
                    if isinstance(export, ByFile):
                        before = [reject for reject in rejects if reject.stage != "deliver"]
                        write_rejects(output.exports / name / ERRORS, [*before, *done.rejects])
                rejects += done.rejects
                summary["exports"][name] = {
                    "path": f"exports/{name}",
                    "samples": done.samples,
                    "rejected": _by_reason(done.rejects),
                }
        if settings.only != "acquire":
            parts.merge()
        write_rejects(output.rejects, rejects)
        summary["rejected"] = _by_reason(reject for reject in rejects if reject.stage != "deliver")
        summary["seconds"] = {stage: round(taken, 2) for stage, taken in seconds.items()}
        write_json(output.summary, summary)
        log.info("asked %s, kept %s, rejected %s", summary["asked"], summary.get("kept"), summary["rejected"])
    return summary


def estimate(settings: Build, progress: Progress | None = None) -> Estimate:
    """What `build` would do, from a trial on a few of the clips; leaves nothing on the disk."""
    tools = _tools(settings)
    found = survey(settings)
    with TemporaryDirectory() as unpacked, tools.executor.open() as run:
        earlier = remembered(Output(settings.out).catalog, found.entries) if settings.out else {}
        shots = acquire(settings, Path(unpacked), earlier, found, run, progress or Silent()).shots
        left = shots if tools.plan.needs else []
        if settings.out and left:
            folder = track_folder(Output(settings.out).tracks, settings.landmarks, tools.model, tools.plan, shots)
            left = unfinished(Parts(folder), shots, settings.retry)
        filmed = [shot for shot in left if not is_recording(shot.media.path)]
        pace = trial(filmed, tools.model, tools.plan, run, settings.device) if filmed else 0.0
    return Estimate(
        asked=len(found.entries),
        found=len(shots),
        finished=len(shots) - len(left),
        frames=_frames(left, tools.plan),
        plan=tools.plan.text(),
        seconds=_frames(filmed, tools.plan) * pace / tools.workers,
        workers=tools.workers,
        bytes=track_bytes(_frames(shots, tools.plan), len(tools.model.skeleton)),
        exports=tuple(tools.exports),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tools:
    """What a run works with, made from its settings."""

    model: LandmarkModel
    exports: dict[str, Export]
    plan: FramePlan
    executor: Executor
    workers: int


def _tools(settings: Build) -> _Tools:
    for reason in settings.retry:
        if reason not in REASONS:
            raise SettingsError(f"--retry: there is no reason '{reason}'; {plugins.suggest(reason, list(REASONS))}")
    exports = {name: settings.spec("exports", name) for name in dict.fromkeys(settings.export)}
    model = settings.spec("models", settings.landmarks)
    for export in exports.values():
        if isinstance(export, Particular):
            export.check(model.skeleton)
    workers = settings.workers or cores()
    together = settings.device != "cpu" and isinstance(model, Abreast)
    name = settings.executor or ("gpu" if together else "pool")
    executor = plugins.load("executors", name)
    return _Tools(
        model=model,
        exports=exports,
        plan=settings.refine.plan(FramePlan.union(export.needs for export in exports.values())),
        executor=_made(
            executor,
            workers=settings.workers,
            timeout=settings.timeout,
            memory=settings.memory,
            address=settings.address,
            shared=settings.videos,
        ),
        workers=1 if name == "here" else workers,
    )


def _made(executor: type[Executor], **offered: Any) -> Executor:
    """An executor with those of the run's settings that it has a field for."""
    known: list[str] = [each.name for each in fields(executor)] if is_dataclass(executor) else []
    return executor(**{name: value for name, value in offered.items() if name in known})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One run on its way: the stages, each of which finds what it needs of the ones before."""

    settings: Build
    tools: _Tools
    output: Output
    run: Run
    progress: Progress

    def acquire(self) -> Collection:
        """Files found, probed and remembered."""
        found = survey(self.settings)
        if not self.settings.videos and self.settings.dataset != "folder":
            raise SettingsError("say where the videos are with --videos: folders or zip archives")
        earlier = remembered(self.output.catalog, found.entries)
        collection = acquire(self.settings, self.output.videos, earlier, found, self.run, self.progress)
        save(collection, self.output.catalog)
        return collection

    def extract(self, shots: list[Shot]) -> Parts:
        """Tracks of all shots; of those that are there when only delivery is asked for."""
        tools = self.tools
        if not tools.plan.needs:
            return Untracked(self.output.tracks, tools.model.skeleton)
        folder = track_folder(self.output.tracks, self.settings.landmarks, tools.model, tools.plan, shots)
        parts = Parts(folder)
        left = [] if self.settings.only == "deliver" else unfinished(parts, shots, self.settings.retry)
        self.progress.stage("extract", total=len(shots), done=len(shots) - len(left))
        if left:
            describe(folder, tools.model, tools.plan)
        if recorded := [shot for shot in left if is_recording(shot.media.path)]:
            read = Read(skeleton=tools.model.skeleton, plan=tools.plan)
            extract(parts, recorded, read, self.run, self.progress)
            left = [shot for shot in left if not is_recording(shot.media.path)]
        if left:
            tools.model.fetch()
            passing = {self._mark(e): e for e in tools.exports.values() if isinstance(e, InPassing)}
            job = Extract(
                model=tools.model,
                plan=tools.plan,
                refine=self.settings.refine,
                exports=passing,
                device=self.settings.device,
            )
            extract(parts, left, job, self.run, self.progress)
        return parts

    def judge(self, collection: Collection, parts: Parts) -> Judged:
        """Which shots pass, and their qualities written down."""
        judged = judge(self.settings.refine, collection.shots, parts, collection.vocabulary, self.progress)
        save_qualities(judged, self.tools.model.skeleton, self.output.samples)
        return judged

    def deliver(self, name: str, export: Export, collection: Collection, judged: Judged, parts: Parts) -> Delivered:
        """One export, made anew unless it is there made of the very same."""
        folder, refine, labels = self.output.exports / name, self.settings.refine, collection.vocabulary
        made_of = [(shot.key, str(shot.media.path), shot.note, shot.entry) for shot in judged.shots]
        model = self.tools.model.fingerprint()
        mark = fingerprint(version("chereme"), export, refine, model, parts.folder.name, labels.glosses, made_of)
        done = delivered(folder, mark)
        if done and not any(reject.reason in self.settings.retry for reject in done.rejects):
            if not isinstance(export, ByFile) or export.intact(folder):
                log.info("export %s is there already", name)
                return done
            log.warning("export %s: files of it are gone or changed; it is made anew", name)
        made: dict[str, Any] = {}
        if isinstance(export, ByFile):
            self.progress.stage(f"{name}: cut", total=len(judged.shots))
            made = ahead(export, judged.shots, self.output.cut, self.run, self.progress)
        self.progress.stage(name, total=len(judged.shots))
        refused: dict[str, Reject] = {}
        while True:
            usable = [shot for shot in judged.shots if shot.entry.id not in refused]
            vocabulary = complete(usable, labels) if getattr(export, "complete_classes", False) else labels
            shots = [shot for shot in usable if shot.entry.gloss in vocabulary]
            known = [*refused.values(), *(_incomplete(shot) for shot in usable if shot.entry.gloss not in vocabulary)]
            done = deliver(
                export,
                refined(refine, shots, parts, labels_of(vocabulary)),
                vocabulary,
                folder,
                mark,
                known=known,
                early=lambda batch: (
                    {sample.entry.id: made[sample.entry.id] for sample in batch if sample.entry.id in made}
                    or taken_in_passing(export, self._mark(export), parts, batch)
                ),
                run=self.run,
                progress=self.progress,
                made=self._made(export, parts.folder),
            )
            fresh = {reject.id: reject for reject in done.rejects if reject not in known}
            if not fresh or vocabulary in (labels, complete([s for s in shots if s.entry.id not in fresh], vocabulary)):
                break
            # A class lost its last clip of some split to the export itself: it goes as a whole, made anew without it.
            refused |= fresh
        parts.forget(self._mark(export))
        if isinstance(export, ByFile):
            export.forget(self.output.cut)
        if not done.samples:
            why = ", ".join(f"{reason} {count}" for reason, count in _by_reason(done.rejects).items())
            log.warning("export %s is empty: %s", name, why or "no clip passed")
        return done

    def _made(self, export: Export, tracks: Path) -> dict[str, Any]:
        """All that turns a video into what this export holds, so that it can be done again elsewhere."""
        return {
            "landmarks": self.settings.landmarks,
            "model": plain(self.tools.model),
            "fingerprint": self.tools.model.fingerprint(),
            "plan": plain(planned(tracks) or self.tools.plan),
            "refine": plain(self.settings.refine),
            "export": plain(export),
        }

    def _mark(self, export: object) -> str:
        return mark_of(export, self.settings.refine)


def _summary(settings: Build, collection: Collection, tools: _Tools) -> dict[str, Any]:
    return {
        "chereme": version("chereme"),
        "asked": len(collection.entries) + len(collection.duplicates),
        "found": len(collection.shots),
        "glosses": len(collection.vocabulary),
        "model": tools.model.fingerprint(),
        "plan": tools.plan.text(),
        "twins": {"across_splits": [list(twins.ids) for twins in collection.crossing]},
        "unclaimed": list(collection.unclaimed[:MOST_NAMED]),
        "settings": differing(settings),
    }


def _incomplete(shot: Shot) -> Reject:
    detail = f"'{shot.entry.gloss}' has no clip in some split"
    return Reject(id=shot.entry.id, stage="deliver", reason="incomplete_class", detail=detail)


def _frames(shots: Sequence[Shot], plan: FramePlan) -> int:
    return sum(len(plan.frames(shot.first, shot.stop)) for shot in shots)


def _by_reason(rejects: Iterable[Reject]) -> dict[str, int]:
    return dict(sorted(Counter(reject.reason for reject in rejects).items(), key=lambda item: (-item[1], item[0])))


@contextmanager
def _timed(stage: str, seconds: dict[str, float]) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[stage] = perf_counter() - start
