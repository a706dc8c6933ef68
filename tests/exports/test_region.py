from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chereme.errors import SettingsError
from chereme.exports.crop import Crop
from chereme.exports.crops import Crops
from chereme.exports.region import Region, hands, merit, outline, region_of
from chereme.skeleton import BODY_POINTS, FACE, HANDS, HOLISTIC, POSE, Skeleton
from chereme.types import Bytes, Reject, Track
from tests.exports.clips import sample
from tests.factories import make_media, make_shot
from tests.samples.clips import SHAPE, Place

BODY: dict[str, Place] = {
    **{"NOSE": (160, 60), "LEFT_EYE": (168, 50), "RIGHT_EYE": (152, 50)},
    **{"MOUTH_LEFT": (166, 70), "MOUTH_RIGHT": (154, 70), "LEFT_EAR": (180, 55), "RIGHT_EAR": (140, 55)},
    **{"LEFT_SHOULDER": (200, 100), "RIGHT_SHOULDER": (120, 100), "LEFT_HIP": (190, 200), "RIGHT_HIP": (130, 200)},
}
"""Of a signer who stands in an image of 320 by 240 pixels; the other points are at the nose."""
UP, DOWN = (100.0, 120.0), (100.0, 195.0)


def person(
    right: Sequence[Place], skeleton: Skeleton = HOLISTIC, scores: Sequence[float] | None = None, **seen: Any
) -> Track:
    """A signer with a right hand at each place; `body` and `face` say in which frames these are seen."""
    rows = len(right)
    points = np.full((rows, len(skeleton), 3), np.nan)
    for part in skeleton.parts:
        where = skeleton[part.name]
        if part.name in ("body", "face"):
            shown = np.array(seen.get(part.name, [True] * rows))
            places = [BODY.get(name, BODY["NOSE"]) for name in BODY_POINTS] if part.name == "body" else _face()
            points[shown, where] = [(*place, 0) for place in places if place]
        elif part.name == "right_hand":
            for row, place in enumerate(right):
                if place:
                    points[row, where] = SHAPE + (*place, 0)
    index = np.arange(rows)
    score = np.where(np.isnan(points[..., 0]), 0, np.array(scores or [0.9] * rows)[:, None])
    return Track(
        shot=replace(make_shot(frames=rows), media=make_media(frames=rows)),
        skeleton=skeleton,
        index=index,
        points=(points / (320, 240, 320)).astype(np.float32),
        score=score.astype(np.float32),
        seconds=index / 25,
        model="test",
    )


def _face() -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 468)
    return [(160 + 20 * float(np.cos(turn)), 60 + 28 * float(np.sin(turn))) for turn in turns]


def crop(track: Track, **settings: Any) -> Crop:
    frames: dict[int, Bytes] = {frame: np.full((240, 320, 3), 99, np.uint8) for frame in range(len(track.index))}
    made = Crops(**settings).prepare(sample(track), frames)
    assert isinstance(made, Crop), made
    return made


@pytest.mark.parametrize(
    ("skeleton", "asked", "found"),
    [
        (HANDS, None, "hands"),
        (FACE, None, "face"),
        (POSE, None, "face"),
        (HOLISTIC, None, "hands"),
        (HOLISTIC, "face", "face"),
        (HOLISTIC, "body", "body"),
        (POSE, "body", "body"),
    ],
)
def test_what_is_shown_is_what_is_asked_for_or_tracked(skeleton: Skeleton, asked: Region | None, found: str) -> None:
    assert region_of(skeleton, asked) == found


@pytest.mark.parametrize(
    ("skeleton", "asked", "there"),
    [(HANDS, "face", "hands"), (HANDS, "body", "hands"), (FACE, "hands", "face"), (POSE, "hands", "face, body")],
)
def test_what_is_not_tracked_is_refused_before_work_starts(skeleton: Skeleton, asked: Region, there: str) -> None:
    with pytest.raises(SettingsError, match=f"'{asked}' is not in tracks of {skeleton.name}; there it can be: {there}"):
        Crops(region=asked).check(skeleton)


def test_the_face_is_cut_around_its_points() -> None:
    x0, y0, x1, y1 = crop(person([UP] * 5), region="face", margin=0.25).box
    assert (x1 - x0, y1 - y0) == (84, 84)  # 56 high, and a quarter on each side
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((160, 60), abs=1)


def test_without_face_points_the_body_says_where_the_face_is() -> None:
    mesh = outline(person([UP]), "face")[0]
    guess = outline(person([UP], POSE), "face")[0]
    assert (guess[0] <= mesh.min(axis=0)).all()
    assert (guess[1] >= mesh.max(axis=0)).all()
    assert np.ptp(guess, axis=0) == pytest.approx([64, 64])


def test_the_body_reaches_from_above_the_head_to_the_hips() -> None:
    x0, y0, x1, y1 = crop(person([UP] * 5), region="body", margin=0).box
    assert (y0, y1) == (10, 200)  # the eyes at 50, twice their distance from the mouth above them the crown
    assert x0 < 120
    assert x1 > 200


@pytest.mark.parametrize("region", ["hands", "face", "body"])
def test_the_hands_points_are_told_wherever_they_lie(region: Region) -> None:
    made = crop(person([UP] * 5), region=region, size=100)
    assert made.points.shape == (42, 2)
    assert np.isnan(made.points[:21]).all()
    x0, y0, x1, _ = made.box
    assert made.points[21] == pytest.approx((np.array(UP) - (x0, y0)) * 100 / (x1 - x0), abs=1e-3)


def test_where_no_hands_are_tracked_there_are_none_of_their_points() -> None:
    assert crop(person([None] * 5, POSE)).points.shape == (0, 2)
    assert hands(person([None] * 5, FACE)).shape == (5, 0, 2)


def test_a_raised_hand_wins_over_one_at_rest_that_is_better_tracked() -> None:
    track = person([DOWN] * 14 + [UP] * 6, scores=[0.95] * 14 + [0.6] * 6)
    assert crop(track).frame == 15
    assert merit(track, "hands")[[0, 15]] == pytest.approx([0.95 / 4, 0.6])
    only = person([DOWN] * 20, scores=[0.5] * 10 + [0.9] * 10)
    assert crop(only).frame == 10


def test_without_a_body_a_low_hand_counts_as_much() -> None:
    track = person([DOWN, UP], HANDS)
    assert merit(track, "hands") == pytest.approx([0.9, 0.9])


def test_the_hands_choose_the_frame_of_the_face_too() -> None:
    assert crop(person([None] * 10 + [UP] * 10), region="face").frame == 10
    late = person([None] * 14 + [UP] * 6, face=[True] * 14 + [False] * 6)
    assert crop(late, region="face").frame == 10


@pytest.mark.parametrize(("region", "reason"), [("face", "no_face"), ("body", "no_body"), ("hands", "no_hands")])
def test_a_clip_that_shows_nothing_of_it_is_a_reject(region: Region, reason: str) -> None:
    track = person([None] * 10, face=[False] * 10, body=[False] * 10)
    reject = Crops(region=region).prepare(sample(track))
    assert isinstance(reject, Reject)
    assert reject.reason == reason
    assert "frames to choose from" in reject.detail
