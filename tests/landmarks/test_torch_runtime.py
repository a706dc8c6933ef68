"""PyTorch's networks: any batch, always the same batch, and files that do not fit together."""

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chereme.errors import ModelsError, SettingsError
from chereme.landmarks import hand, palm, weights
from chereme.landmarks.runtimes import LiteRt
from chereme.landmarks.torch_runtime import Torch, torch_half
from chereme.types import Floats

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")

SIDES = {
    "palm_detection_full": 192,
    "hand_landmark_full": 224,
    "hand_landmark_lite": 224,
    "pose_detection": 224,
    "pose_landmark_full": 256,
    "face_landmark": 192,
    "face_detection_short_range": 128,
    "hand_recrop": 256,
}
"""Side of each network's input, pixels."""
SMALL = "face_detection_short_range"


def images(name: str, count: int) -> Floats:
    side = SIDES[name]
    coarse = np.random.default_rng(side).random((count, 8, 8, 3))
    return np.kron(coarse, np.ones((1, side // 8, side // 8, 1))).astype(np.float32)


def assert_same(name: str, batch: int, runtime: Torch, some: list[int]) -> None:
    """Of a batch, some of the images are as TFLite's own runtime has them, within 1e-3 of the largest value."""
    pytest.importorskip("ai_edge_litert")
    given = images(name, batch)
    found = runtime.load(weights.path(name))(given)
    expected = LiteRt().load(weights.path(name))(given[some])
    assert found.keys() == expected.keys()
    for output, values in expected.items():
        assert found[output].shape == (batch, *values.shape[1:])
        scale = max(1.0, float(np.abs(values).max()))
        np.testing.assert_allclose(found[output][some], values, atol=1e-3 * scale)


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("name", list(SIDES))
def test_any_batch_gives_tflites_numbers(name: str, batch: int) -> None:
    assert_same(name, batch, Torch(), [batch // 2])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SIDES))
def test_so_does_a_large_one(name: str) -> None:
    assert_same(name, 64, Torch(), [0, 31, 63])


@pytest.mark.parametrize("name", [SMALL, "hand_recrop"])
def test_a_fixed_batch_is_blind_to_company(name: str) -> None:
    network = Torch(batch=4).load(weights.path(name))
    given = images(name, 10)
    together = network(given)
    for rows in ([0], [3, 4], [9, 0, 5, 7, 2]):
        for output, values in network(given[rows]).items():
            np.testing.assert_array_equal(values, together[output][rows])


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        (Torch(device="abacus"), "abacus"),
        (Torch(device="cpu:1"), "cpu:1"),
        (Torch(device="cuda:one"), "cuda:one"),
        (Torch(device="cuda:99"), "finds . GPUs"),
        (Torch(graphs=True), "give it a batch"),
    ],
)
def test_what_cannot_be_is_refused(runtime: Torch, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        runtime.load(weights.path(SMALL))


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(128, 128, 3\)"):
        Torch().load(weights.path(SMALL))(np.zeros((1, 64, 64, 3), np.float32))


def altered(place: str, number: int) -> bytes:
    """The smallest network with another number for the height of one of its tensors, by the tensor's name."""
    import tflite

    data = bytearray(weights.path(SMALL).read_bytes())
    graph = tflite.Model.GetRootAs(bytes(data), 0).Subgraphs(0)
    (tensor,) = [
        graph.Tensors(i) for i in range(graph.TensorsLength()) if graph.Tensors(i).Name().decode() == place
    ]  # fmt: skip
    struct.pack_into("<i", data, tensor._tab.Vector(tensor._tab.Offset(4)) + 4, number)
    return bytes(data)


@pytest.mark.parametrize(
    ("place", "number", "message"),
    [
        ("regressors", 897, "does not fit|by the file"),
        ("input", 130, "does not fit|by the file"),
        ("input", 0, "no size"),
        ("input", 2**30, "values"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, place: str, number: int, message: str) -> None:
    file = tmp_path / "odd.tflite"
    file.write_bytes(altered(place, number))
    with pytest.raises(ModelsError, match=message):
        Torch().load(file)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 5))
def test_a_damaged_file_is_refused_or_runs(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    data = np.frombuffer(weights.path(SMALL).read_bytes(), np.uint8).copy()
    data[random.integers(len(data) - 30_000, len(data), count)] = random.integers(0, 256, count, np.uint8)
    file = tmp_path_factory.mktemp("hurt") / "hurt.tflite"
    file.write_bytes(data.tobytes())
    with suppress(ModelsError):
        Torch().load(file)


def test_a_cpu_knows_no_half_precision() -> None:
    name = SMALL
    given = images(name, 2)
    whole, half = (runtime.load(weights.path(name))(given) for runtime in (Torch(), torch_half()))
    for output, values in whole.items():
        np.testing.assert_array_equal(half[output], values)


@gpu
@pytest.mark.parametrize("name", [palm.NAME, hand.NAME])
@pytest.mark.parametrize(
    ("runtime", "tolerance"),
    [
        (Torch(device="cuda"), 1e-3),
        (Torch(device="cuda", batch=4, graphs=True), 1e-3),
        (Torch(device="cuda", half=True), 3e-2),
    ],
)
def test_a_gpu_gives_the_numbers_of_a_cpu(name: str, runtime: Torch, tolerance: float) -> None:
    given = images(name, 6)
    expected = Torch().load(weights.path(name))(given)
    found = runtime.load(weights.path(name))(given)
    for output, values in expected.items():
        np.testing.assert_allclose(found[output], values, atol=tolerance * max(1.0, float(np.abs(values).max())))
