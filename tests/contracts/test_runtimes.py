"""What every network runtime owes its caller: TFLite's own numbers, whatever the batch.

How far `openvino-mixed` may lie from them, which rounds on purpose, is in `tests/landmarks/test_runtimes.py`.
"""

import numpy as np
import pytest

from chereme.contracts import Runtime
from chereme.errors import SettingsError
from chereme.landmarks import hand, palm, weights
from chereme.landmarks.runtimes import LiteRt
from chereme.plugins import TABLES, load
from chereme.types import Floats

pytest.importorskip("ai_edge_litert")

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


def tolerance(values: Floats) -> float:
    """Outputs are pixels of the input, or logits; some run to hundreds."""
    return 2e-2 + 1e-3 * float(np.abs(values).max())


@pytest.fixture(params=list(TABLES["runtimes"]))
def runtime(request: pytest.FixtureRequest) -> Runtime:
    spec: Runtime = load("runtimes", request.param)()
    return spec


def images(side: int, count: int = 1) -> Floats:
    """Smooth noise: a network says nothing definite about it, and small errors show."""
    coarse = np.random.default_rng(side).random((count, 8, 8, 3))
    return np.kron(coarse, np.ones((1, side // 8, side // 8, 1))).astype(np.float32)


@pytest.mark.parametrize("name", list(weights.FILES))
@pytest.mark.parametrize("runtime", [name for name in TABLES["runtimes"] if name != "openvino-mixed"], indirect=True)
def test_it_agrees_with_tflite(runtime: Runtime, name: str) -> None:
    given = images(SIDES[name])
    expected = LiteRt().load(weights.path(name))(given)
    found = runtime.load(weights.path(name))(given)
    assert found.keys() == expected.keys()
    for output, values in expected.items():
        assert found[output].shape == values.shape
        np.testing.assert_allclose(found[output], values, atol=tolerance(values))


@pytest.mark.parametrize(("name", "outputs"), [(hand.NAME, (hand.POINTS, hand.PRESENCE)), (palm.NAME, (palm.LOGITS,))])
def test_images_of_a_batch_do_not_touch(runtime: Runtime, name: str, outputs: tuple[str, ...]) -> None:
    network = runtime.load(weights.path(name), outputs)
    given = images(SIDES[name], 3)
    together = network(given)
    assert tuple(together) == outputs
    for i in range(3):
        alone = network(given[i : i + 1])
        for output in outputs:
            np.testing.assert_allclose(together[output][i], alone[output][0], atol=2e-2)


def test_results_stay_when_the_network_runs_again(runtime: Runtime) -> None:
    network = runtime.load(weights.path(hand.NAME), (hand.POINTS,))
    first = network(images(224))[hand.POINTS]
    kept = first.copy()
    network(1 - images(224))
    np.testing.assert_array_equal(first, kept)


def test_an_unknown_output_is_refused(runtime: Runtime) -> None:
    with pytest.raises(SettingsError, match="no output 'Nonesuch'"):
        runtime.load(weights.path(hand.NAME), ("Nonesuch",))


@pytest.mark.parametrize("name", list(TABLES["runtimes"]))
def test_an_unknown_device_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="abacus"):
        load("runtimes", name)(device="abacus").load(weights.path(hand.NAME))
