"""What no program can do without: decoding, and as many calls of the networks, each with nothing around it."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from chereme import plugins
from chereme.contracts import Network
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.runtimes import openvino_mixed
from chereme.types import Entry, Floats, Shot

Call = tuple[str, tuple[str, ...] | None, tuple[int, ...]]
"""A network's file, the outputs that are asked for, and the shape of the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """OpenVINO as runs have it by default, which counts what it is asked."""

    device: str = "cpu"
    calls: ClassVar[Counter[Call]] = Counter()

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network; each of its calls is counted."""
        network = openvino_mixed(self.device).load(path, outputs)

        def run(images: Floats) -> Mapping[str, Floats]:
            Counting.calls[str(path), outputs, images.shape] += 1
            return network(images)

        return run


def shot(video: Path) -> Shot:
    """A whole file."""
    media = probe(video).media
    return Shot(entry=Entry(id=str(video), gloss=""), media=media, first=0, stop=media.frames)


def calls(model: str, videos: Sequence[Path]) -> Counter[Call]:
    """What a model asks of its networks over every frame of the clips."""
    plugins.TABLES["runtimes"]["counting"] = "floor:Counting"
    Counting.calls.clear()
    with replace(plugins.load("models", model)(), runtime="counting").open() as follow:
        for video in videos:
            clip = shot(video)
            next(follow(decode(clip, np.arange(clip.stop))))
    return Counting.calls.copy()


def decoding(videos: Sequence[Path], processes: int) -> float:
    """Seconds to decode every frame of the clips."""
    return _together([(videos[i::processes], None) for i in range(processes)])


def networks(asked: Counter[Call], processes: int) -> float:
    """Seconds for so many calls of the networks on random input."""
    return _together([([], {call: -(-count // processes) for call, count in asked.items()})] * processes)


def _together(shares: list[tuple[Sequence[Path], dict[Call, int] | None]]) -> float:
    """Seconds from when all processes are ready until the last is done."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(len(shares) + 1)
    workers = [context.Process(target=_work, args=(ready, *share)) for share in shares]
    for worker in workers:
        worker.start()
    ready.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit(f"a process of the floor ended with {worker.exitcode}")
    return time.perf_counter() - start


def _work(ready: Barrier, videos: Sequence[Path], asked: dict[Call, int] | None) -> None:
    cv2.setNumThreads(1)
    chance = np.random.default_rng(0)
    loaded = [
        (openvino_mixed().load(Path(path), outputs), chance.random(shape, np.float32), count)
        for (path, outputs, shape), count in (asked or {}).items()
    ]
    for network, images, _ in loaded:
        network(images)
    shots = [shot(video) for video in videos]
    ready.wait()
    for clip in shots:
        for _ in decode(clip, np.arange(clip.stop)):
            pass
    for network, images, count in loaded:
        for _ in range(count):
            network(images)
