import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chereme.skeleton import HAND_POINTS
from chereme.synth import anatomy, signs
from chereme.synth.anatomy import Vector

ANGLES = st.lists(st.floats(-30, 110), min_size=20, max_size=20).map(lambda angles: np.reshape(angles, (5, 4)))
POINTS = st.tuples(st.floats(-60, 30), st.floats(-70, 40), st.floats(-10, 45)).map(np.array)


@settings(max_examples=40)
@given(ANGLES)
def test_bones_keep_their_lengths_in_any_handshape(angles: Vector) -> None:
    joints, dorsal = anatomy.hand_joints(angles)
    chains = joints[1:].reshape(5, 4, 3)
    lengths = np.linalg.norm(np.diff(chains, axis=1), axis=2)
    np.testing.assert_allclose(lengths, [anatomy.THUMB_BONES, *anatomy.PHALANGES], rtol=1e-6)
    bones = np.diff(chains, axis=1).reshape(15, 3)
    np.testing.assert_allclose((bones * dorsal).sum(axis=1), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "straight"),
    [("open", {"INDEX", "MIDDLE", "RING", "PINKY"}), ("fist", set()), ("V", {"INDEX", "MIDDLE"}), ("Y", {"PINKY"})],
)
def test_straight_fingers_reach_out_and_curled_ones_do_not(shape: str, straight: set[str]) -> None:
    joints = anatomy.hand_joints(anatomy.HANDSHAPES[shape]).joints
    tips = {name.split("_")[0]: joints[i, 1] for i, name in enumerate(HAND_POINTS) if name.endswith("TIP")}
    assert {finger for finger in tips if finger != "THUMB" and tips[finger] > 13} == straight


@given(POINTS)
def test_an_arm_bends_at_the_elbow_alone(wrist: Vector) -> None:
    elbow, reached = anatomy.bend_arm(wrist)
    assert np.linalg.norm(elbow - anatomy.SHOULDER) == pytest.approx(anatomy.UPPER_ARM)
    assert np.linalg.norm(reached - elbow) == pytest.approx(anatomy.FOREARM)


def test_palm_forward_and_fingers_up_puts_the_right_thumb_towards_the_body() -> None:
    axes = anatomy.hand_axes((0, 1, 0), (0, 0, 1))
    np.testing.assert_allclose(axes, np.eye(3), atol=1e-8)
    assert np.linalg.det(anatomy.hand_axes((0.3, 1, 0.2), (0.1, -0.4, 1))) == pytest.approx(1)


def test_a_dozen_signs_some_two_handed_all_from_known_handshapes() -> None:
    assert len(signs.SIGNS) >= 12
    assert 3 <= sum(bool(sign.other) for sign in signs.SIGNS.values()) < len(signs.SIGNS)
    for sign in signs.SIGNS.values():
        times = [key.at for key in sign.dominant]
        assert (times[0], times[-1]) == signs.MIDDLE
        assert times == sorted(times)
        assert {key.shape for key in (*sign.dominant, *sign.other)} <= set(anatomy.HANDSHAPES)
