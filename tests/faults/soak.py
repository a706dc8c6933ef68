"""Seeded fault runs, each with its own kind and moment of trouble, and what must hold in the end; see `--help`."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults import kinds
from tests.faults.check import Left, Verdict, compare, look
from tests.faults.collection import IDS, Collection, draw
from tests.faults.scene import ROOT, Scene

EXECUTORS = (("here", 1), ("here", 1), ("pool", 1), ("pool", 2))
REPORTS = 0.15
"""The share of runs that write a report too, which takes longest of what is not at stake."""
RECORD = ROOT / "benchmarks" / "soak.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untroubled:
    """A run that nothing happened to."""

    left: Left
    moments: tuple[str, ...]
    """What the process did to files, in order."""
    size: int
    """Bytes that it left."""

    def met(self, executor: str, report: bool) -> tuple[str, ...]:
        """What of it the first process of another run does: elsewhere than here, workers unpack and cut."""
        others = (() if executor == "here" else ("cut", "videos")) + (() if report else ("report.html", ".report"))
        return tuple(what for what in self.moments if not what.partition(" ")[2].startswith(others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a seeded run."""

    number: int
    kind: str
    executor: str
    workers: int
    struck: bool
    """Whether the fault happened before the run had ended."""
    verdict: Verdict | None
    trouble: str = ""
    """What the program did or said that it should not; empty for nothing."""

    @property
    def good(self) -> bool:
        """Whether all is as it should be."""
        return self.verdict is not None and self.verdict.good and not self.trouble

    @property
    def line(self) -> str:
        """What came of it, in a line for good runs."""
        said = "good" if self.good else f"WRONG {self.verdict} {self.trouble}"
        met = "" if self.struck else " (over before it was struck)"
        return f"{self.number:4} {self.kind:24} {self.executor} {self.workers}{met}: {said}"


def untroubled(collection: Collection, folder: Path) -> Untroubled:
    """What all others are compared to."""
    scene = Scene(folder=folder, collection=collection, seed="untroubled", report=True)
    kinds.expect(scene.run(), 0)
    moments = []
    for journal in scene.notes.glob("journal-*"):
        for line in journal.read_text().splitlines():
            each = json.loads(line)
            if each["event"] != "flushed":
                moments.append((each["at"], f"{each['event']} {each['names'][-1]}"))
    size = sum(path.stat().st_size for path in scene.out.rglob("*") if path.is_file())
    found = Untroubled(left=look(scene.out), moments=tuple(what for _, what in sorted(moments)), size=size)
    scene.clear()
    return found


def run(
    number: int,
    seed: int,
    collection: Collection,
    like: Untroubled,
    folder: Path,
    *,
    keep: bool = False,
    only: kinds.Kind | None = None,
) -> Result:
    """One seeded run: the kinds in turn, all else by chance, then the same command until it is done.

    The folder is the same for all, and gone in the end, or has the run's number for a name.
    """
    chance = random.Random(f"{seed} {number}")
    kind = only or kinds.kind_of(number)
    executor, workers = chance.choice(EXECUTORS)
    report = chance.random() < REPORTS
    scene = Scene(
        folder=folder,
        collection=collection,
        seed=f"{seed} {number}",
        executor=executor,
        workers=workers,
        moments=like.met(executor, report),
        size=like.size,
        report=report,
    )
    struck, verdict, trouble = False, None, ""
    try:
        kind(scene)
        executor, workers = scene.executor, scene.workers
        struck = any(notes.exists() for notes in folder.glob("notes-*/struck"))
        scene.executor, scene.workers = chance.choice(EXECUTORS)
        kinds.expect(scene.run(), 0)
        verdict = compare(look(scene.out), like.left)
    except Exception as error:  # told with the seed, so that it can be looked at; the others go on
        trouble = f"{type(error).__name__}: {error}"
    finally:
        kinds.unmount(scene)
    result = Result(
        number=number,
        kind=kind.__name__,
        executor=executor,
        workers=workers,
        struck=struck,
        verdict=verdict,
        trouble=trouble,
    )
    if keep and not result.good:
        folder.rename(folder.with_name(f"{number:04}"))
    else:
        scene.clear()
    return result


