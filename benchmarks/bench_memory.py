"""Memory of one worker over 500 clips: resident size every 50 clips, and how much it grew after the first 100.

python benchmarks/bench_memory.py [VIDEOS] [CLIPS]
"""

import json
import sys
from pathlib import Path

from chereme.exports.arrays import Arrays
from chereme.exports.crops import Crops
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.plan import FramePlan
from chereme.run.jobs import Extract
from chereme.types import Entry, Shot

HERE = Path(__file__).parent
DRAWN = HERE.parent / "tests" / "assets" / "drawn" / "videos"


def resident() -> float:
    """Resident memory of this process, MB (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    videos = sorted(Path(sys.argv[1] if len(sys.argv) > 1 else DRAWN).rglob("*.mp4"))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    plan = FramePlan.union([Arrays().needs, Crops().needs])
    sizes: dict[int, float] = {}
    with Extract(model=Hands(), plan=plan, exports={"crops": Crops()}).open() as extract:
        for number in range(count):
            media = probe(videos[number % len(videos)]).media
            extract(Shot(entry=Entry(id=str(number), gloss=""), media=media, first=0, stop=media.frames))
            if (number + 1) % 50 == 0:
                sizes[number + 1] = round(resident(), 1)
    grown = round(sizes[max(sizes)] - sizes[min(100, max(sizes))], 1)
    result = {"clips": count, "MB after clips": sizes, "MB grown after the first 100": grown}
    (HERE / "memory.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
