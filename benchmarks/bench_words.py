"""Whole runs side by side with the usual recipe, on a folder of real clips: `arrays`, `crops`, and both together.

    python benchmarks/bench_words.py [VIDEOS] [--rounds 3] [--workers 2] [--peer PYTHON]

Each round runs every program once, as a process of its own, one after the other; the table and `words.json` give
medians over the rounds and ratios within them. The peer's mediapipe 0.10.21 gets a venv of its own below `.venv`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from peer import ROOT, peer_python

HERE = Path(__file__).parent
DEFAULT = ROOT.parent / "shared" / "data" / "words"


def timed(command: list[str]) -> float:
    """Seconds that a command takes from start to end."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - start


def main() -> None:
    """Run the rounds and write `words.json`."""
    options = argparse.ArgumentParser()
    options.add_argument("videos", nargs="?", type=Path, default=DEFAULT)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--peer")
    asked = options.parse_args()
    if not asked.videos.is_dir():
        sys.exit(f"no clips at {asked.videos}; name a folder of class folders")
    clips = len(list(asked.videos.rglob("*.mp4")))
    peer = peer_python(asked.peer)
    chereme = [str(Path(sys.executable).parent / "chereme"), "build", "--dataset", "folder"]
    chereme += ["--videos", str(asked.videos), "--workers", str(asked.workers), "--no-report"]  # the recipe has none
    subprocess.run([str(Path(sys.executable).parent / "chereme"), "models", "--fetch"], check=True, capture_output=True)

    def ours(*exports: str, more: Sequence[str] = ()) -> float:
        with tempfile.TemporaryDirectory() as out:
            return timed([*chereme, *more, "--out", out, *(word for name in exports for word in ("--export", name))])

    def theirs(job: str) -> float:
        with tempfile.TemporaryDirectory() as out:
            return timed([peer, str(HERE / "peer_recipe.py"), job, str(asked.videos), out])

    programs = {
        "recipe, arrays": lambda: theirs("arrays"),
        "chereme, arrays": lambda: ours("arrays"),
        "recipe, crops": lambda: theirs("crops"),
        "chereme, crops": lambda: ours("crops"),
        "chereme, arrays and crops": lambda: ours("arrays", "crops"),
        "chereme, arrays, smaller network": lambda: ours("arrays", more=("--hands.precision", "fast")),
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(asked.rounds):
        for name, program in programs.items():
            seconds[name].append(program())
            print(f"round {number + 1}: {name}: {seconds[name][-1]:.1f} s", file=sys.stderr)

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(seconds[one], seconds[other], strict=True))

    result = {
        "clips": clips,
        "rounds": asked.rounds,
        "workers": asked.workers,
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("chereme", "openvino", "av", "numpy", "opencv-python-headless")}
        | {"mediapipe": "0.10.21"},
        "seconds": {name: [round(each, 2) for each in taken] for name, taken in seconds.items()},
        "clips a second": {name: round(clips / statistics.median(taken), 2) for name, taken in seconds.items()},
        "times as fast": {
            "arrays": round(ratio("recipe, arrays", "chereme, arrays"), 2),
            "crops": round(ratio("recipe, crops", "chereme, crops"), 2),
            "arrays, smaller network": round(ratio("recipe, arrays", "chereme, arrays, smaller network"), 2),
        },
        "arrays and crops over arrays alone": round(ratio("chereme, arrays and crops", "chereme, arrays"), 3),
    }
    (HERE / "words.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
