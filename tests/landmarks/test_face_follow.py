"""Following a face, in a world where it is known: an image says only its position, the face is where `World` has it."""

from dataclasses import dataclass, field, replace
from math import pi

import numpy as np
import pytest

from chereme.landmarks.face_detection import Head, region_of_body
from chereme.landmarks.face_follow import Follower, Following
from chereme.landmarks.face_of_body import FaceOfBody, kept
from chereme.landmarks.geometry import Region
from chereme.landmarks.mesh import Mesh, region_around
from chereme.types import Bytes, Floats

SHAPE = np.random.default_rng(1).uniform(-20, 20, (468, 3)).astype(np.float32)
SHAPE[33], SHAPE[263] = (-10, 0, 0), (10, 0, 0)
HOW = Following(presence=0.5, gap=0.25, back=4)


def points(x: float) -> Floats:
    return SHAPE + np.array([x, 100, 0], np.float32)


def head(x: float, score: float = 0.9) -> Head:
    box = np.array([x - 20, 80, x + 20, 120], np.float32)
    keypoints = np.array([[x - 10, 90], [x + 10, 90], [x, 100], [x, 110], [x - 18, 95], [x + 18, 95]], np.float32)
    return Head(score, box, keypoints)


@dataclass
class World:
    """`faces[i][t]` is where face i is at position t (NaN: nowhere); it is detected at the positions in `shown[i]`."""

    faces: list[list[float]]
    shown: list[set[int]]
    searched: list[int] = field(default_factory=list)

    def detect(self, image: Bytes, part: Region | None = None) -> list[Head]:
        t = int(image[0, 0, 0])
        self.searched.append(t)
        heads = [head(face[t], 0.9 - i / 10) for i, face in enumerate(self.faces) if t in self.shown[i]]
        return [each for each in heads if part is None or abs(each.region.x - part.x) < part.size / 2]

    def mesh(self, image: Bytes, region: Region) -> Mesh:
        t = int(image[0, 0, 0])
        near = [face[t] for face in self.faces if abs(face[t] - region.x) < 0.4 * region.size]
        return Mesh(points(near[0]), 0.9, region_around(points(near[0]))) if near else Mesh(points(0), 0.1, region)

    def run(self, how: Following = HOW, rate: float = 15.0, box: tuple[float, ...] | None = None) -> dict[int, float]:
        """Where a face was found, by position."""
        follower = Follower(self.detect, self.mesh, how, box)  # type: ignore[arg-type]
        for t in range(len(self.faces[0])):
            follower.step(np.full((200, 400, 3), t, np.uint8), t / rate)
        return {t: float(found.points[33, 0]) + 10 for t, found in sorted(follower.meshes.items())}


def still(x: float, frames: int) -> list[float]:
    return [x] * frames


def test_a_face_is_followed_where_it_is_not_detected() -> None:
    world = World([still(50, 10)], [{0}])
    assert list(world.run()) == list(range(10))
    assert world.searched == [0]


def test_a_face_is_followed_back_from_its_first_sight_and_no_further() -> None:
    world = World([still(50, 10)], [{6}])
    assert list(world.run()) == list(range(2, 10))
    assert list(world.run(replace(HOW, back=0))) == list(range(6, 10))


def test_a_lost_face_is_searched_for_in_every_frame() -> None:
    world = World([still(50, 4) + [np.nan] * 3 + still(200, 5)], [{0, 9}])
    assert world.run() == {**dict.fromkeys(range(4), 50), **dict.fromkeys(range(7, 12), 200)}
    assert world.searched == [0, 4, 5, 6, 7, 8, 9]


def test_nothing_is_followed_across_frames_far_apart() -> None:
    world = World([still(50, 6)], [{2}])
    assert list(world.run(rate=2.0)) == [2]
    assert world.searched == list(range(6))


def test_on_its_own_each_frame_needs_a_detection() -> None:
    world = World([still(50, 6)], [{2, 4}])
    assert list(world.run(replace(HOW, gap=-1.0))) == [2, 4]


def test_of_several_faces_the_one_in_the_box_is_followed() -> None:
    world = World([still(50, 5), still(300, 5)], [{0, 1, 2, 3, 4}] * 2)
    assert set(world.run(box=(250, 0, 400, 200)).values()) == {300}
    assert set(world.run(box=(0, 0, 120, 200)).values()) == {50}


def test_a_face_that_comes_back_is_the_one_that_left() -> None:
    # The other face is surer and more central, but the signer's was at 60 before.
    faces = [still(200, 10), still(60, 4) + [np.nan, np.nan] + still(60, 4)]
    world = World(faces, [set(range(4, 10)), {0, 1, 2, 3, 6, 7, 8, 9}])
    found = world.run(replace(HOW, back=0))
    assert [found[t] for t in (0, 3)] == [60, 60]


