from pathlib import Path

import numpy as np
import pytest

from chereme.skeleton import FACE, HANDS, SKELETONS, Part, Skeleton


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_every_skeleton_is_sound(skeleton: Skeleton) -> None:
    assert SKELETONS[skeleton.name] is skeleton
    assert len(skeleton) == len(skeleton.names) == len(set(skeleton.names))
    taken: list[int] = []
    parts = {part.name: part for part in skeleton.parts}
    for part in skeleton.parts:
        taken += range(len(skeleton))[skeleton[part.name]]
        other = parts[part.mirror]
        assert other.mirror == part.name
        assert other.points == part.points
        assert all(0 <= end < len(part.points) for edge in part.edges for end in edge)
        assert len({frozenset(edge) for edge in part.edges}) == len(part.edges)
    assert taken == list(range(len(skeleton)))
    assert all(0 <= a < len(skeleton) and 0 <= b < len(skeleton) and a != b for a, b in skeleton.edges)


def test_hands_are_mediapipes_twice() -> None:
    assert len(HANDS) == 42
    assert HANDS["left_hand"] == slice(0, 21)
    assert HANDS["right_hand"] == slice(21, 42)
    assert HANDS.names[8] == "left_hand.INDEX_FINGER_TIP"
    assert HANDS.names[21] == "right_hand.WRIST"


def test_every_point_of_a_hand_hangs_together() -> None:
    reached, waiting = {0}, [0]
    while waiting:
        point = waiting.pop()
        near = {b if a == point else a for a, b in HANDS.parts[0].edges if point in (a, b)}
        waiting += near - reached
        reached |= near
    assert reached == set(range(21))
    assert len(HANDS.edges) == 2 * 21  # MediaPipe's HAND_CONNECTIONS has 21 lines
    assert {(0, 1), (19, 20), (21, 22), (40, 41)} <= set(HANDS.edges)


def test_an_unknown_part_is_named_beside_the_known() -> None:
    with pytest.raises(KeyError, match="hands has no part 'tail'; it has left_hand, right_hand"):
        HANDS["tail"]


def test_edges_are_counted_through_the_parts() -> None:
    one = Part(name="one", points=("A", "B"), edges=((0, 1),), mirror="one")
    two = Part(name="two", points=("A", "B", "C"), edges=((0, 2),), mirror="two")
    assert Skeleton("pair", (one, two)).edges == ((0, 1), (2, 4))


def order(part: Part) -> list[int]:
    """Where each point of a part lies when the image is flipped."""
    places = list(range(len(part.points)))
    for a, b in part.swaps:
        places[a], places[b] = b, a
    return places


@pytest.mark.parametrize("part", [part for each in SKELETONS.values() for part in each.parts], ids=lambda p: p.name)
def test_flipping_twice_changes_nothing(part: Part) -> None:
    taken = [point for pair in part.swaps for point in pair]
    assert len(set(taken)) == len(taken)
    assert (part.swaps == ()) == (part.mirror != part.name)
    flipped = order(part)
    assert [flipped[place] for place in flipped] == list(range(len(part.points)))


def test_the_faces_lines_are_their_own_mirror_image() -> None:
    (face,) = FACE.parts
    flipped = order(face)
    lines = {frozenset(edge) for edge in face.edges}
    assert len(lines) == 124  # MediaPipe's FACEMESH_CONTOURS
    assert {frozenset(flipped[end] for end in line) for line in lines} == lines
    assert sum(flipped[i] == i for i in range(468)) == 28
    assert (flipped[33], flipped[61], flipped[10]) == (263, 291, 10)


def test_a_face_lies_on_its_mirror_image() -> None:
    """Mirrored, its points swapped, and turned back as a whole, a face nearly lies on itself."""
    with np.load(Path(__file__).parent / "landmarks" / "mediapipe_face.npz", allow_pickle=False) as known:
        face = known["static"].astype(np.float64) * (320, 240, 320)
    for points in face - face.mean(axis=1, keepdims=True):
        flipped = (points * (-1, 1, 1))[order(FACE.parts[0])]
        left, _, right = np.linalg.svd(flipped.T @ points)
        turned = flipped @ left @ right
        assert np.linalg.norm(turned - points, axis=1).max() < 0.1 * np.ptp(points[:, 0])
        assert np.linalg.norm(turned - points, axis=1).mean() < 0.03 * np.ptp(points[:, 0])
