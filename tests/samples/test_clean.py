from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from chereme.errors import Rejected, SettingsError
from chereme.samples.clean import Clean, confidence
from chereme.skeleton import HOLISTIC, POSE
from chereme.types import Track
from tests.people import person, unseen
from tests.samples.clips import clip

NOTHING = Clean(
    min_confidence=0, min_frames=0, trim=False, reduce=False, fill_gap=0, smooth_window=0, normalize=False, size=0,
    anonymous=False, fps=0,
)  # fmt: skip


def raised() -> Track:
    way = np.interp(np.arange(60), [0, 15, 22, 38, 45, 60], [0, 0, 1, 1, 0, 0])
    return unseen(person(20 * way, 140 * way, fps=30), "right_hand", slice(28, 31))


def test_with_every_step_left_out_nothing_changes() -> None:
    track = raised()
    assert NOTHING.clean(track) is track


def test_all_steps() -> None:
    made = Clean().clean(raised())
    assert len(made.skeleton) == 178
    media = made.shot.media
    assert (media.width, media.height, media.fps, media.frames) == (512, 512, 25, len(made.index))
    assert 24 <= len(made.index) <= 34
    assert made.seen("right_hand").all(), "the gap is filled"


STEPS: dict[str, tuple[dict[str, Any], Callable[[Track], bool]]] = {
    "trim": ({"trim": True}, lambda t: len(t.index) < 60),
    "reduce": ({"reduce": True}, lambda t: len(t.skeleton) == 178),
    "fill": ({"fill_gap": 0.3}, lambda t: bool(t.seen("right_hand").all())),
    "smooth": ({"smooth_window": 7}, lambda t: bool(np.abs(t.points - raised().points)[:20].max() > 0)),
    "normalize": ({"normalize": True}, lambda t: t.shot.media.width == 1),
    "size": ({"normalize": True, "size": 256}, lambda t: t.shot.media.height == 256),
    "anonymous": ({"anonymous": True}, lambda t: not t.seen("body_world").any()),
    "rate": ({"fps": 15}, lambda t: len(t.index) == 30),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_on_its_own(step: str) -> None:
    settings, done = STEPS[step]
    assert not done(raised()), "nothing to do"
    assert done(replace(NOTHING, **settings).clean(raised()))


def test_too_short_and_too_faint_are_rejected_with_their_reasons() -> None:
    with pytest.raises(Rejected, match="too_few_frames"):
        Clean().clean(person(np.zeros(9), 0))
    with pytest.raises(Rejected, match="low_confidence"):
        Clean().clean(person(np.zeros(30), 0, score=0.2))
    with pytest.raises(Rejected, match="no_body"):
        Clean().clean(unseen(person(np.zeros(30), 0), "body", slice(None)))


def test_confidence_counts_the_unseen() -> None:
    track = person(np.zeros(10), 0, score=0.8)
    assert confidence(track) == pytest.approx(0.8)
    lost = unseen(track, "face", slice(0, 5))
    assert confidence(lost) == pytest.approx(0.8 * (1 - 0.5 * 128 / 178))
    legs = track.score.copy()
    legs[:, HOLISTIC.names.index("body.LEFT_KNEE")] = 0.01
    assert confidence(replace(track, score=legs)) == pytest.approx(0.8), "legs do not count"


def test_hands_alone_can_be_cleaned() -> None:
    lap, chest = (150.0, 220.0), (150.0, 100.0)
    made = Clean(min_confidence=0.2).clean(clip([lap] * 10 + [chest] * 20 + [lap] * 10, fps=30))
    assert [part.name for part in made.skeleton.parts] == ["left_hand", "right_hand"]
    assert made.shot.media.fps == 25
    assert made.shot.media.width == 512


def test_a_body_alone_can_be_cleaned() -> None:
    whole = raised()
    columns = np.r_[0:33, 543:576]
    body = replace(whole, skeleton=POSE, points=whole.points[:, columns], score=whole.score[:, columns])
    made = Clean().clean(body)
    assert [part.name for part in made.skeleton.parts] == ["body"]
    assert 24 <= len(made.index) <= 34


BAD = (
    {"min_confidence": 1.5}, {"min_confidence": -0.1}, {"smooth_window": 4}, {"smooth_window": 3}, {"fps": -1},
    {"fps": float("nan")}, {"fps": float("inf")}, {"size": -1}, {"size": 70000}, {"min_frames": -1}, {"fill_gap": -1},
)  # fmt: skip


@pytest.mark.parametrize("settings", BAD, ids=str)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    (name,) = settings
    assert name in {field.name for field in fields(Clean)}
    with pytest.raises(SettingsError, match=name.replace("_", "-")):
        Clean(**settings)  # type: ignore[arg-type]
