"""Filters: what they leave alone, what they calm, and what MediaPipe's would give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.landmarks.smoothing import LowPass, OneEuro

numbers = st.floats(-1000, 1000, width=32)


def euro() -> OneEuro:
    return OneEuro(cutoff=0.05, beta=80)


def test_low_pass_mixes_with_what_came_out_before() -> None:
    smooth = LowPass(0.1)
    assert [float(smooth(np.array([each]))[0]) for each in (1.0, 2.0, 2.0)] == pytest.approx([1.0, 1.1, 1.19])


def test_one_euro_by_hand() -> None:
    smooth = OneEuro(cutoff=1.0, beta=2.0)
    assert smooth(np.array([3.0]), 0.1)[0] == 3.0
    # Speed (5 - 3) / (4 * 0.1) = 5, of which the share 1 / (1 + 1 / (2 pi * 1 * 0.1)) = 0.38587 counts: 1.92935.
    # Cutoff 1 + 2 * 1.92935 = 4.8587, share 1 / (1 + 1 / (2 pi * 4.8587 * 0.1)) = 0.75325, 3 + 2 * 0.75325.
    assert smooth(np.array([5.0]), 0.1, size=4.0)[0] == pytest.approx(4.5065, abs=1e-4)


@given(st.lists(numbers, min_size=1, max_size=8), st.floats(0.001, 1))
def test_what_rests_stays(values: list[float], step: float) -> None:
    smooth = euro()
    for _ in range(4):
        np.testing.assert_allclose(smooth(np.array(values), step, 100), values, rtol=1e-12)


@given(st.lists(numbers, min_size=2, max_size=12), st.floats(0.001, 1), st.floats(1, 1000))
def test_it_never_overshoots(values: list[float], step: float, size: float) -> None:
    smooth, out = euro(), []
    for count, value in enumerate(values, 1):
        out.append(float(smooth(np.array([value]), step, size)[0]))
        assert min(values[:count]) - 1e-6 <= out[-1] <= max(values[:count]) + 1e-6


@given(st.lists(numbers, min_size=2, max_size=12), st.floats(0.01, 100))
def test_the_size_of_the_object_is_the_unit_of_speed(values: list[float], larger: float) -> None:
    one, two = euro(), euro()
    for value in values:
        plain, scaled = one(np.array([value]), 0.04, 10)[0], two(np.array([value * larger]), 0.04, 10 * larger)[0]
        assert scaled / larger == pytest.approx(plain, abs=1e-3)


def test_trembling_is_calmed_and_quick_moves_pass() -> None:
    calm, quick = OneEuro(cutoff=0.05, beta=10), OneEuro(cutoff=0.05, beta=10)
    tremble = 100 + 0.2 * (-1.0) ** np.arange(40)
    calmed = [float(calm(np.array([each]), 0.04, 200)[0]) for each in tremble]
    assert np.abs(np.diff(calmed[5:])).max() < 0.05 * np.abs(np.diff(tremble)).max()
    ramp = np.arange(40) * 10.0
    assert float([quick(np.array([each]), 0.04, 200)[0] for each in ramp][-1]) > ramp[-1] - 20


def test_without_size_or_time_nothing_is_smoothed() -> None:
    for step, size in ((0.0, 1.0), (-0.1, 1.0), (0.1, 0.0)):
        smooth = euro()
        smooth(np.array([1.0]), 0.1)
        assert smooth(np.array([7.0]), step, size)[0] == 7.0
