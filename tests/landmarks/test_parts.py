from typing import Any

import numpy as np
import openvino as ov
import pytest

from chereme.errors import ModelsError
from chereme.landmarks import weights
from chereme.landmarks.parts import parts, passages


def model(name: str) -> Any:
    return ov.Core().read_model(weights.path(name))


def computed(models: list[Any], values: list[Any]) -> list[Any]:
    for each in models:
        network = ov.compile_model(each, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        values = list(network(values).values())
    return values


@pytest.mark.parametrize("cuts", [(3, 36), (13, 25), (2, 9, 30), (0, 37)])
def test_parts_in_a_row_compute_what_the_whole_does(cuts: tuple[int, ...]) -> None:
    whole = model("face_detection_short_range")  # its two heads read tensors of two sizes: some cuts go through several
    image = np.random.default_rng(0).random((1, 128, 128, 3), np.float32)
    made = parts(whole, cuts)
    assert len(made) == len(cuts) + 1
    for found, expected in zip(computed(made, [image]), computed([whole], [image]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_parts_hold_the_convolutions_between_the_cuts() -> None:
    made = parts(model("hand_landmark_full"), (2, 47))
    assert [max(passages(each)) for each in made] == [2, 45, 0]


def test_a_network_ends_somewhere() -> None:
    with pytest.raises(ModelsError, match="47 convolutions cannot be cut after 48"):
        parts(model("hand_landmark_full"), (2, 48))
