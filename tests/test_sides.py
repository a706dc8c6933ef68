"""Hands in order of detection get their sides back: through shuffled slots, gaps, and hands found twice."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from chereme.skeleton import HAND_POINTS

ROOT = Path(__file__).parent.parent
FRAMES = 30


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.delitem(sys.modules, "sides", raising=False)
    return import_module("sides")


def right_hand() -> np.ndarray:
    """(21, xyz) seen from its back, fingers up and curled away from the camera, the thumb towards the image's left."""
    hand = np.zeros((len(HAND_POINTS), 3), np.float32)
    for finger in range(5):
        for joint in range(4):
            across = -0.02 + 0.01 * finger
            hand[1 + 4 * finger + joint] = across, -0.02 * (joint + 1), 0.01 * joint**2
    hand[4] = -0.03, -0.04, 0.02
    return hand


def clip() -> np.ndarray:
    """(frames, hands, 21, xyz): the left hand at rest on the image's right, the right hand passing before it."""
    hand = right_hand()
    points = np.stack([hand * (-1, 1, 1) + (0.6, 0.6, 0), hand + (0.3, 0.6, 0)]).astype(np.float32)
    points = np.repeat(points[None], FRAMES, axis=0)
    points[:, 1, :, 0] += np.linspace(0, 0.25, FRAMES)[:, None]
    points[:, 1, :, 1] -= 0.3 * np.sin(np.linspace(0, np.pi, FRAMES))[:, None]
    return points


def same(found: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(found, wanted.reshape(FRAMES, -1, 3), atol=1e-6)


def test_a_hand_turns_into_the_other_in_a_mirror(sides: ModuleType) -> None:
    hand = right_hand()
    assert sides.turn(hand) > 0.3
    assert sides.turn(hand * (-1, 1, 1)) == pytest.approx(-sides.turn(hand), abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_slots_in_any_order(sides: ModuleType, seed: int) -> None:
    true = clip()
    swapped = np.random.default_rng(seed).random(FRAMES) < 0.5
    same(sides.resolved(np.where(swapped[:, None, None, None], true[:, ::-1], true)), true)


def test_a_hand_keeps_its_side_through_gaps(sides: ModuleType) -> None:
    true = clip()
    given = np.full_like(true, -1)
    given[:, 0] = true[:, 1]
    given[10:14] = -1
    given[14:20, 1], given[14:20, 0] = true[14:20, 1], -1
    wanted = true.copy()
    wanted[:, 0] = np.nan
    wanted[10:14] = np.nan
    same(sides.resolved(given), wanted)


def test_a_hand_found_twice_is_one(sides: ModuleType) -> None:
    true = clip()
    given = np.stack([true[:, 1], true[:, 1] + np.float32(0.001)], axis=1)
    wanted = true.copy()
    wanted[:, 0] = np.nan
    same(sides.resolved(given), wanted)
