"""How well recognizers do on WLASL's val clips, from hand landmarks of its train clips, for several seeds.

    python benchmarks/bench_recognizers.py --data ../shared/data/landmarks/wlasl2000_hands_train_val.npz --classes 100

Nothing of the val clips is trained on; the best epoch is chosen by them, as `chereme train` does. Each run is added to
the JSON as it ends, in place of an earlier one of the same name. `--start` begins with the weights of a recognizer that
was trained, by a run with `--keep`, on the train clips of more classes. The landmarks have their hands in order of
detection: `sides.py` says which is left and which right. The frames before the first hand and after the last are left
out; beyond that clips go through `Refine` and `Sequence` as in a build.
"""

import argparse
import json
import platform
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sides import resolved

from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.plugins import load
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.skeleton import HANDS
from chereme.training.checkpoint import Checkpoint
from chereme.training.examples import Examples
from chereme.training.fit import Fit, train
from chereme.training.preparation import Preparation
from chereme.types import Entry, Floats, Media, Shot, Track, Vocabulary

RATE = 25.0
"""Frames a second, WLASL's nominal rate: the landmarks do not say their own."""
WIDTH, HEIGHT = 640, 480
"""Of a picture, pixels: the landmarks do not say, and most of WLASL is about of this shape."""
SEQUENCE = Sequence(length=32, stride=1, fit="uniform", normalize="body", min_frames=1)
PREPARATION = Preparation(
    landmarks="hands",
    model=Hands(),
    fingerprint="MediaPipe's hands, as given",
    plan=FramePlan((Every(),)),
    refine=Refine(),
    sequence=SEQUENCE,
)
RIDGE = 1.0
"""Of the kernel ridge regression; neither it nor the width of the kernel was tuned."""


def read(path: Path, classes: int) -> Examples:
    """The train and val clips of the first so many classes that show a hand."""
    with np.load(path, allow_pickle=False) as held:
        starts = np.concatenate([[0], np.cumsum(held["frames"])])
        labels, splits, ids, glosses = (held[name] for name in ("class_id", "split", "video_id", "gloss"))
        points = held["points"]
    made, masks, kept = [], [], []
    for clip in np.flatnonzero(labels < classes):
        frames = points[starts[clip] : starts[clip + 1]]
        there = np.flatnonzero((frames[:, :, 0, 0] != -1).any(axis=1))
        if not len(there):
            continue
        values, mask = PREPARATION.prepare(_track(resolved(frames[there[0] : there[-1] + 1])))
        made.append(values)
        masks.append(mask)
        kept.append(clip)
    names = dict(zip(labels[kept].tolist(), glosses[kept].tolist(), strict=True))
    return Examples(
        points=np.stack(made),
        mask=np.stack(masks),
        labels=labels[kept].astype(np.int64),
        ids=tuple(map(str, ids[kept].tolist())),
        splits=tuple(map(str, splits[kept].tolist())),
        signers=("",) * len(kept),
        sources=("",) * len(kept),
        vocabulary=Vocabulary(tuple(str(names.get(label, f"class {label}")) for label in range(classes))),
        preparation=PREPARATION,
    )


def _track(points: Floats) -> Track:
    frames = len(points)
    media = Media(
        path=Path("clip.mp4"),
        bytes=0,
        width=WIDTH,
        height=HEIGHT,
        fps=RATE,
        frames=frames,
        seconds=frames / RATE,
        whole=False,
    )
    return Track(
        shot=Shot(entry=Entry(id="", gloss=""), media=media, first=0, stop=frames),
        skeleton=HANDS,
        index=np.arange(frames),
        points=points,
        score=(~np.isnan(points).any(axis=2)).astype(np.float32),
        seconds=np.arange(frames) / RATE,
        model=PREPARATION.fingerprint,
    )


