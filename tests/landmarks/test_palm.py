import numpy as np
import pytest

from chereme.landmarks.palm import Palm


def test_the_region_lies_beyond_the_palm_along_the_hand() -> None:
    keypoints = np.zeros((7, 2), np.float32)
    keypoints[2] = 30, 0  # the middle finger points to the right
    region = Palm(0.9, np.array([0, 0, 20, 10], np.float32), keypoints).region
    assert (region.x, region.y) == pytest.approx((10 + 5, 5))
    assert region.size == pytest.approx(2.6 * 20)
    assert region.rotation == pytest.approx(np.pi / 2)
