"""Points beside MediaPipe's own on the very same frames, and both beside the drawn signer's known joints.

    python benchmarks/parity.py [--quick] [--peer PYTHON] [--data FOLDER] [--out FILE] [--keep FOLDER] [--models NAME …]

The drawn collection, and where they are there the real clips `words` and `wlasl_videos`, are decoded once by chereme;
chereme's models and MediaPipe's solutions (0.10.21, in a Python of its own) get these pixels, frame by frame in static
mode and following through each clip. `parity.json` holds what `docs/parity.md` shows.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from compare import FOUND, MATCHED, Finds, Truth, agreement, error
from peer import PACKAGES, ROOT, peer_python

from chereme import plugins
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.types import Entry, Frames, Shot, Track

HERE = Path(__file__).parent
DRAWN = ROOT / "tests" / "assets" / "drawn"
MODES = "static", "following"
PARTS = {"hands": ("hands",), "pose": ("body",), "face": ("face",), "holistic": ("hands", "body", "face")}
"""Each model, and which parts of it are compared; MediaPipe's solution of the same name is its peer."""
SLOTS = {"hands": ("left_hand", "right_hand"), "body": ("body",), "face": ("face",)}
VARIANTS: dict[str, dict[str, Any]] = {
    "static": {"static": True},
    "single": {"runtime": "openvino"},
    "faithful": {"faithful": True},
    "fast static": {"static": True, "precision": "fast"},
    "fast": {"precision": "fast"},
}
"""Settings that are measured beside the defaults, where a model has them."""
ROUNDED = "hands", "holistic"
"""Models of which the runtime `openvino-mixed` computes other points than `openvino` does."""
QUICK = 5
"""One clip in so many is looked at for a first impression."""


@dataclass(frozen=True, kw_only=True)
class Clips:
    """Which frames of a collection are looked at."""

    folder: Path
    every: int
    """One clip in so many."""
    stride: int
    most: int
    """Frames a clip, those around its middle."""

    def read(self) -> Iterator[tuple[Path, Frames]]:
        """Each clip's file and frames."""
        for path in sorted(self.folder.rglob("*.mp4"))[:: self.every]:
            media = probe(path).media
            shot = Shot(entry=Entry(id=path.stem, gloss=""), media=media, first=0, stop=media.frames)
            index = np.arange(0, media.frames, self.stride)
            start = max(0, (len(index) - self.most) // 2)
            (frames,) = decode(shot, index[start : start + self.most], window_bytes=1 << 32)
            yield path, frames


class Peer:
    """MediaPipe in a process of its own, which is asked for clip after clip."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self._frames, self._found = process, folder / "frames.npy", folder / "found.npz"

    def ask(self, frames: Frames) -> None:
        """Hand over a clip's pixels."""
        assert self._process.stdin
        np.save(self._frames, frames.pixels)
        self._process.stdin.write(f"{self._frames}\t{self._found}\n")
        self._process.stdin.flush()

    def answer(self, frames: Frames) -> dict[str, Finds]:
        """What was found in the clip, by solution, mode and part."""
        assert self._process.stdout
        if self._process.stdout.readline().strip() != "done":
            sys.exit("the peer ended; its messages are above")
        height, width = frames.pixels.shape[1:3]
        with np.load(self._found, allow_pickle=False) as found:
            return {
                name: Finds(
                    points=found[name] * np.float32((width, height, width, 1)),
                    right=found[f"{name}/right"] if f"{name}/right" in found else np.zeros(found[name].shape[:2]),
                )
                for name in found.files
                if not name.endswith("/right")
            }


@contextmanager
def peer(python: str, solutions: list[str]) -> Iterator[Peer]:
    """The process, which ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(HERE / "peer_landmarks.py"), *solutions]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Peer(process, Path(folder))
            assert process.stdin
            process.stdin.close()


def finds(track: Track, part: str) -> Finds:
    """A part of a track, in pixels."""
    width, height = track.shot.media.width, track.shot.media.height
    slots = [track.skeleton[name] for name in SLOTS[part]]
    points = np.stack([track.points[:, slot] * (width, height, width) for slot in slots], axis=1)
    score = np.stack([track.score[:, slot] for slot in slots], axis=1)
    right = np.where(np.isnan(points[:, :, 0, 0]), np.nan, np.arange(len(slots)))
    return Finds(points=np.concatenate([points, score[..., np.newaxis]], axis=3), right=right)


def settings(name: str) -> dict[str, Any]:
    """A model's specs by mode: as MediaPipe has them, and variants that are measured beside."""
    spec = plugins.load("models", name)
    there = {field.name for field in fields(spec)}
    asked = {mode: change for mode, change in VARIANTS.items() if name in ROUNDED or mode != "single"}
    return {"following": spec()} | {mode: spec(**change) for mode, change in asked.items() if change.keys() <= there}


def truth(path: Path, frames: Frames) -> Truth:
    """A drawn clip's hands in these frames."""
    with np.load(path.parent.parent / "joints" / f"{path.stem}.npz", allow_pickle=False) as joints:
        first, stop = joints["middle"]
        return Truth(
            points=joints["points"][frames.index, ..., :2],
            visible=joints["visible"][frames.index],
            middle=(frames.index >= first) & (frames.index < stop),
        )


def look(collections: dict[str, Clips], models: list[str], python: str, keep: Path | None) -> dict[str, Any]:
    """All finds of all programs: by collection, then by program/model/mode/part, a list over clips."""
    found: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in collections}
    with ExitStack() as opened:
        ask = opened.enter_context(peer(python, models))
        follows = {
            f"{name}/{mode}": opened.enter_context(spec.open())
            for name in models
            for mode, spec in settings(name).items()
        }
        for collection, clips in collections.items():
            for path, frames in clips.read():
                ask.ask(frames)
                here: dict[str, Any] = {}
                for key, follow in follows.items():
                    track = next(follow([frames]))
                    assert isinstance(track, Track), track
                    here |= {f"chereme/{key}/{p}": finds(track, p) for p in PARTS[key.partition("/")[0]]}
                here |= {f"mediapipe/{key}": each for key, each in ask.answer(frames).items()}
                if collection == "drawn":
                    here["truth"] = truth(path, frames)
                for key, each in here.items():
                    found[collection][key].append(each)
                if keep:
                    name = keep / f"{collection}-{path.parent.name}-{path.stem}.npz"
                    arrays = {f"{k}/{a}": getattr(v, a) for k, v in here.items() for a in v.__dataclass_fields__}
                    np.savez(name, index=frames.index, path=str(path), **arrays)
                print(f"{collection} {path.parent.name}/{path.name}: {len(frames.index)} frames", file=sys.stderr)
    return found


