from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from chereme.synth.look import Look
from chereme.synth.perform import Moment, Performance
from chereme.synth.signer import Signer, draw_signer
from chereme.synth.signs import SIGNS

COOL = Look(skin="tan", wall="slate", shirt="navy", light="window")
SMALL = Performance(gloss="hello", signer=Signer(look=COOL), width=160, height=120, fps=10, seconds=1.0)


def middle(clip: Performance) -> list[Moment]:
    return list(islice(clip.draw(), *clip.middle))


@pytest.mark.parametrize("gloss", ["hello", "stop"])
def test_skin_lies_under_the_joints(gloss: str) -> None:
    """Room and clothes are bluish here, so only skin has more red than blue."""
    clip = replace(SMALL, gloss=gloss, width=320, height=240)
    on: list[NDArray[np.bool_]] = []
    beside: list[NDArray[np.bool_]] = []
    for moment in middle(clip):
        points = moment.joints[~np.isnan(moment.joints).any(axis=(1, 2))][..., :2].reshape(-1, 2)
        for found, step in ((on, 0), (beside, 45)):
            column, row = np.round(points + step).astype(int).clip(0, (319, 239)).T
            red, _, blue = moment.pixels[row, column].astype(int).T
            found.append(red > blue + 10)
    assert np.concatenate(on).mean() > 0.97
    assert np.concatenate(beside).mean() < 0.3


@pytest.mark.parametrize("left_handed", [False, True])
def test_the_dominant_hand_is_in_its_own_slot(left_handed: bool) -> None:
    moments = middle(replace(SMALL, signer=Signer(look=COOL, left_handed=left_handed)))
    dominant, other = (0, 1) if left_handed else (1, 0)
    joints = np.stack([moment.joints for moment in moments])
    assert not np.isnan(joints[:, dominant]).any()
    assert np.isnan(joints[:, other]).all()
    # The signer faces us: their left hand is on the image's right, the thumb towards the body when palms face us.
    side = 1 if left_handed else -1
    assert ((joints[:, dominant, 0, 0] - 80) * side > 10).all()
    assert ((joints[:, dominant, 4, 0] - joints[:, dominant, 20, 0]) * side < 0).all()


@pytest.mark.parametrize("number", [0, 5])
def test_every_sign_shows_its_hands_all_through_the_middle(number: int) -> None:
    for gloss, sign in SIGNS.items():
        clip = Performance(gloss=gloss, signer=draw_signer(number), width=96, height=72, fps=8, seconds=0.8)
        hands = [np.isfinite(moment.joints).all(axis=(1, 2)).sum() for moment in middle(clip)]
        assert set(hands) == {2 if sign.other else 1}, gloss


def test_two_hands_stand_on_their_own_sides_and_within_the_box() -> None:
    for moment in middle(replace(SMALL, gloss="large")):
        left, right = moment.joints
        assert left[:, 0].min() > right[:, 0].max()
        x0, y0, x1, y1 = moment.box
        assert x0 <= right[:, 0].min()
        assert left[:, 0].max() <= x1
        assert y0 < min(left[:, 1].min(), right[:, 1].min())
        assert y1 <= 121


def test_the_same_performance_is_the_same_and_another_take_is_not() -> None:
    def drawn(clip: Performance) -> NDArray[np.uint8]:
        return np.stack([moment.pixels for moment in islice(clip.draw(), 4)])

    once = drawn(SMALL)
    assert once.dtype == np.uint8
    assert np.array_equal(once, drawn(SMALL))
    assert not np.array_equal(once, drawn(replace(SMALL, take=1)))
    takes = [middle(replace(SMALL, take=take))[0].joints[1] for take in range(3)]
    assert len({round(float(joints[9, 0]), 3) for joints in takes}) == 3


def test_a_faster_signer_takes_fewer_frames() -> None:
    fast, slow = (replace(SMALL, seconds=4, signer=Signer(tempo=tempo)).frames for tempo in (1.3, 0.7))
    assert fast * 1.5 < slow
    assert sum(1 for _ in SMALL.draw()) == SMALL.frames


def test_a_larger_image_shows_the_same_clip() -> None:
    small, large = (
        next(islice(replace(SMALL, width=width, height=height).draw(), SMALL.frames // 2, None))
        for width, height in ((160, 120), (320, 240))
    )
    # Pixel centers lie at whole numbers, so edges lie half a pixel before them.
    np.testing.assert_allclose((small.joints[1, :, :2] + 0.5) * 2, large.joints[1, :, :2] + 0.5, atol=1e-3)
