"""The whole walk: acquire, extract, refine, deliver. What is finished is never done again."""

import logging
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from chereme import plugins
from chereme.contracts import (
    Abreast,
    ByFile,
    Executor,
    Export,
    InPassing,
    LandmarkModel,
    Listing,
    Particular,
    Pointless,
    Run,
)
from chereme.errors import SettingsError
from chereme.landmarks.recorded import is_recording
from chereme.plan import FramePlan
from chereme.run.acquire import acquire, places, sized, survey
from chereme.run.ahead import ahead
from chereme.run.collection import save
from chereme.run.deliver import (
    Delivered,
    complete,
    deliver,
    delivered,
    fingerprint_of,
    made_of,
    mark_of,
    taken_in_passing,
)
from chereme.run.elsewhere import Place, Publish, at_hand, looked_into
from chereme.run.estimate import Estimate, frames_of, track_bytes, trial
from chereme.run.jobs import Extract, Read
from chereme.run.judge import Judged, judge, labels_of, named, refined, save_qualities
from chereme.run.local import cores
from chereme.run.mirrored import sides
from chereme.run.output import Output, write_rejects
from chereme.run.progress import Progress, Silent
from chereme.run.settings import Build, differing
from chereme.run.shots import Catalog, Shots, remembered
from chereme.run.tracks import describe, extract, planned, track_folder, unfinished
from chereme.run.unchanged import question
from chereme.run.untracked import Untracked
from chereme.samples.normalize import hand_parts
from chereme.sources import Library
from chereme.store import Parts, write_json
from chereme.store.plain import plain
from chereme.types import REASONS, Reject, Sample, Shot

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
    tools = _tools(settings)
    seconds: dict[str, float] = {}
    with Output(place.folder).open() as output, tools.executor.open() as run:
        log.info("chereme %s on Python %s: %s", version("chereme"), platform.python_version(), differing(settings))
        walk = _Walk(
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
        plan=settings.refine.plan(FramePlan.union(export.needs for export in _asking(exports.values()))),
        executor=_made(
            executor,
            workers=settings.workers,
            timeout=settings.timeout,
            memory=settings.memory,
            address=settings.address,
            shared=settings.holding,
        ),
        workers=1 if name == "here" else workers,
    )


def _asking(exports: Iterable[Export]) -> list[Export]:
    """The exports whose needs count: what lists clips asks for none beside clips that are made without tracks."""
    listing = [export for export in exports if isinstance(export, Listing)]
    others = [export for export in exports if not isinstance(export, Listing)]
    return others if others and not any(export.needs.needs for export in others) else [*others, *listing]


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
    publish: Publish

    def acquire(self) -> Catalog:
        """Files found, probed and remembered; as they were remembered where nothing has changed since."""
        metadata, videos = places(self.settings)
        if not self.settings.videos and self.settings.dataset != "folder":
            raise SettingsError("say where the videos are with --videos: folders or zip archives")
        library = Library.open(videos)
        asked = question(self.settings, metadata, library)
        earlier = Catalog.read(self.output.catalog)
        if earlier and asked and earlier.question == asked and self._unpacked(library, earlier):
            log.info("%d clips are as they were", earlier.asked)
            self.progress.stage("acquire", total=earlier.asked, done=earlier.asked)
            return earlier
        found = survey(self.settings, library)
        collection = acquire(self.settings, self.output.videos, earlier, found, self.run, self.progress)
        save(collection, self.output.catalog, asked)
        self.publish(self.output.catalog)
        return remembered(self.output.catalog)

    def _unpacked(self, library: Library, earlier: Catalog) -> bool:
        """Whether what was unpacked of archives is still there."""
        packed = any(file.packed for file in library.files)
        shots = earlier.shots
        there = zip(shots.column("file"), shots.column("bytes"), strict=True)
        return not packed or all(sized(Path(file), size) for file, size in there)

    def extract(self, shots: Shots) -> Parts:
        """Tracks of all shots; of those that are there when only delivery is asked for."""
        tools = self.tools
        if not tools.plan.needs:
            return Untracked(self.output.tracks, tools.model.skeleton)
        folder = track_folder(self.output.tracks, self.settings.landmarks, tools.model, tools.plan, shots)
        parts = Parts(folder)
        left = shots[:0] if self.settings.only == "deliver" else unfinished(parts, shots, self.settings.retry)
        self.progress.stage("extract", total=len(shots), done=len(shots) - len(left))
        if len(left):
            describe(folder, tools.model, tools.plan)
        recorded = left.of_files(is_recording)
        if recorded.any():
            read = Read(skeleton=tools.model.skeleton, plan=tools.plan)
            extract(parts, left.where(recorded), read, self.run, self.progress, self.publish)
            left = left.where(~recorded)
        if len(left):
            tools.model.fetch()
            passing = {self._mark(e): e for e in tools.exports.values() if isinstance(e, InPassing)}
            job = Extract(
                model=tools.model,
                plan=tools.plan,
                refine=self.settings.refine,
                exports=passing,
                device=self.settings.device,
            )
            extract(parts, left, job, self.run, self.progress, self.publish)
        return parts

    def judge(self, catalog: Catalog, parts: Parts) -> Judged:
        """Which shots pass, and their qualities written down."""
        skeleton = self.tools.model.skeleton
        judged = judge(self.settings.refine, catalog.shots, parts, skeleton, catalog.vocabulary, self.progress)
        save_qualities(judged, self.output.samples)
        return judged

    def deliver(self, name: str, export: Export, catalog: Catalog, judged: Judged, parts: Parts) -> Delivered:
        """One export, made anew unless it is there made of the very same."""
        folder, refine, labels = self.output.exports / name, self.settings.refine, catalog.vocabulary
        model = self.tools.model.fingerprint()
        settled = (version("chereme"), export, refine, model, parts.folder.name, labels.glosses)
        mark = fingerprint_of(settled, made_of(judged.shots))
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
            usable = [s for s in judged.shots if s.entry.id not in refused] if refused else judged.shots
            vocabulary = complete(usable, labels) if getattr(export, "complete_classes", False) else labels
            shots: Sequence[Shot] = usable
            known = list(refused.values())
            if vocabulary != labels:
                shots = [shot for shot in usable if shot.entry.gloss in vocabulary]
                known += [_incomplete(shot) for shot in usable if shot.entry.gloss not in vocabulary]
            done = deliver(
                export,
                self._samples(export, shots, parts, labels_of(vocabulary)),
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

    def _samples(
        self, export: Export, shots: Sequence[Shot], parts: Parts, labels: Mapping[str, int]
    ) -> Iterator[Sample]:
        """What an export is made of: refined tracks, or none where it looks at no points."""
        if isinstance(export, Pointless):
            return named(shots, self.tools.model.skeleton, labels)
        return refined(self.settings.refine, shots, parts, labels)

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


def _summary(settings: Build, catalog: Catalog, tools: _Tools) -> dict[str, Any]:
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


def _incomplete(shot: Shot) -> Reject:
    detail = f"'{shot.entry.gloss}' has no clip in some split"
    return Reject(id=shot.entry.id, stage="deliver", reason="incomplete_class", detail=detail)


def _by_reason(rejects: Iterable[Reject]) -> dict[str, int]:
    return dict(sorted(Counter(reject.reason for reject in rejects).items(), key=lambda item: (-item[1], item[0])))


@contextmanager
def _timed(stage: str, seconds: dict[str, float]) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[stage] = perf_counter() - start
