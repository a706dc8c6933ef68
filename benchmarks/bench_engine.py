"""Every frame of a folder of clips: chereme, MediaPipe's solutions, pose-format's `videos_to_poses`, and the floor.

    python benchmarks/bench_engine.py [VIDEOS] [--rounds 3] [--clips N] [--frames M] [--peer PYTHON] [--out FILE]
                                      [--only WORD …]

Each round runs every program once, one after the other, each as a process of its own from start to end: importing,
loading networks, decoding, and writing what it found. The floor is what none of this can go below: our decoding of the
same frames alone, and the networks alone with as many calls as chereme makes, both without starting up. Overhead is
what chereme takes beyond the two together. `engine.json` holds what `docs/benchmarks.md` shows.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from floor import Call, calls, decoding, networks, shot
from peer import PACKAGES, ROOT, peer_python

from chereme.frames.decode import decode
from chereme.frames.encode import write_video

HERE = Path(__file__).parent
DEFAULT = ROOT.parent / "shared" / "data" / "words"
WORKERS = 1, 2
EXPORTS = {"hands": "arrays", "holistic": "pose"}
"""Models that are measured, and an export of each that needs every frame."""


def main() -> None:
    """Run the rounds and write `engine.json`."""
    options = argparse.ArgumentParser()
    options.add_argument("videos", nargs="?", type=Path, default=DEFAULT)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--clips", type=int, help="so many clips, evenly spaced among all")
    options.add_argument("--frames", type=int, help="the first so many frames of each, encoded anew")
    options.add_argument("--peer", help="a Python with mediapipe 0.10.21 and pose-format")
    options.add_argument("--out", type=Path, default=HERE / "engine.json")
    options.add_argument("--only", nargs="*", default=[""], help="programs whose name holds one of these words")
    asked = options.parse_args()
    if not asked.videos.is_dir():
        sys.exit(f"no clips at {asked.videos}; name a folder of class folders")
    peer = peer_python(asked.peer)
    chereme = str(Path(sys.executable).parent / "chereme")
    subprocess.run([chereme, "models", "--fetch"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        clips = gather(asked.videos, Path(folder) / "clips", asked.clips, asked.frames)
        frames = {clip: shot(clip).stop for clip in clips}
        programs = {
            name: program
            for name, program in table(Path(folder) / "clips", clips, max(frames.values()), chereme, peer).items()
            if any(word in name for word in asked.only)
        }
        seconds: dict[str, list[float]] = {name: [] for name in programs}
        for number in range(asked.rounds):
            for name, program in programs.items():
                seconds[name].append(program())
                print(f"round {number + 1}: {name}: {seconds[name][-1]:.1f} s", file=sys.stderr)
    total = sum(frames.values())
    result = {
        "clips": len(clips),
        "frames": total,
        "rounds": asked.rounds,
        "machine": {"cores": os.cpu_count(), "processor": processor(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("chereme", "openvino", "av", "numpy", "opencv-python-headless")}
        | dict(each.split("==") for each in PACKAGES),
        "seconds": {name: [round(each, 2) for each in taken] for name, taken in seconds.items()},
        "frames a second": {name: round(total / statistics.median(taken), 1) for name, taken in seconds.items()},
        "overhead over decoding and networks": overheads(seconds),
    }
    asked.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def gather(videos: Path, out: Path, clips: int | None, frames: int | None) -> tuple[Path, ...]:
    """The clips that are measured, in a folder of their own."""
    paths = sorted(videos.rglob("*.mp4"))
    if clips:
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, min(clips, len(paths))).round().astype(int)]
    made = []
    for path in paths:
        target = out / path.relative_to(videos)
        target.parent.mkdir(parents=True, exist_ok=True)
        if frames:
            clip = shot(path)
            windows = decode(clip, np.arange(min(frames, clip.stop)))
            write_video(target, (image for window in windows for image in window.pixels), clip.media.fps)
        else:
            shutil.copyfile(path, target)
        made.append(target)
    return tuple(made)


def table(
    folder: Path, clips: tuple[Path, ...], longest: int, chereme: str, peer: str
) -> dict[str, Callable[[], float]]:
    """Every program by its name; each gives the seconds that it took."""
    build = [chereme, "build", "--dataset", "folder", "--videos", str(folder), "--no-report"]
    whole = ["--arrays.stride", "1", "--arrays.length", str(longest)]
    programs: dict[str, Callable[[], float]] = {}
    for workers in WORKERS:
        programs[f"decoding, {workers}"] = lambda n=workers: decoding(clips, n)
    for model, export in EXPORTS.items():
        command = [*build, "--landmarks", model, "--export", export, *(whole if export == "arrays" else [])]
        for workers in WORKERS:
            programs[f"networks of {model}, {workers}"] = lambda n=workers, m=model: networks(counted(m, clips), n)
            programs[f"chereme {model}, {workers}"] = lambda n=workers, c=command: writing(
                [*c, "--workers", str(n), "--out"]
            )
    static = [*build, "--export", "arrays", *whole, "--hands.static", "--workers", "1", "--out"]
    programs["chereme hands static, 1"] = lambda: writing(static)
    for solution in ("hands-static", "hands-tracking", "holistic"):
        command = [peer, str(HERE / "peer_solutions.py"), solution, str(folder)]
        programs[f"mp.solutions {solution}, 1"] = lambda c=command: writing(c)
    for workers in WORKERS:
        programs[f"videos_to_poses, {workers}"] = lambda n=workers: poses(peer, folder, n)
    return programs


def timed(command: list[str]) -> float:
    """Seconds that a command takes from start to end."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - start


def writing(command: list[str]) -> float:
    """Seconds of a command whose last argument is a new folder."""
    with tempfile.TemporaryDirectory() as out:
        return timed([*command, out])


def poses(peer: str, folder: Path, workers: int) -> float:
    """Seconds of pose-format's own command, which writes its files beside the videos: each time beside new copies."""
    with tempfile.TemporaryDirectory() as copies:
        shutil.copytree(folder, copies, dirs_exist_ok=True)
        command = [str(Path(peer).parent / "videos_to_poses"), "--directory", copies, "--recursive"]
        return timed([*command, "--num-workers", str(workers)])


@cache
def counted(model: str, clips: tuple[Path, ...]) -> Counter[Call]:
    """What a model asks of its networks over every frame, counted once."""
    return calls(model, clips)


def overheads(seconds: dict[str, list[float]]) -> dict[str, float]:
    """For each of chereme's runs, the share of time that is neither decoding nor networks, over the floor."""
    shares = {}
    for model in EXPORTS:
        for workers in WORKERS:
            names = f"chereme {model}, {workers}", f"decoding, {workers}", f"networks of {model}, {workers}"
            if all(name in seconds for name in names):
                ours, *floor = (seconds[name] for name in names)
                shares[names[0]] = round(
                    statistics.median(a / (b + c) for a, b, c in zip(ours, *floor, strict=True)) - 1, 3
                )
    return shares


def processor() -> str:
    """The processor's own name where the system tells it (Linux)."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