def summary(results: list[Result], seed: int, seconds: float) -> dict[str, object]:
    """The figures."""
    verdicts = [result.verdict for result in results if result.verdict]
    rows = {}
    for kind in (*kinds.KINDS, *kinds.RARE):
        own = [result for result in results if result.kind == kind.__name__]
        rows[kind.__name__.replace("_", " ")] = {
            "runs": len(own),
            "struck": sum(result.struck for result in own),
            "lost": sum(len(result.verdict.lost) for result in own if result.verdict),
            "doubled": sum(len(result.verdict.doubled) for result in own if result.verdict),
            "differing": sum(len(result.verdict.differing) for result in own if result.verdict),
            "left over": sum(len(result.verdict.strays) for result in own if result.verdict),
            "otherwise wrong": sum(bool(result.trouble) for result in own),
        }
    return {
        "runs": len(results),
        "seed": seed,
        "ids": len(IDS),
        "seconds": round(seconds),
        "struck": sum(result.struck for result in results),
        "lost": sum(len(verdict.lost) for verdict in verdicts),
        "doubled": sum(len(verdict.doubled) for verdict in verdicts),
        "differing": sum(len(verdict.differing) for verdict in verdicts),
        "left over": sum(len(verdict.strays) for verdict in verdicts),
        "otherwise wrong": sum(bool(result.trouble) for result in results),
        "executors": dict(sorted(Counter(f"{r.executor} {r.workers}" for r in results).items())),
        "kinds": rows,
    }


def tell(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """The command."""
    every = (*kinds.KINDS, *kinds.RARE)
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--runs", type=int, default=200)
    reader.add_argument("--first", type=int, default=0, help="the number of the first run")
    reader.add_argument("--abreast", type=int, default=1, help="how many at a time, each with a folder of its own")
    reader.add_argument("--seed", type=int, default=7)
    reader.add_argument("--record", type=Path, help="where to write the figures as JSON")
    reader.add_argument("--kind", choices=[kind.__name__ for kind in every], help="runs of one kind alone")
    reader.add_argument("--keep", action="store_true", help="keep the folders of runs that were not good")
    asked = reader.parse_args()
    only = next((kind for kind in every if kind.__name__ == asked.kind), None)
    start = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="chereme-soak-")).resolve()
    collection = draw(ROOT / "tests" / "assets" / "drawn", work / "collection")

    numbers = range(asked.first, asked.first + asked.runs)
    rare = [number for number in numbers if (only or kinds.kind_of(number)) in kinds.RARE]
    others = [number for number in numbers if number not in rare]

    def lane(place: int, own: Sequence[int]) -> list[Result]:
        folder, results = work / f"lane-{place}", []
        like = untroubled(collection, folder)
        for number in own:
            results.append(run(number, asked.seed, collection, like, folder, keep=asked.keep, only=only))
            tell(results[-1].line)
        return results

    with ThreadPoolExecutor(asked.abreast) as threads:
        lanes = [threads.submit(lane, place, others[place :: asked.abreast]) for place in range(asked.abreast)]
        results = [result for each in lanes for result in each.result()]
    if rare:
        results += lane(asked.abreast, rare)  # Ray starts its nodes from no other thread than the first
    figures = summary(results, asked.seed, time.monotonic() - start)
    line = ("runs", "struck", "lost", "doubled", "differing", "left over", "otherwise wrong", "seconds")
    tell(", ".join(f"{name} {figures[name]}" for name in line))
    if asked.record:
        asked.record.write_text(json.dumps(figures, indent=2) + "\n")
    if not asked.keep:
        shutil.rmtree(work)
    sys.exit(0 if all(result.good for result in results) else 1)


if __name__ == "__main__":
    main()
