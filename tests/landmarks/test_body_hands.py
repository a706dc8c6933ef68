"""Hands by way of the body: the first region, and when the region of the frame before is kept."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from chereme.landmarks.body import BODY, Body
from chereme.landmarks.body_detector import Figure
from chereme.landmarks.body_hands import kept, load, rough
from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import Hand
from chereme.landmarks.person import Follower, Following, Networks
from chereme.types import Bytes, Floats


def body(wrist: tuple[float, float], pinky: tuple[float, float], index: tuple[float, float], visible: float) -> Body:
    """A body whose left hand is known."""
    points, visibility = np.zeros((BODY, 3), np.float32), np.zeros(BODY, np.float32)
    points[[15, 17, 19], :2] = wrist, pinky, index
    visibility[15] = visible
    none = np.zeros((BODY, 3), np.float32)
    return Body(points=points, visibility=visibility, world=none, circle=none[:2], presence=1.0)


def test_the_first_region_by_hand() -> None:
    # Middle (0, -10), from the wrist 10 upward: box 20, moved up by 2, times 2.7.
    region = rough(body((0, 0), (6, -10), (-3, -10), 0.2), "left")
    assert region is not None
    assert (region.x, region.y, region.size, region.rotation) == pytest.approx((0, -12, 54, 0))
    turned = rough(body((0, 0), (10, 6), (10, -3), 0.2), "left")
    assert turned is not None
    assert (turned.x, turned.y, turned.size, turned.rotation) == pytest.approx((12, 0, 54, pi / 2), abs=1e-5)


def test_a_wrist_out_of_sight_leads_nowhere() -> None:
    assert rough(body((0, 0), (6, -10), (-3, -10), 0.1), "left") is None
    assert rough(body((0, 0), (6, -10), (-3, -10), 0.9), "right") is None


def hand(region: Region) -> Hand:
    """A hand whose points all lie in the middle of its region."""
    points = np.tile(np.array([region.x, region.y, 0], np.float32), (21, 1))
    return Hand(points, 0.9, 0.9, region)


FOUND = Region(100, 100, 50, 0.5)


@pytest.mark.parametrize(
    ("region", "stays"),
    [
        (FOUND, True),
        (FOUND.shifted(9), True),
        (FOUND.shifted(11), False),
        (replace(FOUND, size=69), True),
        (replace(FOUND, size=71), False),
        (replace(FOUND, size=29), False),
        (replace(FOUND, rotation=0.5 + 39 / 180 * pi), True),
        (replace(FOUND, rotation=0.5 - 41 / 180 * pi), False),
        (replace(FOUND, rotation=0.5 + 2 * pi), True),
    ],
)
def test_the_region_before_is_kept_while_it_fits(region: Region, stays: bool) -> None:
    assert kept(hand(region), FOUND) is (region if stays else FOUND)


def test_points_outside_the_new_region_are_lost() -> None:
    before = hand(FOUND)
    before.points[8, :2] += 24 * np.array([np.cos(0.5), np.sin(0.5)])
    assert kept(before, FOUND) == FOUND
    region = FOUND.shifted(1)
    assert kept(replace(before, region=region), FOUND) is FOUND
    before.points[8, :2] -= 3 * np.array([np.cos(0.5), np.sin(0.5)])
    assert kept(replace(before, region=region), FOUND) is region


def test_without_a_hand_before_it_is_the_found() -> None:
    assert kept(None, FOUND) is FOUND


class Fixed:
    """A runtime whose network always gives the same."""

    def __init__(self, **outputs: Floats) -> None:
        self._outputs = outputs

    def load(self, path: object, outputs: object = None) -> object:
        return lambda images: self._outputs


def test_the_network_gives_middle_and_a_point_below() -> None:
    crop = np.array([128, 128, 128, 192], np.float32).reshape(1, 1, 1, 4)
    recrop = load(Fixed(output_crop=crop))  # type: ignore[arg-type]
    region = recrop(np.zeros((60, 80, 3), np.uint8), Region(40, 30, 32))
    # A quarter of the region below its middle: 8 pixels, so a box of 16, moved up by 1.6.
    assert (region.x, region.y, region.size, region.rotation) == pytest.approx((40, 28.4, 16, 0))


@pytest.mark.parametrize(("down", "faithful", "looked"), [(0, False, True), (60, False, False), (60, True, True)])
def test_a_hand_mostly_below_the_image_is_not_looked_for_unless_faithful(
    down: float, faithful: bool, looked: bool
) -> None:
    led: list[Region] = []
    low = replace(
        body((100, 90 + down), (106, 80 + down), (97, 80 + down), 0.9),
        circle=np.array([[100, 60, 0], [100, 20, 0]], np.float32),
    )

    def recrop(image: Bytes, region: Region) -> Region:
        led.append(region)
        return region

    networks = Networks(
        detect=lambda image: [Figure(0.9, np.zeros(4, np.float32), np.zeros((4, 2), np.float32))],
        body=lambda image, region: low,
        recrop=recrop,
        hand=lambda image, regions: [replace(hand(region), presence=0.1) for region in regions],
    )
    how = Following(presence=0.5, search=0.25, gap=0.25, back=0, smooth=False, faithful=faithful)
    Follower(networks, how).step(np.zeros((120, 200, 3), np.uint8), 0.0)
    assert bool(led) is looked
