"""Pixels change as far as is said, alike in all frames, and not at all where nothing is asked for."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import SettingsError
from chereme.training.jitter import Jitter

STILL = replace(Jitter(), share=1.0, **{e.name: 0.0 for e in fields(Jitter) if e.name != "share"})


def bright(frames: int = 3, size: int = 40) -> Any:
    """A bright square in the middle of a gray picture wider than high, the same in all frames."""
    pixels = np.full((frames, size, size + 10, 3), 90, np.uint8)
    pixels[:, 14:26, 19:31] = 200, 120, 60
    return pixels


def middle(pixels: Any) -> Any:
    """Where the square is, y and x."""
    return np.argwhere(pixels[..., 0].astype(int) - pixels[..., 2] > 40).mean(axis=0)


def drawn(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_nothing_asked_is_the_middle() -> None:
    made = STILL.change(bright(), 32, drawn())
    np.testing.assert_array_equal(made, bright()[:, 4:36, 9:41])
    np.testing.assert_array_equal(replace(Jitter(), share=0.0).change(bright(), 32, drawn()), made)


@given(st.integers(0, 1000))
def test_all_frames_change_alike(seed: int) -> None:
    made = replace(Jitter(), share=1.0).change(bright(), 32, drawn(seed))
    assert made.shape == (3, 32, 32, 3)
    assert made.dtype == np.uint8
    assert (made == made[0]).all()
    np.testing.assert_array_equal(made, replace(Jitter(), share=1.0).change(bright(), 32, drawn(seed)))


@pytest.mark.parametrize(
    ("setting", "most"), [("shift", 0.1), ("brightness", 0.3), ("contrast", 0.5), ("saturation", 0.9), ("tint", 0.3)]
)
def test_each_setting_changes_its_own(setting: str, most: float) -> None:
    made = replace(STILL, **{setting: most})
    plain = STILL.change(bright(), 32, drawn())
    seen = [made.change(bright(), 32, drawn(seed)) for seed in range(20)]
    moved = [np.abs(middle(each[0]) - middle(plain[0])).max() for each in seen if setting == "shift"]
    if moved:
        assert 1 < max(moved) <= 32 * most + 0.5
    else:
        assert all(np.abs(each.astype(int) - plain).max() > 0 for each in seen)
        assert max(np.abs(each.astype(int) - plain).max() for each in seen) <= 255 * most + 90 * most


def test_saturation_leaves_gray_gray() -> None:
    made = replace(STILL, saturation=1.0).change(bright(), 32, drawn(3))
    assert (np.ptp(made[0, 0, 0].astype(int))) <= 1


def test_a_mirror_is_asked_for_alone() -> None:
    pixels = bright()
    pixels[:, :, :15] = 255, 0, 0
    for seed in range(10):
        assert STILL.change(pixels, 32, drawn(seed))[0, 16, 0, 0] == 255
    mirrored = replace(STILL, flip=1.0).change(pixels, 32, drawn())
    np.testing.assert_array_equal(mirrored, STILL.change(pixels, 32, drawn())[:, :, ::-1])


@given(st.integers(1, 40), st.integers(1, 32), st.integers(0, 1000))
def test_frames_stay_in_order(own: int, frames: int, seed: int) -> None:
    own = min(own, frames)
    places, mask = replace(Jitter(), share=1.0, tempo=0.5).paced(own, frames, drawn(seed))
    assert places.shape == mask.shape == (frames,)
    shown = places[mask]
    assert 0 <= shown.min() <= shown.max() < own
    assert (np.diff(shown) >= 0).all()
    assert mask[: mask.sum()].all(), "a clip's own frames are the first"


@pytest.mark.parametrize("settings", [{"rotate": 91.0}, {"shift": -0.1}, {"flip": 1.5}])
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="jitter"):
        Jitter(**settings)
