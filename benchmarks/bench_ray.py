"""Ray beside the local pool: the same clips, two workers each, and how many clips one driver can take in.

    python benchmarks/bench_ray.py [VIDEOS] [--rounds 5] [--workers 2] [--clips N] [--out FILE]

Every round tracks all clips by the one and by the other, in turn first, with workers that are already started and have
the networks loaded, as in a long run; what is timed is from the first clip to the last, results taken in by this
process. Each round gives a ratio, so that both meet the same conditions; `ray.json` has them, and their median. On a
machine that others use as well, time is theirs too: so the processor time of all processes is counted beside it. The
last measurement has workers that do nothing but answer with a finished track: what this process can take in.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from floor import shot

from chereme.contracts import Run
from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.run.cluster import Ray
from chereme.run.jobs import Extract
from chereme.run.local import Pool
from chereme.run.tracks import PART_CLIPS
from chereme.skeleton import HANDS
from chereme.store import Outcome, Parts
from chereme.types import Shot, Track

HERE = Path(__file__).parent
DEFAULT = HERE.parent.parent / "shared" / "data" / "words"
ANSWERED = 2000
"""Tracks that are taken in."""
IDLE = 20.0
"""Seconds for which it is watched doing nothing: its own processes work by the clock, however slow a machine is."""
FRAMES = 30
"""Frames of each of these: a clip of two seconds, every other frame."""


@dataclass(frozen=True)
class Ready:
    """Answers with a track that was made before."""

    @contextmanager
    def open(self) -> Iterator[Callable[[Shot], Outcome]]:
        """The track."""
        points = np.random.default_rng(0).uniform(0, 1, (FRAMES, len(HANDS), 3)).astype(np.float32)
        score, index = np.ones(points.shape[:2], np.float32), np.arange(FRAMES)

        def answer(asked: Shot) -> Outcome:
            track = Track(
                shot=asked, skeleton=HANDS, index=index, points=points, score=score, seconds=index / 25, model="none"
            )
            return Outcome(shot=asked, result=track)

        yield answer

    def lost(self, input: Shot, reason: str = "worker_died") -> Outcome:
        """None is."""
        raise NotImplementedError


def processor(apart: set[int]) -> dict[int, int]:
    """Ticks of processor time of this process and its descendants, by id, less those in `apart` and theirs."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = place.read_text().rpartition(")")[2].split()  # proc(5): its first is the third field
        except OSError:
            continue
        pid = int(place.parent.name)
        parents[pid], ticks[pid] = int(told[1]), int(told[11]) + int(told[12])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours - apart:
        ours |= more
    return {pid: ticks[pid] for pid in ours}


def timed(run: Run, job: Extract, shots: Sequence[Shot], apart: set[int]) -> tuple[float, float, float]:
    """Seconds from the first clip to the last, of work that workers counted, and of processor time."""
    start, before = time.perf_counter(), processor(apart)
    work = sum(outcome.seconds for outcome in run(job, shots))
    after = processor(apart)
    return time.perf_counter() - start, work, spent_since(before, after)


def spent_since(before: dict[int, int], after: dict[int, int]) -> float:
    """Seconds of processor time between two looks."""
    return sum(ticks - before.get(pid, 0) for pid, ticks in after.items()) / os.sysconf("SC_CLK_TCK")


def taken_in(run: Run, like: Shot) -> float:
    """Tracks that arrive here and are written in parts, for a second of this process's processor time."""
    with tempfile.TemporaryDirectory() as folder:
        parts, waiting = Parts(Path(folder)), []
        start = time.process_time()
        for outcome in run(Ready(), (like for _ in range(ANSWERED))):
            waiting.append(outcome)
            if len(waiting) == PART_CLIPS:
                parts.append(waiting)
                waiting = []
        return ANSWERED / (time.process_time() - start)


def main() -> None:
    """Run the rounds and write `ray.json`."""
    options = argparse.ArgumentParser()
    options.add_argument("videos", nargs="?", type=Path, default=DEFAULT)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--clips", type=int, help="so many clips, evenly spaced among all")
    options.add_argument("--out", type=Path, default=HERE / "ray.json")
    asked = options.parse_args()
    files = sorted(asked.videos.rglob("*.mp4"))
    if not files:
        sys.exit(f"no clips at {asked.videos}; name a folder of clips")
    shots = [shot(file) for file in files[:: max(1, len(files) // asked.clips) if asked.clips else 1]]
    job = Extract(model=Hands(), plan=FramePlan((Every(stride=2),)))
    job.model.fetch()
    seconds: dict[str, list[float]] = {"pool": [], "ray": []}
    work: dict[str, list[float]] = {"pool": [], "ray": []}
    spent: dict[str, list[float]] = {"pool": [], "ray": []}
    with ExitStack() as opened:
        pool = opened.enter_context(Pool(workers=asked.workers).open())
        timed(pool, job, shots[: 2 * asked.workers], set())  # networks loaded, first passes made
        of_pool = set(processor(set())) - {os.getpid()}
        ray = opened.enter_context(Ray(workers=asked.workers, address="local").open())
        timed(ray, job, shots[: 2 * asked.workers], set())
        runs = {"pool": pool, "ray": ray}
        of_ray = set(processor(of_pool)) - {os.getpid()}  # its own processes are not charged to the pool
        others = {"pool": of_ray, "ray": of_pool}
        for number in range(asked.rounds):
            for name in sorted(runs, reverse=bool(number % 2)):
                taken, worked, had = timed(runs[name], job, shots, others[name])
                seconds[name].append(taken)
                work[name].append(worked)
                spent[name].append(had)
                told = f"{taken:.1f} s, processor {had:.1f} s, workers at work {worked:.1f} s"
                print(f"round {number + 1}: {name}: {told}", file=sys.stderr)
        start, before = time.perf_counter(), processor(of_pool)
        time.sleep(IDLE)
        idle = spent_since(before, processor(of_pool)) / (time.perf_counter() - start)
        took_in = {name: round(taken_in(run, shots[0])) for name, run in runs.items()}
    ratios = [one / other for one, other in zip(seconds["pool"], seconds["ray"], strict=True)]
    frames = sum(len(job.plan.frames(each.first, each.stop)) for each in shots)
    result = {
        "clips": len(shots),
        "frames": frames,
        "rounds": asked.rounds,
        "workers": asked.workers,
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "load": [round(each, 1) for each in os.getloadavg()],
        "versions": {name: version(name) for name in ("ray", "openvino")},
        "seconds": {name: [round(each, 2) for each in taken] for name, taken in seconds.items()},
        "processor seconds": {name: [round(each, 2) for each in had] for name, had in spent.items()},
        "seconds of work": {name: [round(each, 2) for each in taken] for name, taken in work.items()},
        "Ray's rate over the pool's": {
            "rounds": [round(each, 3) for each in ratios],
            "median": round(statistics.median(ratios), 3),
        },
        "processor seconds a second of an idle Ray": round(idle, 3),
        "Ray's processor time over the pool's": {
            "all": round(statistics.median(r / p for r, p in zip(spent["ray"], spent["pool"], strict=True)), 3),
            "busy": round(
                statistics.median(
                    (r - idle * s) / p for r, p, s in zip(spent["ray"], spent["pool"], seconds["ray"], strict=True)
                ),
                3,
            ),
        },
        "share of the time that workers work": {
            name: round(
                statistics.median(w / (s * asked.workers) for w, s in zip(work[name], seconds[name], strict=True)), 3
            )
            for name in seconds
        },
        "tracks that a driver takes in for a second of its processor time": took_in,
    }
    asked.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