def test_the_region_before_is_kept_while_it_fits() -> None:
    found = Region(100, 100, 100, 0)
    before = Mesh(np.full((468, 3), 100, np.float32), 0.9, Region(105, 100, 110, 0.1))
    assert kept(None, found) == found
    assert kept(before, found) == before.region


@pytest.mark.parametrize(
    "region",
    [Region(111, 100, 110, 0.1), Region(100, 111, 110, 0.1), Region(105, 100, 131, 0.1), Region(105, 100, 110, 0.3)],
    ids=["moved", "sunk", "grown", "turned"],
)
def test_the_region_before_is_left_when_the_face_is_elsewhere(region: Region) -> None:
    found = Region(100, 100, 100, 0)
    assert kept(Mesh(np.full((468, 3), 100, np.float32), 0.9, region), found) == found


def test_the_region_before_is_left_when_a_point_is_near_the_new_ones_edge() -> None:
    found, region = Region(100, 100, 100, pi / 4), Region(105, 100, 110, pi / 4)
    edge = 100 + 39 * np.array([np.cos(pi / 4), np.sin(pi / 4), 0])
    places = np.full((468, 3), 100.0, np.float32)
    places[7] = edge
    assert kept(Mesh(places, 0.9, region), found) == region
    places[7] = edge + (edge - 100) * 2 / 39
    assert kept(Mesh(places, 0.9, region), found) == found


def test_the_face_of_a_body_is_searched_for_where_the_body_has_it() -> None:
    world = World([still(50, 3), still(300, 3)], [{0, 1}, {0, 1}])
    follower = FaceOfBody(world.detect, world.mesh)
    image = [np.full((200, 400, 3), t, np.uint8) for t in range(3)]
    found = [follower.step(image[t], t / 15, Region(310, 100, 120)) for t in range(3)]
    assert [each and float(each.points[33, 0]) + 10 for each in found] == [300, 300, None]


def test_a_face_of_a_body_that_the_detector_misses_is_followed_on_unless_faithful() -> None:
    world = World([still(300, 3) + [np.nan, 300]], [{0}])
    images = [np.full((200, 400, 3), t, np.uint8) for t in range(5)]
    for faithful, seen in ((True, [True] + [False] * 4), (False, [True] * 3 + [False] * 2)):
        follower = FaceOfBody(world.detect, world.mesh, faithful=faithful)
        found = [follower.step(image, t / 15, Region(310, 100, 120)) for t, image in enumerate(images)]
        assert [each is not None for each in found] == seen
    assert follower.step(images[1], 0.4, None) is None


def test_a_face_of_a_body_that_is_followed_well_is_detected_four_times_a_second_unless_faithful() -> None:
    for faithful, searched in ((True, list(range(9))), (False, [0, 4, 8])):
        world = World([still(300, 9)], [set(range(9))])
        follower = FaceOfBody(world.detect, world.mesh, faithful=faithful)
        for t in range(9):
            assert follower.step(np.full((200, 400, 3), t, np.uint8), t / 16, Region(310, 100, 120))
        assert world.searched == searched
    assert follower.step(np.full((200, 400, 3), 8, np.uint8), 9 / 16, Region(450, 100, 120)) is not None
    assert world.searched[-2:] == [8, 8], "where the body has its face elsewhere, the detector is asked at once"


def test_a_face_of_a_body_is_looked_at_until_its_region_fits_unless_faithful() -> None:
    world = World([still(300, 2)], [{0, 1}])
    looked: list[Region] = []

    def look(image: Bytes, region: Region) -> Mesh:
        looked.append(region)
        return world.mesh(image, region)

    for faithful, times in ((True, 2), (False, 4)):
        looked.clear()
        follower = FaceOfBody(world.detect, look, faithful=faithful)
        for t in range(2):
            follower.step(np.full((200, 400, 3), t, np.uint8), t / 15, Region(310, 100, 120))
        assert len(looked) == times


def test_a_body_leads_to_a_region_level_with_its_eyes() -> None:
    body = np.zeros((33, 3), np.float32)
    body[:11] = 100, 100, 0
    body[2], body[5] = (110, 110, 0), (90, 90, 0)  # left eye and right eye
    body[20] = 500, 500, 0
    region = region_of_body(body)
    assert (region.x, region.y, region.size) == pytest.approx((100, 100, 60))
    assert region.rotation == pytest.approx(pi / 4)


def test_a_detections_regions() -> None:
    plain, within = head(100).region, head(100).region_within
    assert (plain.x, plain.y, plain.size, plain.rotation) == pytest.approx((100, 100, 60, 0))
    assert (within.x, within.y, within.size, within.rotation) == pytest.approx((100, 100 - 2, 72, 0))
