"""Smoothing as frames come: MediaPipe's one-euro and low-pass filters, over whole arrays at once.

The one-euro filter is that of Casiez, Roussel and Vogel, "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy
Input in Interactive Systems" (CHI 2012), in the form of google-ai-edge/mediapipe,
mediapipe/util/filtering/one_euro_filter.cc: speed is measured between raw values, in sizes of the object.
"""

from math import pi

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


class LowPass:
    """Each value mixed with what came out before; the first comes out as it is."""

    def __init__(self, share: float) -> None:
        """`share` of a new value counts, 0..1."""
        self._share = share
        self._last: Doubles | None = None

    def __call__(self, values: npt.NDArray[np.floating]) -> Doubles:
        """The next values, smoothed; any shape, but always the same."""
        new = values.astype(np.float64)
        self._last = new if self._last is None else self._share * new + (1 - self._share) * self._last
        return self._last


class OneEuro:
    """A low-pass filter that opens with speed: calm points do not tremble, quick ones do not lag."""

    def __init__(self, *, cutoff: float, beta: float, speed_cutoff: float = 1.0) -> None:
        """`cutoff` in hertz at rest, `beta` hertz more for each size of the object a second; speed's own cutoff."""
        self._cutoff, self._beta, self._speed_cutoff = cutoff, beta, speed_cutoff
        self._raw: Doubles | None = None
        self._last = self._speed = np.zeros(0)

    def __call__(self, values: npt.NDArray[np.floating], step: float, size: float = 1.0) -> Doubles:
        """The next values, `step` seconds after the last, smoothed; the first come out as they are.

        `size` is that of the object, in the unit of the values; an object without size is not smoothed.
        """
        new = values.astype(np.float64)
        if self._raw is None:
            self._raw = self._last = new
            self._speed = np.zeros_like(new)
            return new
        if size < _SMALLEST or step <= 0:
            return new
        speed = (new - self._raw) / (size * step)
        self._speed = self._speed + _share(self._speed_cutoff, step) * (speed - self._speed)
        share = _share(self._cutoff + self._beta * np.abs(self._speed), step)
        self._raw = new
        self._last = self._last + share * (new - self._last)
        return self._last


_SMALLEST = 1e-6
"""Objects smaller than this, in the unit of the values, are not smoothed (MediaPipe's min_allowed_object_scale)."""


def _share(cutoff: Doubles | float, step: float) -> Doubles:
    """How much of a new value passes at a cutoff in hertz, `step` seconds after the last."""
    return np.asarray(1 / (1 + 1 / (2 * pi * np.asarray(cutoff) * step)))
