from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.skeleton import HANDS
from chereme.types import REASONS, SPLITS, Entry, Frames, Media, Quality, Reject, Sample, Shot, Span, Track, Vocabulary

MEDIA = Media(path=Path("a.mp4"), bytes=1000, width=320, height=240, fps=25.0, frames=50, seconds=2.0, whole=False)
SHOT = Shot(entry=Entry(id="1", gloss="book"), media=MEDIA, first=0, stop=50)
nan, infinite = float("nan"), float("inf")


def frames(**changes: Any) -> Frames:
    fields: dict[str, Any] = {
        "shot": SHOT,
        "index": np.arange(3),
        "pixels": np.zeros((3, 240, 320, 3), np.uint8),
        "seconds": np.arange(3) / 25,
    }
    return Frames(**fields | changes)


def track(**changes: Any) -> Track:
    fields: dict[str, Any] = {
        "shot": SHOT,
        "skeleton": HANDS,
        "index": np.arange(3),
        "points": np.full((3, 42, 3), 0.5, np.float32),
        "score": np.ones((3, 42), np.float32),
        "seconds": np.arange(3) / 25,
        "model": "none",
    }
    return Track(**fields | changes)


@pytest.mark.parametrize(
    "fields",
    [
        {"start": -1},
        {"start": 3, "stop": 3},
        {"start": 3, "stop": 2},
        {"start": nan},
        {"stop": nan},
        {"start": infinite},
    ],
)
def test_a_span_runs_forward(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a span must run forward from 0 or later"):
        Span(**fields)


@pytest.mark.parametrize("rate", [0, -25, nan, infinite])
def test_a_span_has_a_rate_that_time_can_be_made_of(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be above 0"):
        Span(rate=rate)


def test_a_span_knows_whether_it_is_the_whole_file() -> None:
    assert Span().whole
    assert Span(rate=25).whole
    assert not Span(start=1).whole
    assert not Span(stop=9).whole


@pytest.mark.parametrize(("first", "stop"), [(-1, 5), (5, 5), (6, 5), (0, 51)])
def test_a_shot_lies_in_its_file(first: int, stop: int) -> None:
    with pytest.raises(ValueError, match="do not lie in a file of 50 frames"):
        Shot(entry=SHOT.entry, media=MEDIA, first=first, stop=stop)


def test_a_shots_key_tells_spans_and_files_apart_but_not_folders() -> None:
    others = [
        replace(SHOT, entry=Entry(id="2", gloss="book")),
        replace(SHOT, first=1),
        replace(SHOT, stop=49),
        replace(SHOT, media=replace(MEDIA, bytes=999)),
        replace(SHOT, media=replace(MEDIA, frames=51)),
        replace(SHOT, media=replace(MEDIA, width=321)),
        replace(SHOT, media=replace(MEDIA, height=241)),
    ]
    assert len({SHOT.key, *(other.key for other in others)}) == 1 + len(others)
    assert replace(SHOT, media=replace(MEDIA, path=Path("elsewhere/a.mp4"))).key == SHOT.key
    assert replace(SHOT, entry=Entry(id="1", gloss="other", split="val")).key == SHOT.key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pixels": np.zeros((2, 240, 320, 3), np.uint8)}, r"pixels must be uint8 \(3, height, width, 3\)"),
        ({"pixels": np.zeros((3, 240, 320, 4), np.uint8)}, r"not uint8 \(3, 240, 320, 4\)"),
        ({"pixels": np.zeros((3, 240, 320), np.uint8)}, r"not uint8 \(3, 240, 320\)"),
        ({"pixels": np.zeros((3, 240, 320, 3), np.float32)}, "not float32"),
        ({"seconds": np.zeros(2)}, r"seconds must be \(3,\)"),
    ],
)
def test_frames_check_their_shapes(changes: dict[str, Any], message: str) -> None:
    assert frames().pixels.shape == (3, 240, 320, 3)
    with pytest.raises(ValueError, match=message):
        frames(**changes)


def unseen(points: bool, score: bool) -> dict[str, Any]:
    """A track whose second frame lacks point 7, said by its points, its score, both or neither."""
    fields = {"points": np.full((3, 42, 3), 0.5, np.float32), "score": np.ones((3, 42), np.float32)}
    if points:
        fields["points"][1, 7] = nan
    if score:
        fields["score"][1, 7] = 0
    return fields


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"points": np.zeros((3, 21, 3), np.float32)},
            r"points of hands must be \(3, 42, 3\), not float32",
        ),
        ({"score": np.ones((2, 42), np.float32)}, r"score of hands must be \(3, 42\)"),
        ({"seconds": np.zeros(4)}, r"seconds of hands must be \(3,\)"),
        ({"index": np.array([0, 2, 2])}, "index must rise"),
        (unseen(points=True, score=False), "NaN where its score is 0, and only there"),
        ({"points": np.full((3, 42, 3), (nan, 0.5, 0.5), np.float32)}, "NaN where its score is 0, and only there"),
        (unseen(points=False, score=True), "NaN where its score is 0, and only there"),
    ],
)
def test_a_track_checks_itself(changes: dict[str, Any], message: str) -> None:
    assert len(track().points) == 3
    with pytest.raises(ValueError, match=message):
        track(**changes)


def test_a_track_says_when_a_part_was_seen() -> None:
    fields = unseen(points=True, score=True)
    fields["points"][2, HANDS["left_hand"]] = nan
    fields["score"][2, HANDS["left_hand"]] = 0
    assert track(**fields).seen("left_hand").tolist() == [True, True, False]
    assert track(**fields).seen("right_hand").tolist() == [True, True, True]


def test_a_sample_knows_what_was_signed() -> None:
    quality = Quality(
        frames=3, seen={"left_hand": 1.0}, any_hand=1.0, longest_gap=0.0, jitter=0.0, hand_px=40.0, score=1.0
    )
    assert Sample(track=track(), label=0, quality=quality).entry.gloss == "book"


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_explained(reason: str) -> None:
    assert Reject(id="1", stage="extract", reason=reason).reason == reason
    assert REASONS[reason]
    assert reason.replace("_", "").isalpha()


def test_a_reason_of_ones_own_is_refused() -> None:
    with pytest.raises(ValueError, match="'bad_luck' is not among the reasons missing_file"):
        Reject(id="1", stage="extract", reason="bad_luck")


def test_a_vocabulary_numbers_its_glosses() -> None:
    vocabulary = Vocabulary(("book", "don't want", "a"))
    assert [vocabulary.index(gloss) for gloss in vocabulary.glosses] == [0, 1, 2]
    assert len(vocabulary) == 3
    assert "a" in vocabulary
    assert "b" not in vocabulary
    with pytest.raises(KeyError, match="drink"):
        vocabulary.index("drink")
    with pytest.raises(ValueError, match="each gloss once"):
        Vocabulary(("book", "book"))


def test_values_are_frozen() -> None:
    assert SPLITS == ("train", "val", "test")
    with pytest.raises(FrozenInstanceError):
        SHOT.entry.gloss = "drink"  # type: ignore[misc]
