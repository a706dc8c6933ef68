"""The hand network rounded to 8-bit integers by NNCF: how quick it is, and how far it lies from the full one.

    python -m venv /tmp/nncf && /tmp/nncf/bin/pip install nncf -e .
    /tmp/nncf/bin/python benchmarks/int8.py [VIDEOS]

Calibrated on hands of the drawn collection, measured on hands of real clips. NNCF is no dependency of chereme.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from peer import ROOT

from chereme import plugins
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks import hand, palm, weights
from chereme.landmarks.geometry import cut
from chereme.types import Bytes, Entry, Floats, Shot

DRAWN = ROOT / "tests" / "assets" / "drawn" / "videos"
REAL = ROOT.parent / "shared" / "data" / "words"
ONE_THREAD = {
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_PRECISION_HINT": "f32",
    "INFERENCE_NUM_THREADS": "1",
    "NUM_STREAMS": "1",
}
LAST = 6
"""Layers before the outputs that one variant leaves in float: they give the points, in pixels."""
ROUNDS = 150


def hands(videos: list[Path], each: int) -> Bytes:
    """(hands, 224, 224, rgb) what is cut out around the palms of a few frames of each clip."""
    detect = palm.load(plugins.load("runtimes", "openvino")(), 0.5)
    found = []
    for video in videos:
        media = probe(video).media
        shot = Shot(entry=Entry(id=video.stem, gloss=""), media=media, first=0, stop=media.frames)
        for window in decode(shot, np.unique(np.linspace(5, media.frames - 6, each).astype(int))):
            for image in window.pixels:
                found += [cut(image, each.region, hand.SIDE) for each in detect(image)[:2]]
    return np.stack(found)


def network(name: str) -> ov.Model:
    """A hand network with the outputs that are used."""
    model = ov.Core().read_model(weights.path(name))
    outputs = (hand.POINTS, hand.PRESENCE, hand.HANDEDNESS)
    return ov.Model([model.output(each).node.input_value(0) for each in outputs], model.get_parameters())


def given(image: Bytes) -> Floats:
    """A network's input."""
    return np.multiply(image[np.newaxis], 1 / 255, dtype=np.float32)


def run(model: ov.Model, images: Bytes) -> tuple[Floats, Floats, float]:
    """Points (hands, 21, xy), presence (hands,), and the least milliseconds a hand took."""
    request = ov.Core().compile_model(model, "CPU", ONE_THREAD).create_infer_request()
    results = [request.infer([given(image)]) for image in images]
    points = np.stack([each[0].reshape(21, 3)[:, :2] for each in results])
    taken = []
    for i in range(ROUNDS):
        start = time.perf_counter()
        request.infer([given(images[i % len(images)])])
        taken.append(1e3 * (time.perf_counter() - start))
    return points, np.array([each[1].item() for each in results]), min(taken)


def main() -> None:
    """Print a row a network."""
    import nncf

    videos = Path(sys.argv[1]) if len(sys.argv) > 1 else REAL
    images = hands(sorted(videos.rglob("*.mp4"))[::2], 4)
    calibration = nncf.Dataset(list(hands(sorted(DRAWN.glob("*.mp4"))[::2], 4)), given)

    def rounded(name: str, floating: int = 0) -> ov.Model:
        model = network(name)
        kinds = "Convolution", "GroupConvolution", "MatMul"
        layers = [each.get_friendly_name() for each in model.get_ordered_ops() if each.get_type_name() in kinds]
        kept: dict[str, Any] = {"ignored_scope": nncf.IgnoredScope(names=layers[-floating:])} if floating else {}
        return nncf.quantize(model, calibration, preset=nncf.QuantizationPreset.MIXED, **kept)

    full, presence, taken = run(network(hand.NAME), images)
    print(f"{int((presence >= 0.5).sum())} hands; full: {taken:.1f} ms")
    size = np.linalg.norm(full[:, 0] - full[:, 9], axis=1)
    for label, model in (
        ("smaller", network(hand.LITE)),
        ("full, all 8-bit", rounded(hand.NAME)),
        (f"full, 8-bit but its last {LAST} layers", rounded(hand.NAME, LAST)),
        ("smaller, all 8-bit", rounded(hand.LITE)),
    ):
        points, _, taken = run(model, images)
        apart = (np.linalg.norm(points - full, axis=2).mean(axis=1) / size)[presence >= 0.5]
        shares = ", ".join(f"{q:.0%}: {np.quantile(apart, q):.4f}" for q in (0.5, 0.75, 0.9, 0.95, 0.99))
        print(f"{label}: {taken:.1f} ms; apart from the full one, in hand sizes: {shares}")


if __name__ == "__main__":
    main()
