"""Time and memory of one process over a catalog of many entries: drawn metadata, files of a few bytes, made-up tracks.

python benchmarks/bench_scale.py [ENTRIES] [FOLDER] [--only STEP …]

FOLDER (by default below /dev/shm) is filled once and used again. Each step is a process of its own, on one core; its
time is that from start to end, its memory the most that was resident.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CLIPS_OF_A_GLOSS = 50
SIGNERS = 3000
FRAMES = 8
"""Frames of a made-up track: what `arrays` and `manifest` are made of here."""
LEFT = 100
"""Clips that the resumed run has still to do."""
LENGTH = 8
"""Frames of a sequence."""


def main() -> None:
    """Fill the folder, run the steps, write what was measured."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("entries", type=int, nargs="?", default=1_000_000)
    flags.add_argument("folder", type=Path, nargs="?", default=Path("/dev/shm/chereme-scale"))
    flags.add_argument("--only", nargs="*", default=list(STEPS))
    flags.add_argument("--step", help=argparse.SUPPRESS)
    flags.add_argument("--out", type=Path, default=HERE / "scale.json")
    asked = flags.parse_args()
    folder = asked.folder / str(asked.entries)
    if asked.step:
        print(json.dumps(STEPS[asked.step](folder, asked.entries) or {}))
        return
    known = json.loads(asked.out.read_text("utf-8")) if asked.out.exists() else {}
    for step in asked.only:
        measured = _measured([sys.executable, __file__, str(asked.entries), str(asked.folder), "--step", step])
        known.setdefault(str(asked.entries), {})[step] = measured
        print(asked.entries, step, json.dumps(measured), flush=True)
        asked.out.write_text(json.dumps(known, indent=2) + "\n", "utf-8")