def kernel_ridge(examples: Examples) -> dict[str, float]:
    """Top-1, top-5 and the mean over classes of regression on the classes with a Gaussian kernel, of the points."""
    practice, judged = examples.split("train"), examples.split("val")
    rows, asked = (np.nan_to_num(each.points).reshape(len(each), -1) for each in (practice, judged))
    squares = _squares(rows, rows)
    width = np.median(squares)
    wanted = np.eye(len(examples.vocabulary), dtype=np.float32)[practice.labels]
    known = np.linalg.solve(np.exp(-squares / width) + RIDGE * np.eye(len(rows), dtype=np.float32), wanted)
    found = np.exp(-_squares(asked, rows) / width) @ known
    ranks = (-found).argsort(axis=1, kind="stable") == judged.labels[:, None]
    right = ranks[:, 0]
    per_class = np.mean([right[judged.labels == label].mean() for label in np.unique(judged.labels)])
    return {
        "val_top1": float(right.mean()),
        "val_top5": float(ranks[:, :5].any(axis=1).mean()),
        "val_per_class": float(per_class),
    }


def _squares(one: Floats, other: Floats) -> Floats:
    between = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.maximum(between, 0))


def add(path: Path, row: dict[str, Any]) -> None:
    """Put a run into the JSON, sorted."""
    held = json.loads(path.read_text("utf-8")) if path.exists() else {"runs": []}
    names = ("classes", "recognizer", "start", "seed")
    runs = [each for each in held["runs"] if any(each.get(name) != row.get(name) for name in names)] + [row]
    runs.sort(key=lambda each: (each["classes"], each["recognizer"], each.get("start", 0), each.get("seed", 0)))
    facts = {
        "machine": {"processor": platform.machine(), "threads": _threads()},
        "versions": {name: version(name) for name in ("chereme", "torch", "lightning")},
    }
    path.write_text(json.dumps({**facts, "runs": runs}, indent=1) + "\n", "utf-8")


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def main() -> None:
    """Train and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--recognizers", nargs="+", default=["lstm", "hierarchical", "conv-transformer"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, help="instead of the default schedule's")
    parser.add_argument("--learning-rate", type=float, help="instead of the default schedule's")
    parser.add_argument("--start", type=Path, help="a checkpoint trained on more classes")
    parser.add_argument("--keep", type=Path, help="a folder for the best weights of each run")
    parser.add_argument("--ridge", action="store_true", help="the kernel ridge regression too")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; 0: one a core")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "recognizers.json")
    asked = parser.parse_args()
    if asked.threads:
        import torch

        torch.set_num_threads(asked.threads)
    examples = read(asked.data, asked.classes)
    counts = {split: examples.splits.count(split) for split in ("train", "val")}
    print(f"{asked.classes} classes: {counts}")
    if asked.ridge:
        figures = {name: round(value, 4) for name, value in kernel_ridge(examples).items()}
        add(asked.out, {"classes": asked.classes, **counts, "recognizer": "kernel ridge", **figures})
        print(figures)
    start = Checkpoint.load(asked.start) if asked.start else None
    changed = {name: getattr(asked, name) for name in ("epochs", "learning_rate") if getattr(asked, name) is not None}
    for name in asked.recognizers:
        for seed in asked.seeds:
            with TemporaryDirectory() as folder:
                began, worked = time.perf_counter(), time.process_time()
                fit = replace(Fit(seed=seed), **changed)
                done = train(examples, name, load("recognizers", name)(), fit, Path(folder) / "run", start=start)
                took = {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - worked}
                if asked.keep:
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    Checkpoint.load(done.folder / "best.pt").save(asked.keep / f"{name}-{asked.classes}-{seed}.pt")
            row = {
                "classes": asked.classes,
                **counts,
                "recognizer": name,
                "start": len(start.vocabulary) if start else 0,
                "seed": seed,
                "epochs": done.epochs,
                "best_epoch": int(done.best["epoch"]) + 1,
                **{key: round(done.best[key], 4) for key in ("val_top1", "val_top5", "val_per_class", "val_loss")},
                "seconds_an_epoch": round(done.seconds, 2),
                "loading": round(done.loading, 3),
                **{key: round(value, 1) for key, value in took.items()},
            }
            add(asked.out, row)
            print(row, flush=True)


if __name__ == "__main__":
    main()
