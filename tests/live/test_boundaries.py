"""Signs begin when hands move or rise, and end when they rest or leave."""

from dataclasses import replace

import numpy as np
import pytest

from chereme.live.boundaries import stretches, top
from chereme.live.settings import Live
from chereme.skeleton import FACE, HANDS
from chereme.types import Track
from tests.factories import make_shot, make_still

FPS = 25
SIZE = 0.1
"""From wrist to middle finger, shares of the image's height."""


def raised(heights: list[float | None]) -> Track:
    """A right hand whose wrist is at these heights, shares of the image from its top; None: not seen."""
    hand = np.zeros((21, 3))
    hand[9, 1] = -SIZE
    points = np.full((len(heights), len(HANDS), 3), np.nan, np.float32)
    for row, height in enumerate(heights):
        if height is not None:
            points[row, HANDS["right_hand"]] = hand + (0.5, height, 0)
    return Track(
        shot=make_shot(frames=len(heights)),
        skeleton=HANDS,
        index=np.arange(len(heights)),
        points=points,
        score=(~np.isnan(points[..., 0])).astype(np.float32),
        seconds=np.arange(len(heights)) / FPS,
        model="test",
    )


def path(*steps: tuple[float, float | None]) -> list[float | None]:
    """Heights reached after so many seconds each, evenly; a step to None, or from it, is at once."""
    heights: list[float | None] = []
    for seconds, goal in steps:
        count, last = round(seconds * FPS), heights[-1] if heights else goal
        if goal is None or last is None:
            heights += [goal] * count
        else:
            heights += np.linspace(last, goal, count + 1)[1:].tolist()
    return heights


REST, HIGH = 0.9, 0.4


def test_a_sign_between_rests() -> None:
    track = raised(path((1, REST), (0.3, HIGH), (0.5, HIGH), (0.3, REST), (1, REST)))
    (sign,) = stretches(track, Live())
    assert sign.start == pytest.approx(1.0, abs=0.1)
    assert sign.stop == pytest.approx(2.1, abs=0.1)
    assert sign.over


def test_a_sign_of_hands_that_come_and_go() -> None:
    up = ((0.3, HIGH), (0.6, 0.6))
    track = raised(path((0.5, None), *up, (0.6, None), *up, (0.2, None)))
    first, second = stretches(track, Live(pause=0.3))
    assert first.over
    assert not second.over
    assert len(stretches(track, Live(pause=0.8))) == 1


def test_a_rest_within_a_sign_is_part_of_it() -> None:
    wave = [HIGH + 0.05 * np.sin(t / 2) for t in range(20)]
    assert len(stretches(raised([*wave, *([None] * 5), *wave, *([None] * 20)]), Live())) == 1


def test_hands_that_never_move_are_no_sign() -> None:
    assert stretches(raised(path((3, REST))), Live()) == []


def test_hands_that_stay_high_rest_after_a_while() -> None:
    (sign,) = stretches(raised(path((0.5, REST), (0.3, HIGH), (4, HIGH))), Live(hold=1.0))
    assert sign.over
    assert sign.stop == pytest.approx(1.8, abs=0.15)


def test_what_is_low_is_known_from_before() -> None:
    """Hands before the belly are low for one who just had them at the face."""
    track = raised(path((0.1, 0.8), (0.2, 0.7), (0.2, 0.8), (1, 0.8)))
    how = Live(hold=5)
    assert not stretches(track, how)[0].over
    assert stretches(track, how, highest=0.2 * 240)[0].over


def test_a_twitch_is_no_sign() -> None:
    track = raised(path((1, REST), (0.08, REST - 0.03), (0.08, REST), (1, REST)))
    assert stretches(track, Live(shortest=0.5), highest=0.0) == []


def test_without_hands_there_are_no_signs() -> None:
    assert stretches(make_still(FACE), Live()) == []
    assert top(make_still(FACE)) == np.inf
    blank = raised([None] * 10)
    assert stretches(blank, Live()) == []
    assert top(blank) == np.inf
    empty = replace(blank, index=blank.index[:0], points=blank.points[:0], score=blank.score[:0], seconds=np.zeros(0))
    assert stretches(empty, Live()) == []


def test_the_highest_wrist_is_in_pixels() -> None:
    assert top(raised([0.9, 0.5, None])) == pytest.approx(0.5 * 240)
