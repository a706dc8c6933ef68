from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.samples.appearance import remove_appearance
from chereme.samples.essential import reduce
from chereme.samples.normalize import pixels
from chereme.samples.reference import FOREARM, UPPER_ARM, hand_bones
from chereme.samples.standard import canvas, shoulder_widths
from chereme.skeleton import HOLISTIC
from chereme.types import Track
from tests.people import Build, lengths, person, unseen
from tests.samples.clips import clip

SIGNERS = [
    Build(),
    Build(upper_arm=1.2, forearm=0.85, hand=0.8, head=1.1, neck=0.9, torso=1.1),
    Build(upper_arm=0.85, forearm=1.15, hand=1.25, head=0.9, neck=1.15, torso=0.9, width=45),
    Build(upper_arm=1.05, forearm=1.05, hand=1.1, head=1.2, neck=1.0, torso=1.05, width=70, middle=(140, 130)),
    Build(upper_arm=0.9, forearm=0.9, hand=0.9, head=0.85, neck=1.1, torso=0.95, width=50),
    Build(upper_arm=1.15, forearm=1.1, hand=1.0, head=1.0, neck=0.85, torso=1.15),
]
SIGNS = [(30, 150), (45, 120), (60, 170), (20, 90), (75, 140), (10, 130), (50, 100), (35, 160)]
CHANCE = 1 / len(SIGNERS)


def signed(build: Build, sign: tuple[int, int], seed: int) -> Track:
    way = np.sin(np.linspace(0, np.pi, 24))
    return person(sign[0] * way, sign[1] * way, build, jitter=0.004, seed=seed)


def told_apart(features: npt.NDArray[np.float64], signers: list[int]) -> float:
    """Share of clips whose nearest neighbor is of the same signer."""
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.array(signers)[distance.argmin(axis=1)]
    return float((nearest == signers).mean())


def test_a_nearest_neighbor_can_no_longer_tell_signers_apart() -> None:
    signers, before, after = [], [], []
    for number, build in enumerate(SIGNERS):
        for place, sign in enumerate(SIGNS):
            track = canvas(shoulder_widths(reduce(signed(build, sign, 100 * number + place))), 512)
            signers.append(number)
            before.append(lengths(track))
            after.append(lengths(remove_appearance(track)))
    assert told_apart(np.array(before), signers) > 0.9
    # 48 clips: the standard error of a guess is 0.054.
    assert told_apart(np.array(after), signers) < CHANCE + 3 * 0.054


@given(
    upper=st.floats(0.6, 1.4), forearm=st.floats(0.6, 1.4), hand=st.floats(0.6, 1.4), head=st.floats(0.7, 1.3),
    angle=st.integers(0, 170),
)  # fmt: skip
def test_every_bone_gets_the_reference_bodys_length(
    upper: float, forearm: float, hand: float, head: float, angle: int
) -> None:
    made = remove_appearance(
        person(20, np.full(6, angle), Build(upper_arm=upper, forearm=forearm, hand=hand, head=head))
    )
    points, names = pixels(made), HOLISTIC.names
    width = np.linalg.norm(
        points[:, names.index("body.LEFT_SHOULDER"), :2] - points[:, names.index("body.RIGHT_SHOULDER"), :2], axis=1
    )
    start = HOLISTIC["right_hand"].start
    for (a, b), length in hand_bones().items():
        own = np.linalg.norm(points[:, start + b] - points[:, start + a], axis=1)
        np.testing.assert_allclose(own / width, length, rtol=1e-3)
    for one, other, length in (("SHOULDER", "ELBOW", UPPER_ARM), ("ELBOW", "WRIST", FOREARM)):
        own = points[:, names.index(f"body.LEFT_{other}")] - points[:, names.index(f"body.LEFT_{one}")]
        assert (np.linalg.norm(own, axis=1) / width >= length * 0.99).all()


def test_the_reference_body_itself_hardly_changes() -> None:
    track = person(np.full(6, 20.0), 60)
    made = remove_appearance(track)
    image = slice(0, HOLISTIC["body_world"].start)
    assert np.abs(pixels(made) - pixels(track))[:, image, :2].max() < 1.5


@pytest.mark.parametrize("build", SIGNERS[1:])
def test_hands_stay_where_they_are_said_to_be(build: Build) -> None:
    low = person(np.full(5, 10.0), 60, build)
    made = remove_appearance(low)
    where = HOLISTIC["right_hand"]
    moved = np.linalg.norm((pixels(made) - pixels(low))[:, where, :2].mean(axis=1), axis=1)
    assert moved.max() < 0.02 * build.width


def test_a_hand_at_the_head_goes_with_the_head() -> None:
    track = person(np.zeros(5), 0, Build(head=0.8, neck=1.4))
    chin = HOLISTIC.names.index("face.152")
    hand = HOLISTIC["right_hand"]
    points = track.points.copy()
    points[:, hand] += points[:, [chin]] - points[:, hand].mean(axis=1, keepdims=True)
    made = remove_appearance(replace(track, points=points))
    off = (made.points[:, hand].mean(axis=1) - made.points[:, chin]) * (320, 240, 320)
    assert np.linalg.norm(off[:, :2], axis=1).max() < 3
    assert np.abs(made.points[0, chin] - track.points[0, chin]).max() > 0.02, "the head itself moved"


def test_a_smile_stays_a_smile() -> None:
    track = person(np.zeros(10), 0)
    corner = HOLISTIC.names.index("face.61")
    points = track.points.copy()
    points[8:, corner, 1] -= 0.01
    made = remove_appearance(replace(track, points=points))
    assert made.points[9, corner, 1] - made.points[0, corner, 1] == pytest.approx(-0.01, rel=0.05)


def test_what_was_unseen_stays_unseen_and_meters_go() -> None:
    track = unseen(person(np.linspace(0, 40, 12), 60), "left_hand", slice(2, 9))
    made = remove_appearance(track)
    image = slice(0, HOLISTIC["body_world"].start)
    np.testing.assert_array_equal(made.score[:, image], track.score[:, image])
    assert not made.seen("body_world").any()


def test_an_unseen_elbow_or_head_is_no_trouble() -> None:
    track = person(np.linspace(0, 40, 12), 60)
    score, points = track.score.copy(), track.points.copy()
    for name in ("body.RIGHT_ELBOW", "body.LEFT_WRIST"):
        score[3:, HOLISTIC.names.index(name)] = 0
    score[:6, HOLISTIC["face"]] = 0
    points[score == 0] = np.nan
    made = remove_appearance(replace(track, points=points, score=score))
    lost = (made.score == 0) & (score > 0)
    assert not lost[:, : HOLISTIC["body_world"].start].any()


def test_a_person_without_shoulders_gets_the_reference_hands_at_their_own_size() -> None:
    track = clip([(100.0, 100.0)] * 5)
    made = remove_appearance(track)
    hand = pixels(made)[:, track.skeleton["right_hand"]]
    longest = {bone: np.linalg.norm(hand[0, bone[1]] - hand[0, bone[0]]) for bone in hand_bones()}
    ratios = [own / hand_bones()[bone] for bone, own in longest.items()]
    assert max(ratios) / min(ratios) < 1.001
    assert not made.seen("left_hand").any()


def test_a_track_is_left_alone() -> None:
    track = person(np.zeros(4), 30)
    before = track.points.copy()
    remove_appearance(track)
    np.testing.assert_array_equal(track.points, before)
