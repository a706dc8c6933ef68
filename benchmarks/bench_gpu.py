"""PyTorch's networks on a device: each alone, and hands end to end, in images and frames a second.

python benchmarks/bench_gpu.py [--device cuda] [--half] [--graphs] [--compile] [--batches 1 8 32 128] [--seconds 2]
    [--videos FOLDER] [--clips 64] [--abreast 16 64] [--workers 0] [--out benchmarks/gpu.json]

Without a GPU it runs on the CPU with settings so small that its numbers say only that it runs.
"""

import argparse
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks import batched, weights
from chereme.landmarks.engine import Asking, abreast
from chereme.landmarks.hands import Hands
from chereme.landmarks.tflite import read
from chereme.landmarks.torch_runtime import Torch
from chereme.plan import Every, FramePlan
from chereme.run.feed import Feed
from chereme.run.jobs import Extract
from chereme.run.local import cores
from chereme.types import Entry, Frames, Shot, Track

HERE = Path(__file__).parent
DRAWN = HERE.parent / "tests" / "assets" / "drawn" / "videos"
PLAN = FramePlan((Every(stride=2),))


def network_alone(name: str, runtime: Torch, batch: int, seconds: float) -> float:
    """Images a second, from tensors on the device to tensors on the device."""
    path = weights.path(name)
    network = replace(runtime, batch=batch).network(path)
    images = torch.rand(batch, *read(path).tensors[read(path).input].shape[1:], device=runtime.place())
    return batch * rate(lambda: network(images), seconds)


def rate(work: Callable[[], Any], seconds: float) -> float:
    """How often a second it can be done, after three times for practice."""
    for _ in range(3):
        work()
    settle()
    start, count = perf_counter(), 0
    while perf_counter() - start < seconds:
        work()
        settle()
        count += 1
    return count / (perf_counter() - start)


def settle() -> None:
    """Wait until a GPU has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def shots_of(videos: Path, count: int) -> list[Shot]:
    """So many clips, the files over and over."""
    files = sorted(videos.rglob("*.mp4"))
    media = [probe(file).media for file in files[:count]]
    return [
        Shot(entry=Entry(id=f"{i:05}", gloss="a"), media=each, first=0, stop=each.frames)
        for i, each in ((i, media[i % len(media)]) for i in range(count))
    ]


def windows(shot: Shot) -> list[Frames]:
    """A clip, decoded."""
    return list(decode(shot, PLAN.frames(shot.first, shot.stop)))


def hands_alone(model: Hands, device: str, clips: list[list[Frames]], most: int) -> float:
    """Frames a second of following clips that are decoded already, so many abreast, in one process."""

    def whole(clip: Any, pixels: list[Frames]) -> Asking[Track]:
        for window in pixels:
            yield from clip.see(window)
        track: Track = clip.track()
        return track

    with model.abreast(device) as (engine, begin):

        def work(some: list[list[Frames]]) -> Iterator[Asking[Track]]:
            return (whole(begin(pixels[0].shot), pixels) for pixels in some)

        list(abreast(work(clips[:1]), engine, most))
        settle()
        start = perf_counter()
        frames = sum(len(track.index) for track in abreast(work(clips), engine, most))
        return frames / (perf_counter() - start)


def end_to_end(model: Hands, device: str, shots: list[Shot], workers: int) -> dict[str, float]:
    """Frames a second from files to tracks, by the executor `gpu`, with the start of its processes."""
    job = Extract(model=model, plan=PLAN, device=device)
    with Feed(workers=workers).open() as run:
        start = perf_counter()
        frames = sum(len(done.result.index) for done in run(job, shots) if isinstance(done.result, Track))
        return {"workers": workers, "frames": frames, "frames a second": frames / (perf_counter() - start)}


def options(given: list[str] | None) -> argparse.Namespace:
    """What is asked for on the command line, or fits what is there."""
    there = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if there else "cpu")
    for flag in ("--half", "--graphs", "--compile"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 64, 128, 256] if there else [2])
    parser.add_argument("--networks", nargs="+", default=list(weights.FILES) if there else ["hand_recrop"])
    parser.add_argument("--seconds", type=float, default=2.0 if there else 0.2)
    parser.add_argument("--videos", type=Path, default=DRAWN)
    parser.add_argument("--clips", type=int, default=256 if there else 2)
    parser.add_argument("--abreast", type=int, nargs="+", default=[1, 16, 32, 64, 128] if there else [2])
    parser.add_argument("--workers", type=int, nargs="+", default=[cores(), 3 * cores()] if there else [2])
    parser.add_argument("--out", type=Path, default=HERE / "gpu.json")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> dict[str, Any]:
    """Measure, and write down."""
    asked = options(given)
    runtime = Torch(device=asked.device, half=asked.half, graphs=asked.graphs, compile=asked.compile)
    on_gpu = replace(runtime, graphs=False).place().type == "cuda"
    name = torch.cuda.get_device_name(asked.device) if on_gpu else platform.processor() or "cpu"
    model = Hands(runtime="torch-half" if asked.half else "torch")
    shots = shots_of(asked.videos, asked.clips)
    clips = [windows(shot) for shot in shots]
    result: dict[str, Any] = {
        "device": name,
        "cores": cores(),
        "torch": torch.__version__,
        "settings": {key: getattr(asked, key) for key in ("half", "graphs", "compile")},
        "networks, images a second by batch": {
            network: {str(batch): network_alone(network, runtime, batch, asked.seconds) for batch in asked.batches}
            for network in asked.networks
        },
        "hands": {
            "clips": len(clips),
            "size": [clips[0][0].pixels.shape[2], clips[0][0].pixels.shape[1]],
            "images a pass": batched.BATCH["cuda" if on_gpu else "cpu"],
            "frames a second by clips abreast, decoded before": {
                str(most): hands_alone(model, asked.device, clips, most) for most in asked.abreast
            },
            "end to end": [end_to_end(model, asked.device, shots, workers) for workers in asked.workers],
        },
    }
    asked.out.write_text(json.dumps(rounded(result), indent=2) + "\n")
    return result


def rounded(value: Any) -> Any:
    """The same with numbers of four digits."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    print(json.dumps(rounded(main()), indent=2))
