"""Hands found in the drawn collection against the joints it was drawn from, in mid-sign: recall, error, sides.

    python benchmarks/bench_truth.py [COLLECTION]

Errors are in hand sizes (wrist to middle-finger knuckle), means over a hand's 21 points.
"""

import json
import sys
from pathlib import Path

import numpy as np

from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.types import Entry, Shot, Track

HERE = Path(__file__).parent
DRAWN = HERE.parent / "tests" / "assets" / "drawn"


def measure(model: Hands, collection: Path, stride: int) -> dict[str, float | int]:
    """Shares and errors over all visible hands of all mid-sign frames at a stride."""
    own: list[float] = []
    other: list[float] = []
    with model.open() as follow:
        for video in sorted((collection / "videos").glob("*.mp4")):
            media = probe(video).media
            shot = Shot(entry=Entry(id=video.stem, gloss=""), media=media, first=0, stop=media.frames)
            track = next(follow(decode(shot, np.arange(0, media.frames, stride))))
            assert isinstance(track, Track)
            with np.load(collection / "joints" / f"{video.stem}.npz", allow_pickle=False) as joints:
                points, visible, middle = joints["points"], joints["visible"], joints["middle"]
            rows = (track.index >= middle[0]) & (track.index < middle[1])
            found = track.points[rows].reshape(-1, 2, 21, 3)[..., :2] * (media.width, media.height)
            true, shown = points[track.index[rows]], visible[track.index[rows]]
            size = np.linalg.norm(true[:, :, 0] - true[:, :, 9], axis=-1)
            for errors, slots in ((own, found), (other, found[:, ::-1])):
                apart = np.linalg.norm(slots - true[..., :2], axis=-1).mean(axis=-1)
                errors += np.nan_to_num(apart[shown] / size[shown], nan=np.inf).tolist()
    mine, near = np.array(own), np.minimum(own, other)
    seen = near < 1
    return {
        "hands": len(near),
        "found": round(float(seen.mean()), 4),
        "mean error": round(float(near[seen].mean()), 4),
        "median error": round(float(np.median(near[seen])), 4),
        "side right": round(float((mine[seen] <= near[seen]).mean()), 4),
    }


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else DRAWN
    results = {
        f"{mode}, every {'frame' if stride == 1 else '2nd frame'}": measure(
            Hands(static=mode == "static"), place, stride
        )
        for mode in ("following", "static")
        for stride in (1, 2)
    }
    (HERE / "truth.json").write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))
