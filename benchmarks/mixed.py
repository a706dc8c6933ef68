"""The hand network in bfloat16, whole and in parts: how quick it is, and how far it lies from single precision.

    OMP_NUM_THREADS=1 python benchmarks/mixed.py [VIDEOS]

Measured on hands of real clips, one thread, all variants in turn for each hand. What the processor's multiplication of
matrices reaches in single precision (NumPy's) stands beside: no network can be quicker in it.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
from int8 import REAL, given, hands, network

from chereme.landmarks import hand
from chereme.landmarks.parts import CONVOLUTIONS, parts, passages
from chereme.types import Floats

VARIANTS = {
    "single precision": ((), ("f32",)),
    "bfloat16 throughout": ((), ("bf16",)),
    "its first three convolutions in single precision": ((3,), ("f32", "bf16")),
    "also what comes after its last convolution": ((3, 47), ("f32", "bf16", "f32")),
}
"""Where the network is cut, in convolutions, and the precision of each part."""
ONE_THREAD = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1"}


def chain(cuts: tuple[int, ...], precisions: tuple[str, ...]) -> Callable[[Floats], list[Floats]]:
    """The network in parts, one after the other."""
    requests = [
        ov.compile_model(model, "CPU", ONE_THREAD | {"INFERENCE_PRECISION_HINT": precision}).create_infer_request()
        for model, precision in zip(parts(network(hand.NAME), cuts), precisions, strict=True)
    ]

    def run(image: Floats) -> list[Floats]:
        values = [image]
        for request in requests:
            values = list(request.infer(values, share_inputs=True).values())
        return values

    return run


def operations() -> float:
    """Multiplications and additions of the network's convolutions."""
    total = 0
    model = network(hand.NAME)
    for node in model.get_ordered_ops():
        if node.get_type_name() in CONVOLUTIONS:
            kernel = node.input_value(1).get_shape()
            grouped = node.get_type_name() == "GroupConvolution"
            total += 2 * int(np.prod(node.get_output_shape(0))) * int(np.prod(list(kernel)[2 if grouped else 1 :]))
    assert max(passages(model)) == 47
    return float(total)


def multiplication(side: int = 2048) -> float:
    """Operations a second of multiplying square matrices, the best of ten."""
    matrix = np.random.default_rng(0).random((side, side), np.float32)
    taken = []
    for _ in range(10):
        start = time.perf_counter()
        matrix @ matrix
        taken.append(time.perf_counter() - start)
    return 2 * side**3 / min(taken)


def main() -> None:
    """Print a row a variant."""
    videos = Path(sys.argv[1]) if len(sys.argv) > 1 else REAL
    images = [given(image) for image in hands(sorted(videos.rglob("*.mp4"))[::2], 4)]
    networks = {name: chain(*how) for name, how in VARIANTS.items()}
    taken: dict[str, list[float]] = {name: [] for name in networks}
    points: dict[str, list[Floats]] = {name: [] for name in networks}
    sure = []
    for image in images:
        for name, run in networks.items():
            run(image)
            start = time.perf_counter()
            found = run(image)
            taken[name].append(time.perf_counter() - start)
            points[name].append(found[0].reshape(21, 3)[:, :2].copy())
            if name == "single precision":
                sure.append(found[1].item() >= 0.5)
    full = np.array(points["single precision"])[sure]
    size = np.linalg.norm(full[:, 0] - full[:, 9], axis=1)[:, np.newaxis]
    print(f"{len(full)} hands; matrices: {multiplication() / 1e9:.0f} GFLOP/s")
    for name in networks:
        apart = np.linalg.norm(np.array(points[name])[sure] - full, axis=2) / size
        shares = ", ".join(f"{q:.0%}: {np.quantile(apart, q):.4f}" for q in (0.5, 0.9, 0.95, 0.99))
        least = min(taken[name])
        print(f"{name}: {1e3 * least:.1f} ms, {operations() / least / 1e9:.0f} GFLOP/s; in hand sizes: {shares}")


if __name__ == "__main__":
    main()
