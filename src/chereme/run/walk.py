"""The stages of one run, each of which finds what it needs of the ones before."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chereme.contracts import ByFile, Export, InPassing, Pointless, Run
from chereme.errors import SettingsError
from chereme.landmarks.recorded import is_recording
from chereme.run.acquire import acquire, places, sized, survey
from chereme.run.ahead import ahead
from chereme.run.classes import in_complete_classes
from chereme.run.collection import save
from chereme.run.deliver import Delivered, deliver, delivered, fingerprint_of, made_of, mark_of, taken_in_passing
from chereme.run.elsewhere import Publish
from chereme.run.jobs import Extract, Read
from chereme.run.judge import Judged, judge, labels_of, named, refined, save_qualities
from chereme.run.output import Output
from chereme.run.progress import Progress
from chereme.run.settings import Build
from chereme.run.shots import Catalog, Shots, remembered
from chereme.run.tools import Tools
from chereme.run.tracks import describe, extract, planned, track_folder, unfinished
from chereme.run.unchanged import question
from chereme.run.untracked import Untracked
from chereme.sources import Library
from chereme.store import Parts
from chereme.store.plain import plain
from chereme.types import Reject, Sample, Shot, Vocabulary, by_reason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One run on its way: the stages, each of which finds what it needs of the ones before."""

    settings: Build
    tools: Tools
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
        folder, labels = self.output.exports / name, catalog.vocabulary
        model = self.tools.model.fingerprint()
        settled = (version("chereme"), export, self.settings.refine, model, parts.folder.name, labels.glosses)
        mark = fingerprint_of(settled, made_of(judged.shots))
        done = delivered(folder, mark)
        if done and not any(reject.reason in self.settings.retry for reject in done.rejects):
            if not isinstance(export, ByFile) or export.intact(folder):
                log.info("export %s is there already", name)
                return done
            log.warning("export %s: files of it are gone or changed; it is made anew", name)
        cut: dict[str, Any] = {}
        if isinstance(export, ByFile):
            self.progress.stage(f"{name}: cut", total=len(judged.shots))
            cut = ahead(export, judged.shots, self.output.cut, self.run, self.progress)
        self.progress.stage(name, total=len(judged.shots))
        passing = self._mark(export)

        def early(batch: Sequence[Sample]) -> Mapping[str, Any]:
            there = {sample.entry.id: cut[sample.entry.id] for sample in batch if sample.entry.id in cut}
            return there or taken_in_passing(export, passing, parts, batch)

        def made(shots: Sequence[Shot], vocabulary: Vocabulary, known: Sequence[Reject]) -> Delivered:
            return deliver(
                export,
                self._samples(export, shots, parts, labels_of(vocabulary)),
                vocabulary,
                folder,
                mark,
                known=known,
                early=early,
                run=self.run,
                progress=self.progress,
                made=self._made_with(export, parts.folder),
            )

        if getattr(export, "complete_classes", False):
            done = in_complete_classes(made, judged.shots, labels)
        else:
            done = made(judged.shots, labels, ())
        parts.forget(passing)
        if isinstance(export, ByFile):
            export.forget(self.output.cut)
        if not done.samples:
            why = ", ".join(f"{reason} {count}" for reason, count in by_reason(done.rejects).items())
            none = "no clip passed" if not judged.shots else f"none of {len(judged.shots)} clips is one for it"
            log.warning("export %s is empty: %s", name, why or none)
        return done

    def _samples(
        self, export: Export, shots: Sequence[Shot], parts: Parts, labels: Mapping[str, int]
    ) -> Iterator[Sample]:
        """What an export is made of: refined tracks, or none where it looks at no points."""
        if isinstance(export, Pointless):
            return named(shots, self.tools.model.skeleton, labels)
        return refined(self.settings.refine, shots, parts, labels)

    def _made_with(self, export: Export, tracks: Path) -> dict[str, Any]:
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
