"""Memory of one worker process over 500 clips: resident size every 50 clips, and how much it grew after the first 100.

python benchmarks/bench_memory.py [VIDEOS] [CLIPS]
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chereme.exports.arrays import Arrays
from chereme.exports.crops import Crops
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.plan import FramePlan
from chereme.run.jobs import Extract
from chereme.run.local import Pool
from chereme.types import Entry, Shot

HERE = Path(__file__).parent
DRAWN = HERE.parent / "tests" / "assets" / "drawn" / "videos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Extraction that gives back how much memory its process has after each clip."""

    extract: Extract

    @contextmanager
    def open(self) -> Iterator[Callable[[Shot], float]]:
        """As extraction's."""
        with self.extract.open() as extract:

            def weigh(shot: Shot) -> float:
                extract(shot)
                return resident()

            yield weigh

    def lost(self, input: Shot, reason: str = "worker_died") -> float:
        """No measurement without all clips."""
        raise RuntimeError(f"{input.entry.id}: {reason}")


def resident() -> float:
    """Resident memory of this process, MB (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def shots(videos: list[Path], count: int) -> Iterator[Shot]:
    """So many shots, over the videos again and again."""
    for number in range(count):
        media = probe(videos[number % len(videos)]).media
        yield Shot(entry=Entry(id=str(number), gloss=""), media=media, first=0, stop=media.frames)


if __name__ == "__main__":
    videos = sorted(Path(sys.argv[1] if len(sys.argv) > 1 else DRAWN).rglob("*.mp4"))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    job = Weighed(
        extract=Extract(
            model=Hands(), plan=FramePlan.union([Arrays().needs, Crops().needs]), exports={"crops": Crops()}
        )
    )
    with Pool(workers=1).open() as run:
        sizes = {
            clips: round(size, 1)
            for clips, size in enumerate(run(job, shots(videos, count)), start=1)
            if clips % 50 == 0 or clips == count
        }
    grown = round(sizes[max(sizes)] - sizes[min(100, max(sizes))], 1)
    result = {"clips": count, "MB after clips": sizes, "MB grown after the first 100": grown}
    (HERE / "memory.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
