"""Reading network files: the real ones say what is known of them, broken ones are refused and nothing worse."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import ModelsError
from chereme.landmarks import tflite, weights

pytest.importorskip("tflite")

SMALL = "face_detection_short_range"


@pytest.mark.parametrize("name", list(weights.FILES))
def test_the_networks_are_read_whole(name: str) -> None:
    graph = tflite.read(weights.path(name))
    made = {graph.input} | {i for i, tensor in enumerate(graph.tensors) if tensor.constant is not None}
    for operator in graph.operators:
        assert operator.kind not in ("DEQUANTIZE", "DENSIFY")
        assert made.issuperset(i for i in operator.inputs if i >= 0)
        made.add(operator.output)
    assert made.issuperset(graph.outputs.values())


def test_weights_without_their_zeros_get_them_back() -> None:
    graph = tflite.read(weights.path("pose_detection"))
    convolutions = [operator for operator in graph.operators if operator.kind == "CONV_2D"]
    kernels = [graph.tensors[operator.inputs[1]] for operator in convolutions]
    zeros = []
    for kernel in kernels:
        assert kernel.constant is not None
        assert kernel.constant.shape == kernel.shape
        zeros.append(float((kernel.constant == 0).mean()))
    assert sum(share > 0.5 for share in zeros) > 20


@pytest.fixture(scope="module")
def good() -> bytes:
    return weights.path(SMALL).read_bytes()


def read(data: bytes, folder: Path) -> tflite.Graph:
    file = folder / "a.tflite"
    file.write_bytes(data)
    return tflite.read(file)


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x1c\0\0\0TFL3", b"<html>", b"\xff" * 64, b"\0" * 64])
def test_what_is_no_network_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelsError, match=r"a\.tflite"):
        read(data, tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelsError, match="cannot read"):
        tflite.read(tmp_path / "none.tflite")


@given(share=st.floats(0, 0.999))
def test_a_file_that_breaks_off_is_refused(good: bytes, tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    with pytest.raises(ModelsError):
        read(good[: int(share * len(good))], tmp_path_factory.mktemp("cut"))


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 200))
def test_a_damaged_file_is_refused_or_read(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    data = np.frombuffer(good, np.uint8).copy()
    # The tables are a small part of a file that is mostly weights: the damage goes to its last 30 kB, where they lie.
    places = random.integers(len(data) - 30_000, len(data), count)
    data[places] = random.integers(0, 256, count, np.uint8)
    try:
        graph = read(data.tobytes(), tmp_path_factory.mktemp("hurt"))
    except ModelsError:
        return
    assert sum(int(np.prod(tensor.shape)) for tensor in graph.tensors) <= tflite.MOST_VALUES


def test_an_unknown_operator_is_named(good: bytes, tmp_path: Path) -> None:
    import tflite as schema

    model = schema.Model.GetRootAs(good, 0)
    codes = {model.OperatorCodes(i).DeprecatedBuiltinCode(): model.OperatorCodes(i) for i in range(9)}
    code = codes[schema.BuiltinOperator.RELU]
    data = bytearray(good)
    for field, kind in ((4, "<b"), (10, "<i")):  # the old and the new place of the number
        if offset := code._tab.Offset(field):
            struct.pack_into(kind, data, code._tab.Pos + offset, schema.BuiltinOperator.HARD_SWISH)
    with pytest.raises(ModelsError, match="no operator HARD_SWISH"):
        read(bytes(data), tmp_path)
