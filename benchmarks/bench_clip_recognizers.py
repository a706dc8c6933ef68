"""How well the recognizers of clips and of hand images do on drawn signers whom they never saw.

    OMP_NUM_THREADS=1 python benchmarks/bench_clip_recognizers.py --work /tmp/drawn

Draws 8 signs by 40 signers (28 of train, 6 of val, 6 of test), cuts clips, makes five hand pictures of each, trains on
one core and judges by the test clips. The best epoch is chosen by the val clips, as `chereme train` does. What lies in
the folder already, drawn, built or trained, is used again.
"""

import argparse
import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from chereme.exports.crops import Crops
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.store.plain import plain
from chereme.synth.collection import Collection
from chereme.training.checkpoint import Checkpoint, open_recognizer
from chereme.training.evaluate import evaluate
from chereme.training.fit import Fit, train
from chereme.training.form import read_material
from chereme.training.history import History
from chereme.training.onnx_file import export_onnx
from chereme.training.recognizers.hand_image import HandImage
from chereme.training.recognizers.video import Video

CASES = {
    "video": (Video(), Fit(epochs=10, batch=8, device="cpu")),
    "video-small": (Video(frames=16, stride=4, short_side=92, size=80), Fit(epochs=20, batch=8, device="cpu")),
    "hand-image": (HandImage(), Fit(epochs=60, batch=16, device="cpu")),
}
"""By name, settings and schedule: of few epochs, so that each takes a few minutes of one core."""


def measured(case: str, out: Path, folder: Path, seed: int) -> dict[str, Any]:
    """What came of one training run."""
    spec, schedule = CASES[case]
    fit, name = replace(schedule, seed=seed), "video" if isinstance(spec, Video) else "hand-image"
    material = read_material(out, spec)
    if not (folder / "curves.png").is_file():  # the last that training writes
        done = train(material, name, spec, fit, folder, resume=True, told=lambda row: print(name, row, flush=True))
        print(name, done, flush=True)
    history = History(folder / "history.csv")
    history.go_on(fit.epochs)
    checkpoint = Checkpoint.load(folder / "best.pt")
    found = evaluate(open_recognizer(folder / "best.pt"), out)
    first = found.scores.top[0]
    confused = [[each.gloss, each.answer, each.clips] for each in found.scores.confused]
    seconds = sorted(row["seconds"] for row in history.rows)
    waited = sum(row["waited"] for row in history.rows) / sum(seconds)
    return {
        "case": case,
        "recognizer": name,
        "settings": {key: value for key, value in plain(spec).items() if value != plain(type(spec)())[key]},
        "batch": fit.batch,
        "seed": fit.seed,
        "epochs": len(history.rows),
        "weights": sum(value.numel() for value in checkpoint.module().parameters()),
        "val_top1": round(checkpoint.facts["figures"]["val_top1"], 4),
        "test_top1": round(first.per_instance.value, 4),
        "interval": [round(first.per_instance.low, 4), round(first.per_instance.high, 4)],
        "test_top5": round(found.scores.top[1].per_instance.value, 4),
        "clips": found.counts.judged,
        "confused": confused,
        "seconds_an_epoch": round(seconds[len(seconds) // 2], 1),
        "loading": round(waited, 3),
        "onnx_difference": float(f"{export_onnx(checkpoint, folder / 'best.onnx'):.2g}"),
    }


def main() -> None:
    """Draw, build, train, judge and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--signs", type=int, default=8)
    parser.add_argument("--signers", type=int, default=40)
    parser.add_argument("--cases", nargs="+", default=list(CASES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/clip_recognizers.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    metadata = Collection(signs=asked.signs, signers=asked.signers).write(asked.work / "drawn")
    out = asked.work / "out"
    videos = (asked.work / "drawn" / "videos",)
    crops = Crops(pictures=5)
    build(Build(metadata=metadata, videos=videos, out=out, export=("clips", "crops"), crops=crops, workers=1))
    rows = [measured(case, out, asked.work / f"{case}-{seed}", seed) for case in asked.cases for seed in asked.seeds]
    facts = {"signs": asked.signs, "signers": asked.signers, "machine": platform.machine(), "threads": 1}
    earlier = json.loads(asked.out.read_text())["runs"] if asked.out.is_file() else []
    again = {(row["case"], row["seed"]) for row in rows}
    kept = [row for row in earlier if (row["case"], row["seed"]) not in again]
    runs = sorted([*kept, *rows], key=lambda row: (row["case"], row["seed"]))
    asked.out.write_text(json.dumps({**facts, "runs": runs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
