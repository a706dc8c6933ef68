"""Following, in a world where hands are known: an image says only its position, hands are where `World` has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from chereme.landmarks.engine import OneByOne, answered
from chereme.landmarks.follow import Finder, Follower, Following, Path
from chereme.landmarks.geometry import Region, distance
from chereme.landmarks.hand import Hand, region_around
from chereme.landmarks.palm import Palm
from chereme.types import Bytes, Floats

SHAPE = np.random.default_rng(1).uniform(-20, 20, (21, 3)).astype(np.float32)
SHAPE[0], SHAPE[9] = (0, 30, 0), (0, -10, 0)
HOW = Following(presence=0.5, search=0.25, gap=0.25, back=16)


def points(x: float) -> Floats:
    return SHAPE + np.array([x, 100, 0], np.float32)


@dataclass
class World:
    """`hands[i][t]` is where hand i is at position t (NaN: nowhere); `palms[i]` are positions that show its palm."""

    hands: list[list[float]]
    palms: list[set[int]]
    detections: list[int] = field(default_factory=list)

    def detect(self, image: Bytes, region: Region | None = None) -> list[Palm]:
        t = int(image[0, 0, 0])
        self.detections.append(t)
        return [self._palm(hand[t]) for hand, seen in zip(self.hands, self.palms, strict=True) if t in seen]

    def landmarks(self, image: Bytes, regions: Sequence[Region]) -> list[Hand]:
        t = int(image[0, 0, 0])
        return [self._hand(t, region) for region in regions]

    def run(self, how: Following = HOW, rate: float = 15.0, cls: type[Finder | Follower] = Follower) -> list[Path]:
        follower, engine = cls(how), OneByOne(self.detect, self.landmarks)
        for t in range(len(self.hands[0])):
            answered(follower.step(np.full((1, 1, 3), t, np.uint8), t / rate), engine)
        return sorted(follower.paths, key=lambda path: path.first)

    def _palm(self, x: float) -> Palm:
        region = region_around(points(x))
        half = region.size / 2 / 2.6
        box = np.array([region.x - half, region.y - half, region.x + half, region.y + half], np.float32)
        keypoints = np.tile(np.array([[region.x, region.y]], np.float32), (7, 1))
        keypoints[2] += (0, -1e-3)
        return Palm(0.9, box + np.array([0, half, 0, half], np.float32), keypoints)

    def _hand(self, t: int, region: Region) -> Hand:
        places = [region_around(points(hand[t])) for hand in self.hands if not np.isnan(hand[t])]
        near = [place for place in places if distance(place, region) < 0.4 * region.size]
        if not near:
            return Hand(points(0), 0.1, 0.5, region)
        best = min(near, key=lambda place: distance(place, region))
        x = best.x - region_around(points(0)).x
        return Hand(points(x), 0.9, 0.9, best)


def still(x: float, frames: int) -> list[float]:
    return [x] * frames


def span(path: Path) -> tuple[int, int]:
    return path.first, path.last + 1


def test_a_hand_is_followed_where_no_palm_shows() -> None:
    (path,) = World([still(50, 20)], [{0}]).run()
    assert span(path) == (0, 20)


def test_a_hand_is_followed_back_from_its_first_sight() -> None:
    world = World([[np.nan] * 3 + still(50, 17)], [set(range(12, 20))])
    (path,) = world.run()
    assert span(path) == (3, 20)
    (short,) = World(world.hands, world.palms).run(Following(presence=0.5, search=0.25, gap=0.25, back=4))
    assert span(short) == (8, 20)
    (ahead,) = World(world.hands, world.palms).run(Following(presence=0.5, search=0.25, gap=0.25, back=0))
    assert ahead.first == 12


def test_a_hand_that_is_lost_on_the_way_back_is_searched_for_there() -> None:
    leaps = still(50, 10) + still(95, 10)  # further than its region tells
    world = World([leaps], [{9, *range(12, 20)}])
    (path,) = world.run()
    assert span(path) == (0, 20)
    assert world.detections.count(9) == 1
    (lost,) = World([leaps], [set(range(12, 20))]).run()
    assert span(lost) == (10, 20)
    before, after = World([leaps], [set(range(8, 20))]).run()  # what is known there is not taken for it
    assert (span(before), span(after)) == ((0, 10), (10, 20))


def test_hands_that_touch_are_two() -> None:
    paths = World([still(50, 20), still(65, 20)], [{0}, {0}]).run()
    assert [span(path) for path in paths] == [(0, 20), (0, 20)]


def test_the_image_is_searched_now_and_then_while_a_hand_may_be_missing() -> None:
    world = World([still(50, 16)], [set(range(16))])
    world.run()
    assert world.detections == [0, 4, 8, 12]


def test_nothing_is_searched_while_two_hands_are_followed() -> None:
    world = World([still(50, 16), still(250, 16)], [{0}, {0}])
    assert [span(path) for path in world.run()] == [(0, 16), (0, 16)]
    assert world.detections == [0]


def test_a_lost_hand_is_searched_for_at_once_and_joined() -> None:
    # At 8 it leaps too far to be followed, and is found by its palm; back from there it is not the one that was lost.
    leap = still(50, 8) + still(200, 8)
    paths = World([leap], [set(range(16))]).run()
    assert [span(path) for path in paths] == [(0, 8), (8, 16)]


def test_a_hand_lost_for_a_moment_is_one_path_when_the_way_back_meets_it() -> None:
    moving = [50.0 + 3 * t for t in range(16)]
    world = World([moving], [{0, 9, 10, 11}])
    seen = world.landmarks

    def blind(image: Bytes, regions: Sequence[Region]) -> list[Hand]:
        found = seen(image, regions)
        lost = [Hand(hand.points, 0.2, 0.5, hand.region) for hand in found]
        # Going forward the network misses position 8 once; looking back it sees it.
        if image[0, 0, 0] == 8 and not missed:
            missed.append(8)
            return lost
        return found

    missed: list[int] = []
    world.landmarks = blind  # type: ignore[method-assign]
    (path,) = world.run()
    assert span(path) == (0, 16)
    assert len(path.hands) == 16


def test_frames_far_apart_are_searched_anew() -> None:
    world = World([still(50, 4)], [{0, 1, 2, 3}])
    paths = world.run(rate=2.0)
    assert [span(path) for path in paths] == [(t, t + 1) for t in range(4)]
    assert world.detections == [0, 1, 2, 3]


def test_two_paths_that_meet_on_one_hand_become_one() -> None:
    # The second hand vanishes into the first: what followed it must not go on as a double.
    first = still(50, 16)
    second = [140.0 - 8 * t for t in range(8)] + [np.nan] * 8
    paths = World([first, second], [{0}, {0}]).run()
    for t in range(9, 16):
        assert sum(t in path.hands for path in paths) == 1


def test_each_frame_on_its_own_needs_a_palm_in_each() -> None:
    world = World([still(50, 6)], [{0, 3, 4}])
    assert [span(path) for path in world.run(cls=Finder)] == [(0, 1), (3, 4), (4, 5)]
    assert world.detections == list(range(6))


@pytest.mark.parametrize("threshold", [0.5, 0.95])
def test_a_hand_below_the_presence_asked_for_is_not_kept(threshold: float) -> None:
    how = Following(presence=threshold, search=0.25, gap=0.25, back=16)
    assert bool(World([still(50, 6)], [{0}]).run(how)) == (threshold < 0.9)
