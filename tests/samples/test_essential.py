import json
from pathlib import Path

import numpy as np

from chereme.samples.essential import BODY, CONTOURS, reduce
from chereme.skeleton import HANDS, HOLISTIC
from tests.factories import make_track
from tests.people import person


def test_178_points() -> None:
    track = person(np.zeros(3), 0)
    small = reduce(track)
    assert [(part.name, len(part.points)) for part in small.skeleton.parts] == [
        ("body", 8), ("face", 128), ("left_hand", 21), ("right_hand", 21),
    ]  # fmt: skip
    assert small.skeleton.parts[0].points == BODY
    for name in ("body.RIGHT_ELBOW", "face.10", "face.466", "left_hand.PINKY_TIP"):
        np.testing.assert_array_equal(
            small.points[:, small.skeleton.names.index(name)], track.points[:, HOLISTIC.names.index(name)]
        )


def test_edges_join_the_same_points() -> None:
    small = reduce(person(np.zeros(1), 0)).skeleton
    ours = {frozenset((small.names[a], small.names[b])) for a, b in small.edges}
    theirs = {frozenset((HOLISTIC.names[a], HOLISTIC.names[b])) for a, b in HOLISTIC.edges}
    assert ours <= theirs
    assert frozenset(("body.LEFT_SHOULDER", "body.LEFT_ELBOW")) in ours


def test_hands_alone_stay_as_they_are() -> None:
    track = make_track()
    small = reduce(track)
    assert small.skeleton.parts == HANDS.parts
    np.testing.assert_array_equal(small.points, track.points)


def test_reducing_twice_is_reducing_once() -> None:
    once = reduce(person(np.zeros(2), 0))
    np.testing.assert_array_equal(reduce(once).points, once.points)


def test_the_face_contours_are_those_of_mediapipe(shared_data: Path) -> None:
    known = json.loads((shared_data / "pose/face_contours.json").read_text("utf-8"))
    assert list(map(str, CONTOURS)) == known
