"""Cuts on a device against those of OpenCV."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.landmarks.geometry import Region, cut
from chereme.landmarks.warp import cuts

torch = pytest.importorskip("torch")

SIDE = 24
REGIONS = st.builds(
    Region, st.floats(-40, 120), st.floats(-40, 120), st.floats(1, 300), st.floats(-np.pi, np.pi, exclude_max=True)
)


@given(regions=st.lists(REGIONS, min_size=1, max_size=4), black=st.booleans(), seed=st.integers(0, 99))
def test_cuts_are_opencvs(regions: list[Region], black: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = [(1, 1), (17, 40), (64, 48), (33, 90)]
    images = [random.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    given = [torch.from_numpy(image) for image in images]
    found = cuts([given[i] for i in range(len(regions))], regions, SIDE, black=black).numpy()
    expected = np.stack([cut(images[i], region, SIDE, black=black) for i, region in enumerate(regions)])
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() <= 1
    # Where a pixel or two are enlarged from whole numbers, many values lie halfway between two.
    not_enlarged = [region.size >= SIDE for region in regions]
    assert (found != expected)[not_enlarged].sum() <= 0.005 * SIDE * SIDE * 3 * sum(not_enlarged)
    fine = cuts([given[i] for i in range(len(regions))], regions, SIDE, black=black, exact=True).numpy()
    exact = [cut(images[i], region, SIDE, black=black, exact=True) for i, region in enumerate(regions)]
    np.testing.assert_array_equal(fine, np.stack(exact))


def test_an_image_may_be_cut_many_times() -> None:
    image = torch.arange(20 * 30 * 3, dtype=torch.int64).remainder(256).to(torch.uint8).reshape(20, 30, 3)
    regions = [Region(15, 10, 20, turn) for turn in (0.0, 1.0, 2.0)]
    together = cuts([image] * 3, regions, 16)
    for one, region in zip(together, regions, strict=True):
        assert torch.equal(one, cuts([image], [region], 16)[0])
