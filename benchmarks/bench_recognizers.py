"""How well recognizers do on WLASL's val clips, from hand landmarks of its train clips, for several seeds.

    python benchmarks/bench_recognizers.py --data ../shared/data/landmarks/wlasl2000_hands_train_val.npz --classes 100

The landmarks have their hands in order of detection: which is left and which right is settled for each clip as a
whole, by the least movement from frame to frame, and then by where the paths lie: a right hand is mostly to the
left in the image. Nothing of the val clips is trained on; the best epoch is chosen by them, as `chereme train` does.
"""

import argparse
import json
import platform
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.plugins import load
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.skeleton import HANDS
from chereme.training.augment import fitted
from chereme.training.examples import Examples
from chereme.training.fit import Fit, train
from chereme.training.preparation import Preparation
from chereme.types import Floats, Vocabulary

UNSEEN = 1.0
"""Cost of a hand that appears or goes, in image widths: what a hand moves in a frame is far less."""
JUMP = 0.15
"""Image widths beyond which a hand is rather another one than the same."""


def resolved(points: Floats) -> Floats:
    """(frames, 42, xyz), left hand first, NaN where unseen, of (frames, 2 slots, 21, xyz), -1 where unseen."""
    points = points.astype(np.float32)
    seen = (points[..., 0] != -1).all(axis=2)
    wrists = np.where(seen[..., None], points[:, :, 0, :2], np.nan)
    swapped = _paths(wrists)
    ordered = np.where(swapped[:, None, None, None], points[:, ::-1], points)
    there = np.where(swapped[:, None], seen[:, ::-1], seen)
    places = [np.where(there[:, side], ordered[:, side, :, 0].mean(axis=1), np.nan) for side in (0, 1)]
    middles = [float(np.nanmean(place)) if np.isfinite(place).any() else 0.5 for place in places]
    counts = [int(there[:, side].sum()) for side in (0, 1)]
    # A camera sees the signer's left hand on its right. Of a hand that is hardly seen the place says little: then the
    # one that is seen nearly always is the leading hand, which is mostly the right one.
    few = min(counts) < 0.1 * max(counts)
    if (few and counts[0] > counts[1]) or (not few and middles[0] < middles[1]):
        ordered, there = ordered[:, ::-1], there[:, ::-1]
    ordered = np.where(there[..., None, None], ordered, np.nan)
    return ordered.reshape(len(points), len(HANDS), 3)


def _paths(wrists: Floats) -> np.ndarray:
    """(frames,) whether to swap the slots: the two paths of least movement, by dynamic programming over frames.

    A path's last place is kept while its hand is unseen.
    """
    frames = len(wrists)
    costs, came = np.zeros((frames, 2)), np.zeros((frames, 2), np.int64)
    last = np.full((2, 2, 2), np.nan)  # for each state: the places of both paths
    for frame in range(frames):
        options = (wrists[frame], wrists[frame][::-1])
        new = np.full((2, 2, 2), np.nan)
        for state, places in enumerate(options):
            if frame:
                moves = [costs[frame - 1, before] + _moved(last[before], places) for before in (0, 1)]
                came[frame, state] = int(moves[1] < moves[0])
                costs[frame, state] = min(moves)
            before = last[came[frame, state]]
            new[state] = np.where(np.isnan(places), before, places)
        last = new
    states = np.zeros(frames, np.int64)
    states[-1] = int(costs[-1, 1] < costs[-1, 0])
    for frame in range(frames - 1, 0, -1):
        states[frame - 1] = came[frame, states[frame]]
    return states.astype(bool)


def _moved(before: Floats, places: Floats) -> float:
    distance = np.linalg.norm(places - before, axis=1)
    lacking = np.isnan(places[:, 0]) | np.isnan(before[:, 0])
    return float(np.where(lacking, 0, np.where(distance > JUMP, UNSEEN, distance)).sum())


def read(path: Path, classes: int, length: int) -> Examples:
    """The train and val clips of the first so many classes, as sequences of one length."""
    with np.load(path, allow_pickle=False) as held:
        starts = np.concatenate([[0], np.cumsum(held["frames"])])
        labels, splits, ids, glosses = (held[name] for name in ("class_id", "split", "video_id", "gloss"))
        points = held["points"]
    wanted = np.flatnonzero(labels < classes)
    sequence = Sequence(length=length, stride=1, fit="stride", min_frames=1)
    made, masks, kept = [], [], []
    for clip in wanted:
        frames = points[starts[clip] : starts[clip + 1]]
        there = np.flatnonzero((frames[:, :, 0, 0] != -1).any(axis=1))
        if not len(there):
            continue
        track = resolved(frames[there[0] : there[-1] + 1])
        clip_points, mask = fitted(track, length, sequence)
        made.append(clip_points)
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
        preparation=Preparation(
            landmarks="hands",
            model=Hands(),
            fingerprint="MediaPipe's hands, as given",
            plan=FramePlan((Every(),)),
            refine=Refine(),
            sequence=sequence,
        ),
    )


def main() -> None:
    """Train and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--recognizers", nargs="+", default=["lstm", "hierarchical", "conv-transformer"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=Fit().epochs)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/recognizers.json"))
    asked = parser.parse_args()
    examples = read(asked.data, asked.classes, asked.length)
    counts = {split: examples.splits.count(split) for split in ("train", "val")}
    print(f"{asked.classes} classes: {counts}")
    rows = []
    for name in asked.recognizers:
        for seed in asked.seeds:
            with TemporaryDirectory() as folder:
                fit = Fit(epochs=asked.epochs, seed=seed)
                done = train(examples, name, load("recognizers", name)(), fit, Path(folder) / "run")
            figures = {key: round(done.best[key], 4) for key in ("val_top1", "val_top5", "val_per_class")}
            pace = {"seconds_an_epoch": round(done.seconds, 2), "loading": round(done.loading, 3)}
            rows.append({"recognizer": name, "seed": seed, "epochs": done.epochs, **figures, **pace})
            print(rows[-1], flush=True)
    facts = {"classes": asked.classes, **counts, "length": asked.length, "machine": platform.machine()}
    asked.out.write_text(json.dumps({**facts, "runs": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
