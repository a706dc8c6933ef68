"""Clips cut by `chereme build`, beside one ffmpeg process a clip started from Python in sequence, as scripts do.

    python benchmarks/bench_clips.py [VIDEOS] [--rounds 3] [--every 1] [--workers 2] [--ffmpeg FFMPEG] [--out FILE]

Both cut the same frames and boxes: a clip without its first and last tenth, the middle four fifths of its width and all
but a twentieth of its height. ffmpeg is asked for libx264 at CRF 23 and nothing else, which is its preset medium;
chereme for the same, and for its own defaults. Copies are whole clips, each file under ten names so that starting up
counts little, beside what ffmpeg takes to encode whole clips. Each round runs every program once, one after the other;
ratios are of medians. Processor seconds are those of the program and all its processes, and tell more where others are
at work. SSIM is that of ffmpeg's filter, against the source's own frames.
"""

import argparse
import csv
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from peer import ROOT

HERE = Path(__file__).parent
DEFAULT = ROOT.parent / "shared" / "data" / "words"
NAMES = 10
"""Under how many names each file is copied."""
Row = dict[str, Any]


def clip_of(path: Path) -> Row:
    """Which frames of a file are cut out, where, and when they begin and end."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = sorted(
            float(packet.pts * stream.time_base) for packet in container.demux(stream) if packet.pts is not None
        )
        width, height = stream.width, stream.height
    first, stop = len(times) // 10, len(times) - len(times) // 10
    # A quarter of a frame early: then no rounding decides which frame is the first.
    start, end = (times[at] - (times[at] - times[at - 1]) / 4 for at in (first, stop))
    across, above = width // 10 // 2 * 2, height // 20 // 2 * 2
    id = f"{path.parent.name}-{path.stem}"
    span = {"start": f"{start:.6f}", "end": f"{end:.6f}", "x0": across, "y0": above, "x1": width - across, "y1": height}
    return (
        {"id": id, "gloss": path.parent.name, "path": f"{path.parent.name}/{path.name}"}
        | span
        | {"frames": stop - first}
    )


def write(path: Path, rows: list[Row], *, whole: bool = False) -> Path:
    """The table that chereme reads; of whole clips without spans and boxes."""
    columns = ["id", "gloss", "path"] if whole else ["id", "gloss", "path", "start", "end", "x0", "y0", "x1", "y1"]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path


def crop(row: Row) -> str:
    """A clip's box as ffmpeg's filter takes it."""
    return f"crop={row['x1'] - row['x0']}:{row['y1'] - row['y0']}:{row['x0']}:{row['y0']}"


class Sides:
    """The programs, and what they left."""

    def __init__(self, videos: Path, rows: list[Row], folder: Path, ffmpeg: str, workers: int) -> None:
        self.videos, self.rows, self.folder, self.ffmpeg, self.workers = videos, rows, folder, ffmpeg, workers

    def run(self, command: list[str]) -> None:
        """Run a program to its end."""
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")

    def encode(self, name: str, *, whole: bool = False) -> None:
        """One ffmpeg process a clip, in sequence."""
        for row in self.rows:
            out = self.folder / name / f"{row['id']}.mp4"
            out.parent.mkdir(exist_ok=True)
            span = [] if whole else ["-ss", row["start"], "-to", row["end"]]
            picture = [] if whole else ["-vf", crop(row)]
            self.run(
                [
                    self.ffmpeg,
                    "-y",
                    "-nostdin",
                    "-loglevel",
                    "error",
                    *span,
                    "-i",
                    str(self.videos / row["path"]),
                    *picture,
                ]
                + ["-c:v", "libx264", "-crf", "23", "-an", "-movflags", "+faststart", str(out)]
            )

    def build(self, name: str, table: Path, videos: Path, *flags: str) -> None:
        """`chereme build` with the exports clips and manifest, into a new folder."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self.again(name, table, videos, *flags)

    def again(self, name: str, table: Path, videos: Path, *flags: str) -> None:
        """The same command once more, or for the first time."""
        command = [str(Path(sys.executable).parent / "chereme"), "build", "--dataset", "csv", "--metadata", str(table)]
        command += ["--videos", str(videos), "--out", str(self.folder / name), "--workers", str(self.workers)]
        self.run([*command, "--export", "clips", "--export", "manifest", "--no-report", *flags])

    def files(self, name: str) -> dict[str, Path]:
        """What a program left, by id."""
        found = (self.folder / name).rglob("*.mp4")
        return {path.stem: path for path in found if "cut" not in path.relative_to(self.folder / name).parts}

    def likeness(self, path: Path, row: Row) -> float:
        """SSIM of a clip to the frames that it was cut from, over brightness and colors."""
        even = "settb=AVTB,setpts=N/25/TB"  # both at the same times, whatever their clocks
        steps = f"[1:v]{crop(row)},{even}[own];[0:v]{even}[cut];[cut][own]ssim"
        span = ["-ss", row["start"], "-to", row["end"], "-i", str(self.videos / row["path"])]
        command = [self.ffmpeg, "-nostdin", "-i", str(path), *span, "-lavfi", steps, "-f", "null", "-"]
        said = subprocess.run(command, capture_output=True, text=True).stderr
        shown, alike = re.findall(r"frame= *(\d+)", said), re.search(r"All:([\d.]+)", said)
        if not shown or alike is None or int(shown[-1]) != row["frames"]:
            sys.exit(f"{path} has not the {row['frames']} frames of {row['path']}:\n{said}")
        return float(alike[1])


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and processor seconds of the processes it started."""
    begun, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begun, used


def main() -> None:
    """Run the rounds and write `clips.json`."""
    options = argparse.ArgumentParser()
    options.add_argument("videos", nargs="?", type=Path, default=DEFAULT)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--every", type=int, default=1, help="of so many clips one, for a quick look")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--ffmpeg", default=shutil.which("ffmpeg"))
    options.add_argument("--out", type=Path, default=HERE / "clips.json")
    asked = options.parse_args()
    if asked.ffmpeg is None:
        sys.exit("there is no ffmpeg on the path; install one, or name it with --ffmpeg")
    rows = [clip_of(path) for path in sorted(asked.videos.glob("*/*.mp4"))[:: asked.every]]
    if not rows:
        sys.exit(f"no clips at {asked.videos}; name a folder of class folders")
    with TemporaryDirectory() as name:
        folder = Path(name)
        sides = Sides(asked.videos, rows, folder, asked.ffmpeg, asked.workers)
        table = write(folder / "words.csv", rows)
        many = [row | {"id": f"{row['id']}-{i}", "path": f"{i}/{row['path']}"} for row in rows for i in range(NAMES)]
        for row in many:
            place = folder / "named" / row["path"]
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(asked.videos / Path(row["path"]).relative_to(Path(row["path"]).parts[0]), place)
        whole = write(folder / "whole.csv", many, whole=True)
        programs: dict[str, tuple[int, Callable[[], None]]] = {
            "ffmpeg": (len(rows), lambda: sides.encode("ffmpeg")),
            "chereme, medium": (
                len(rows),
                lambda: sides.build("medium", table, asked.videos, "--clips.crop", "--clips.preset", "medium"),
            ),
            "chereme": (len(rows), lambda: sides.build("chereme", table, asked.videos, "--clips.crop")),
            "chereme again": (len(rows), lambda: sides.again("chereme", table, asked.videos, "--clips.crop")),
            "ffmpeg, whole clips": (len(rows), lambda: sides.encode("whole", whole=True)),
            "chereme, copies": (len(many), lambda: sides.build("copies", whole, folder / "named")),
        }
        taken: dict[str, list[tuple[float, float]]] = {program: [] for program in programs}
        for number in range(asked.rounds):
            for program, (_, work) in programs.items():
                taken[program].append(timed(work))
                print("round {}: {}: {:.1f} s, {:.1f} s of processors".format(number + 1, program, *taken[program][-1]))
        cut = {"ffmpeg": "ffmpeg", "chereme, medium": "medium", "chereme": "chereme"}
        left = {program: sides.files(place) for program, place in cut.items()}
        alike = {
            program: statistics.mean(sides.likeness(paths[row["id"]], row) for row in rows)
            for program, paths in left.items()
        }
        bytes_ = {program: sum(path.stat().st_size for path in paths.values()) for program, paths in left.items()}
        copies = json.loads((folder / "copies" / "summary.json").read_bytes())["exports"]["clips"]["samples"]
        made = (folder / "copies" / "exports" / "clips" / "manifest.csv").read_text().count(",copied,")
        if not copies == made == len(many):
            sys.exit(f"{made} of {len(many)} clips were copied")

    def rates(which: int) -> dict[str, float]:
        return {name: count / statistics.median(t[which] for t in taken[name]) for name, (count, _) in programs.items()}

    def ratios(rate: dict[str, float]) -> dict[str, float]:
        pairs = (("chereme, medium", "ffmpeg"), ("chereme", "ffmpeg"), ("chereme, copies", "ffmpeg, whole clips"))
        return {ours: round(rate[ours] / rate[theirs], 2) for ours, theirs in pairs}

    result = {
        "clips": len(rows),
        "frames": sum(row["frames"] for row in rows),
        "rounds": asked.rounds,
        "workers": asked.workers,
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "load": round(os.getloadavg()[2], 1),
        "versions": {name: version(name) for name in ("chereme", "av", "numpy")}
        | {"ffmpeg": subprocess.run([asked.ffmpeg, "-version"], capture_output=True, text=True).stdout.split()[2]},
        "seconds": {name: [round(wall, 2) for wall, _ in each] for name, each in taken.items()},
        "processor seconds": {name: [round(used, 2) for _, used in each] for name, each in taken.items()},
        "clips a second": {name: round(rate, 2) for name, rate in rates(0).items()},
        "clips a processor second": {name: round(rate, 2) for name, rate in rates(1).items()},
        "times as fast": ratios(rates(0)),
        "times as fast, by processor seconds": ratios(rates(1)),
        "bytes": bytes_,
        "ssim": {name: round(each, 5) for name, each in alike.items()},
    }
    asked.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
