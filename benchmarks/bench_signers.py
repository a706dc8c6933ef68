"""How well recognizers do on people whom they never saw: on a drawn collection, and on a folder of real clips.

    python benchmarks/bench_signers.py drawn --work /tmp/drawn
    python benchmarks/bench_signers.py words --work /tmp/words --start conv-transformer-2000-0.pt

`drawn` draws every sign by every signer, of whom some are the val split's and some the test split's alone, and gives
top-1 on the latter. `words` leaves out one signer after the other, trains on the clips of all others, without a val
split, so that nothing is chosen by the clips left out: the last epoch counts. What is drawn or built below `--work` is
not made again.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from chereme.plugins import load
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.samples.sequence import Sequence
from chereme.synth.collection import Collection
from chereme.training.checkpoint import Checkpoint
from chereme.training.examples import Examples
from chereme.training.fit import Fit, train

HERE = Path(__file__).parent
WORDS = HERE.parent.parent / "shared" / "data" / "words"
RECOGNIZERS = ("lstm", "hierarchical", "conv-transformer")
SEQUENCE = Sequence(length=32, stride=1, fit="uniform", normalize="body", min_frames=1)
"""As `bench_recognizers.py` has it."""


def drawn(work: Path, signs: int, signers: int, workers: int) -> Examples:
    """The sequences of a drawn collection."""
    Collection(signs=signs, signers=signers, workers=workers).write(work / "collection")
    return _built(work, workers, metadata=work / "collection" / "metadata.json", videos=(work / "collection/videos",))


def words(work: Path, videos: Path, workers: int) -> Examples:
    """The sequences of a folder of clips, a folder a word, with the signers of its `signers.csv`."""
    examples = _built(work, workers, dataset="folder", videos=(videos,), splits=replace(Build().splits, by="none"))
    with (videos / "signers.csv").open(encoding="utf-8", newline="") as file:
        people = {row["clip"].removesuffix(".mp4").replace("/", "-"): row["signer"] for row in csv.DictReader(file)}
    return replace(examples, signers=tuple(people[id] for id in examples.ids))


def _built(work: Path, workers: int, **asked: Any) -> Examples:
    base = Build()
    arrays = replace(base.arrays, **{name: getattr(SEQUENCE, name) for name in SEQUENCE.__slots__})
    build(replace(base, out=work / "out", export=("arrays",), arrays=arrays, workers=workers, **asked))
    return Examples.read(work / "out")


def trained(examples: Examples, recognizer: str, fit: Fit, start: Path | None) -> Checkpoint:
    """The best weights by the val split, the last ones without."""
    with TemporaryDirectory() as folder:
        begin = Checkpoint.load(start) if start else None
        done = train(examples, recognizer, load("recognizers", recognizer)(), fit, Path(folder) / "run", start=begin)
        return Checkpoint.load(done.folder / "best.pt")


def right(checkpoint: Checkpoint, judged: Examples) -> int:
    """Of how many clips the likeliest label is the right one."""
    return int((checkpoint.open().logits(judged.points, judged.mask).argmax(axis=1) == judged.labels).sum())


def on_drawn(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each recognizer and seed."""
    examples = drawn(asked.work, asked.signs, asked.signers, asked.workers)
    people = {name: sorted(set(examples.split(name).signers)) for name in ("train", "val", "test")}
    assert not set(people["test"]) & {*people["train"], *people["val"]}
    judged = examples.split("test")
    facts = {"signs": asked.signs, **{f"{name}_signers": len(each) for name, each in people.items()}}
    for recognizer in asked.recognizers:
        for seed in asked.seeds:
            found = right(trained(examples, recognizer, _fit(asked, seed), asked.start), judged)
            yield {
                **{"collection": "drawn", **facts, "recognizer": recognizer, "start": asked.name, "seed": seed},
                "epochs": asked.epochs,
                **{"clips": len(judged), "right": found, "top1": round(found / len(judged), 4)},
            }


def on_words(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each recognizer and seed: all signers, each left out once."""
    examples = words(asked.work, asked.videos, asked.workers)
    people = sorted(set(examples.signers))
    for recognizer in asked.recognizers:
        for seed in asked.seeds:
            by_signer = {}
            for person in people:
                out = np.array([signer == person for signer in examples.signers])
                practice = replace(examples.take(np.flatnonzero(~out)), splits=("train",) * int((~out).sum()))
                judged = examples.take(np.flatnonzero(out))
                found = right(trained(practice, recognizer, _fit(asked, seed), asked.start), judged)
                by_signer[person] = {"clips": len(judged), "right": found}
            found = sum(each["right"] for each in by_signer.values())
            yield {
                **{"collection": "words", "signs": len(examples.vocabulary), "signers": len(people)},
                **{"recognizer": recognizer, "start": asked.name, "seed": seed, "epochs": asked.epochs},
                **{"clips": len(examples), "right": found},
                **{"top1": round(found / len(examples), 4), "by_signer": by_signer},
            }


def _fit(asked: argparse.Namespace, seed: int) -> Fit:
    return Fit(seed=seed, epochs=asked.epochs, patience=0)


def main() -> None:
    """Train and write the JSON, a row after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", choices=["drawn", "words"])
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is drawn and built")
    parser.add_argument("--videos", type=Path, default=WORDS)
    parser.add_argument("--signs", type=int, default=8)
    parser.add_argument("--signers", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--recognizers", nargs="+", default=RECOGNIZERS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--start", type=Path, help="a checkpoint trained on other clips")
    parser.add_argument("--out", type=Path, default=HERE / "signers.json")
    asked = parser.parse_args()
    asked.name = f"{len(Checkpoint.load(asked.start).vocabulary)} signs of WLASL" if asked.start else ""
    for row in on_drawn(asked) if asked.collection == "drawn" else on_words(asked):
        print(row, flush=True)
        held = json.loads(asked.out.read_text("utf-8")) if asked.out.exists() else []
        names = ("collection", "recognizer", "start", "seed")
        kept = [each for each in held if any(each[name] != row[name] for name in names)]
        rows = sorted([*kept, row], key=lambda each: tuple(each[name] for name in names))
        asked.out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