def tables(found: dict[str, dict[str, list[Any]]], models: list[str]) -> dict[str, Any]:
    """The comparisons that can be made of what was found, all together and a collection at a time."""
    agreements: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    every = {key: [each for of in found.values() for each in of[key]] for key in next(iter(found.values()))}
    for collection, by_key in {"all": every, **found}.items():

        def row(model: str, part: str, first: str, second: str, of: Any = by_key, where: str = collection) -> None:
            a, b = f"{first}/{part}", f"{second}/{part}"
            if a in of and b in of:
                facts = {"collection": where, "model": model, "part": part, "first": first, "second": second}
                agreements.append(facts | agreement(zip(of[a], of[b], strict=True), part))

        for model in models:
            for part in PARTS[model]:
                for mode in MODES:
                    row(model, part, f"mediapipe/{model}/{mode}", f"chereme/{model}/{mode}")
                row(model, part, f"mediapipe/{model}/static", f"mediapipe/{model}/following")
                if part == "hands":
                    row(model, part, f"mediapipe/{model}/following", f"chereme/{model}/single")
                    row(model, part, f"chereme/{model}/single", f"chereme/{model}/following")
                row(model, part, f"mediapipe/{model}/following", f"chereme/{model}/faithful")
                row(model, part, f"mediapipe/{model}/static", f"chereme/{model}/fast static")
                row(model, part, f"chereme/{model}/following", f"chereme/{model}/fast")
                row(model, part, f"mediapipe/{model}/sure", f"chereme/{model}/static")
        for key in by_key:
            if collection == "drawn" and key.endswith("/hands"):
                for where in ("mid-sign", "raised"):
                    clips = zip(by_key[key], by_key["truth"], strict=True)
                    facts = {"program": key.removesuffix("/hands"), "frames": where}
                    errors.append(facts | error(clips, middle=where == "mid-sign"))
    return {"agreement": agreements, "error": errors}


def main() -> None:
    """Look, compare, and write the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true", help="few clips, for a first impression")
    options.add_argument("--peer", help="a Python with mediapipe 0.10.21")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--out", type=Path, default=HERE / "parity.json")
    options.add_argument("--keep", type=Path, help="a folder for every clip's points")
    options.add_argument("--models", nargs="*", default=[name for name in plugins.names("models") if name in PARTS])
    asked = options.parse_args()
    few = QUICK if asked.quick else 1
    collections = {
        "drawn": Clips(folder=DRAWN / "videos", every=5 * few, stride=1, most=56),
        "words": Clips(folder=asked.data / "words", every=few, stride=1, most=14),
        "wlasl_videos": Clips(folder=asked.data / "wlasl_videos", every=few, stride=1, most=14),
    }
    collections = {name: clips for name, clips in collections.items() if clips.folder.is_dir()}
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    python = peer_python(asked.peer)
    for name in asked.models:
        plugins.load("models", name)().fetch()
    start = time.perf_counter()
    found = look(collections, asked.models, python, asked.keep)
    result = {
        "clips": {
            name: {
                "looked at": len(next(iter(found[name].values()))),
                "one in": clips.every,
                "stride": clips.stride,
                "most frames": clips.most,
            }
            for name, clips in collections.items()
        },
        "matched within": MATCHED,
        "found within": FOUND,
        "versions": {name: version(name) for name in ("chereme", "openvino", "numpy", "opencv-python-headless")}
        | dict(each.split("==") for each in PACKAGES[:1]),
        **tables(found, asked.models),
    }
    asked.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