def _measured(command: list[str]) -> dict[str, Any]:
    """Seconds, the most memory in MB, and what the step itself tells."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{command[-1]} failed")
    told = json.loads(said.splitlines()[-1])
    busy = usage.ru_utime + usage.ru_stime
    return {
        "seconds": round(seconds, 1),
        "of the processor": round(busy, 1),
        "MB": round(usage.ru_maxrss / 1024),
    } | told


@contextmanager
def phase(name: str, told: dict[str, Any]) -> Iterator[None]:
    """Seconds of the processor that a part of a step takes."""
    start = time.process_time()
    yield
    told[name] = round(time.process_time() - start, 2)


def make_metadata(folder: Path, entries: int) -> None:
    """The metadata in WLASL's form and as CSV."""
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    splits = ("train",) * 8 + ("val", "test")
    with (folder / "wlasl.json").open("w") as wlasl, (folder / "table.csv").open("w") as table:
        wlasl.write("[")
        table.write("id,gloss,split,signer,source,url,file,start,end\n")
        for gloss in range(-(-entries // CLIPS_OF_A_GLOSS)):
            numbers = range(gloss * CLIPS_OF_A_GLOSS, min(entries, (gloss + 1) * CLIPS_OF_A_GLOSS))
            instances = [
                {
                    "bbox": [number % 331, number % 113, 600 + number % 353, 500 + number % 211],
                    "fps": 25,
                    "frame_end": -1,
                    "frame_start": 1,
                    "instance_id": place,
                    "signer_id": number * 7919 % SIGNERS,
                    "source": f"source{number % 20}",
                    "split": splits[place % 10],
                    "url": f"https://videos.example.org/signs/{gloss}/take-{number}.mp4",
                    "variation_id": 0,
                    "video_id": f"{number:07d}",
                }
                for place, number in enumerate(numbers)
            ]
            comma = "" if gloss == 0 else ", "
            wlasl.write(comma + json.dumps({"gloss": f"gloss {gloss:05d}", "instances": instances}))
            for each in instances:
                row = (each["video_id"], f"gloss {gloss:05d}", each["split"], each["signer_id"], each["source"])
                table.write(",".join(map(str, (*row, each["url"], f"{each['video_id']}.mp4", "", ""))) + "\n")
        wlasl.write("]")


def make_videos(folder: Path, entries: int) -> None:
    """A file of a few bytes of its own for each entry, in folders of ten thousand."""
    for number in range(entries):
        if number % 10_000 == 0:
            below = folder / "videos" / f"{number // 10_000:03d}"
            below.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(below / f"{number:07d}.mp4", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(descriptor, b"%032d" % number)
        os.close(descriptor)


def make_output(folder: Path, entries: int) -> None:
    """The output folder as it is when all clips but `LEFT` are tracked: `catalog.parquet` and parts."""
    from chereme.run.acquire import marker, places, survey
    from chereme.run.collection import Collection, Located, save
    from chereme.run.tools import Tools
    from chereme.run.tracks import describe, track_folder
    from chereme.run.unchanged import question
    from chereme.sources import Library
    from chereme.types import Media, Shot

    settings = _settings(folder)
    metadata, videos = places(settings)
    library = Library.open(videos)
    asked = question(settings, metadata, library)
    found = survey(settings, library)
    mark = marker(settings)
    located = {}
    for entry in found.entries:
        file = found.matched[entry.id]
        media = Media(
            path=file.path,
            bytes=file.size,
            width=640,
            height=480,
            fps=25.0,
            frames=2 * FRAMES,
            seconds=2 * FRAMES / 25,
            whole=False,
        )
        shot = Shot(entry=entry, media=media, first=0, stop=2 * FRAMES, note="whole file")
        located[entry.id] = Located(result=shot, seen=mark(entry, file))
    output = folder / "out"
    output.mkdir(exist_ok=True)
    collection = Collection(entries=found.entries, vocabulary=found.vocabulary, located=located)
    save(collection, output / "catalog.parquet", asked)
    tools = Tools.of(settings)
    tracks = track_folder(output / "tracks", settings.landmarks, tools.model, tools.plan, [])
    describe(tracks, tools.model, tools.plan)


def make_tracks(folder: Path, entries: int) -> None:
    """Parts with made-up tracks of all clips but `LEFT`, in place of ledgers alone."""
    for part in (folder / "out" / "tracks").glob("*/part-*"):
        part.unlink()
    _append(folder, slice(0, entries - LEFT))


def make_ledgers(folder: Path, entries: int) -> None:
    """Ledgers alone, as a run writes them, of all clips but `LEFT`: what resuming reads."""
    from chereme.run.shots import remembered
    from chereme.run.tracks import PART_CLIPS
    from chereme.store import write_json

    (tracks,) = (folder / "out" / "tracks").iterdir()
    shots = remembered(folder / "out" / "catalog.parquet").shots
    ids = iter(shots.column("id"))
    for number, at in enumerate(range(0, entries - LEFT, PART_CLIPS), start=1):
        keys = shots.keys[at : min(at + PART_CLIPS, entries - LEFT)].tolist()
        clips = [{"id": id, "key": f"{key:016x}", "seconds": 0.5} for key, id in zip(keys, ids, strict=False)]
        write_json(tracks / f"part-{number:06d}-{keys[0]:016x}.json", {"clips": clips})


def make_rest(folder: Path, entries: int) -> None:
    """A part with the clips that were left."""
    _append(folder, slice(entries - LEFT, entries))


def _append(folder: Path, which: slice) -> None:
    import numpy as np

    from chereme.run.shots import remembered
    from chereme.run.tracks import PART_CLIPS
    from chereme.skeleton import HANDS
    from chereme.store import Outcome, Parts
    from chereme.types import Track

    (tracks,) = (folder / "out" / "tracks").iterdir()
    parts = Parts(tracks)
    shots = remembered(folder / "out" / "catalog.parquet").shots[which]
    random = np.random.default_rng(0)
    made = []
    index = np.arange(0, 2 * FRAMES, 2)
    for _ in range(50):  # repeated, so that they take little room
        way = np.cumsum(random.normal(0, 0.01, (FRAMES, 1, 2)), axis=0)
        points = random.uniform(0.2, 0.8, (1, len(HANDS), 3)) + np.pad(way, ((0, 0), (0, 0), (0, 1)))
        made.append(points.astype(np.float32).round(3))
    score = np.full((FRAMES, len(HANDS)), 0.9, np.float32)
    outcomes = (
        Outcome(
            shot=shot,
            result=Track(
                shot=shot,
                skeleton=HANDS,
                index=index,
                points=made[number % 50],
                score=score,
                seconds=index / 25,
                model="made up",
            ),
            seconds=0.5,
        )
        for number, shot in enumerate(shots)
    )
    while some := list(islice(outcomes, PART_CLIPS)):
        parts.append(some)


def _settings(folder: Path, **others: Any) -> Any:
    from chereme.exports.arrays import Arrays
    from chereme.run.settings import Build

    settings = Build(
        dataset="wlasl",
        metadata=folder / "wlasl.json",
        videos=(folder / "videos",),
        out=folder / "out",
        export=("manifest", "arrays"),
        arrays=Arrays(length=LENGTH, min_frames=1),
        executor="here",
    )
    return replace(settings, **others)


def load(folder: Path, dataset: str, name: str) -> dict[str, Any]:
    """The metadata read."""
    from chereme import plugins
    from chereme.catalog.identity import unique

    told: dict[str, Any] = {}
    with phase("load", told):
        kept, _ = unique(plugins.load("datasets", dataset)().read(folder / name))
    return told | {"entries": len(kept)}


def survey_whole(folder: Path, entries: int) -> dict[str, Any]:
    """Catalog, files, twins, splits and vocabulary, as every command begins."""
    from chereme.run.acquire import survey

    told: dict[str, Any] = {}
    with phase("survey", told):
        found = survey(_settings(folder))
    return told | {"entries": len(found.entries)}


def survey_parts(folder: Path, entries: int) -> dict[str, Any]:
    """The same, phase by phase."""
    from chereme.catalog.choose import Choose
    from chereme.catalog.coverage import coverage
    from chereme.catalog.identity import unique
    from chereme.catalog.splits import Splits
    from chereme.catalog.twins import groups
    from chereme.catalog.vocabulary import vocabulary
    from chereme.catalog.wlasl import Wlasl
    from chereme.sources import Found, Library, digests

    told: dict[str, Any] = {}
    with phase("load", told):
        kept, _ = unique(Wlasl().read(folder / "wlasl.json"))
    with phase("list files", told):
        library = Library.open((folder / "videos",))
    with phase("match", told):
        matched = library.match(kept)
        there = {id: what for id, what in matched.items() if isinstance(what, Found)}
    with phase("choose", told):
        chosen = Choose(min_clips=2, max_clips=CLIPS_OF_A_GLOSS).choose(kept, there.keys()).entries
    with phase("same bytes", told):
        sums = digests(there)
    with phase("twins", told):
        grouped = groups(chosen, sums)
    with phase("official splits", told):
        Splits().divide(chosen, grouped)
    with phase("stratified splits", told):
        divided = Splits(by="stratified").divide(chosen, grouped).entries
    with phase("vocabulary", told):
        vocabulary(divided)
    with phase("coverage", told):
        coverage(divided, there.keys(), sums, grouped)
    return told


def manifest(folder: Path, entries: int) -> dict[str, Any]:
    """The manifest of a catalog, with each file's SHA-256, all clips passing."""
    from chereme.exports.manifest import Manifest
    from chereme.run.deliver import deliver, fingerprint_of, made_of
    from chereme.run.judge import labels_of, named
    from chereme.run.local import Here
    from chereme.run.progress import Silent
    from chereme.run.shots import remembered
    from chereme.skeleton import HANDS

    told: dict[str, Any] = {}
    catalog = remembered(folder / "out" / "catalog.parquet")
    with phase("fingerprint", told):
        mark = fingerprint_of(("made up", HANDS), made_of(catalog.shots))
    with phase("export", told), Here().open() as run:
        samples = named(catalog.shots, HANDS, labels_of(catalog.vocabulary))
        made = deliver(Manifest(), samples, catalog.vocabulary, folder / "manifest", mark, run=run, progress=Silent())
    assert made.samples == entries
    return told


def survey_and_manifest(folder: Path, entries: int) -> dict[str, Any]:
    """From metadata to a manifest in one process, less the opening of videos, which is their decoder's time."""
    return survey_whole(folder, entries) | manifest(folder, entries)


def built(folder: Path, entries: int) -> dict[str, Any]:
    """`chereme build` of a manifest: from the command to the end, all tracks being there and each refined."""
    return _built(folder, export=("manifest",), only="deliver")


def arrays(folder: Path, entries: int) -> dict[str, Any]:
    """From the command to the arrays, all tracks being there."""
    return _built(folder, export=("arrays",), only="deliver")


def _built(folder: Path, **others: Any) -> dict[str, Any]:
    from chereme.run.stages import build

    summary = build(_settings(folder, **others))
    return {"kept": summary["kept"], "stages": summary["seconds"]}


def report(folder: Path, entries: int) -> dict[str, Any]:
    """The report of that folder."""
    from chereme.report import write_report

    return {"bytes of the page": write_report(folder / "out").stat().st_size}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopwatch:
    """An executor that gives up where the first clip would start to be tracked."""

    @contextmanager
    def open(self) -> Iterator[Callable[..., Iterator[Any]]]:
        """Here, up to that."""
        from chereme.run.jobs import Extract
        from chereme.run.local import Here

        with Here().open() as here:

            def run(job: Any, inputs: Any) -> Iterator[Any]:
                if isinstance(job, Extract):
                    next(iter(inputs))
                    raise Started
                return here(job, inputs)

            yield run


class Started(Exception):
    """The first clip would be tracked now."""


def resume(folder: Path, entries: int) -> dict[str, Any]:
    """The same command again, until the first of the clips that are left would be tracked."""
    from chereme import plugins
    from chereme.run.stages import build

    plugins.TABLES["executors"]["stopwatch"] = f"{__name__}:Stopwatch"
    try:
        build(_settings(folder, executor="stopwatch"))
    except Started:
        return {}
    raise SystemExit("nothing was left to do")


def merge(folder: Path, entries: int) -> dict[str, Any]:
    """Small parts made large."""
    from chereme.store import Parts

    (tracks,) = (folder / "out" / "tracks").iterdir()
    before = len(list(tracks.iterdir()))
    told: dict[str, Any] = {"files before": before}
    with phase("read ledgers", told):
        parts = Parts(tracks)
    with phase("merge", told):
        parts.merge()
    with phase("read ledgers again", told):
        assert len(Parts(tracks)) == len(parts)
    return told | {"files": len(list(tracks.iterdir()))}


STEPS: dict[str, Callable[[Path, int], dict[str, Any] | None]] = {
    "make metadata": make_metadata,
    "make videos": make_videos,
    "load wlasl": lambda folder, entries: load(folder, "wlasl", "wlasl.json"),
    "load csv": lambda folder, entries: load(folder, "csv", "table.csv"),
    "survey": survey_whole,
    "phases": survey_parts,
    "make output": make_output,
    "make ledgers": make_ledgers,
    "resume": resume,
    "make tracks": make_tracks,
    "resume with tracks": resume,
    "make rest": make_rest,
    "merge": merge,
    "manifest": manifest,
    "survey and manifest": survey_and_manifest,
    "build manifest": built,
    "build arrays": arrays,
    "report": report,
}

if __name__ == "__main__":
    main()
