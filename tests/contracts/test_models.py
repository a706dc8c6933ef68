"""What every landmark model owes its caller."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.contracts import Follow, LandmarkModel, Streaming
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.plugins import TABLES, load
from chereme.types import Entry, Frames, Shot, Track

pytestmark = pytest.mark.xdist_group("models")  # what its tests share is made once, in one process

NAMES = list(TABLES["models"])
WINDOW = 320 * 240 * 3
CLIPS = "0200301", "0800101"


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest) -> LandmarkModel:
    spec: LandmarkModel = load("models", request.param)()
    return spec


@pytest.fixture(scope="module")
def follow(model: LandmarkModel) -> Iterator[Follow]:
    with model.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def shots(drawn: Path) -> list[Shot]:
    media = [probe(drawn / "videos" / f"{id}.mp4").media for id in CLIPS]
    return [
        Shot(entry=Entry(id=id, gloss="a"), media=each, first=0, stop=each.frames)
        for id, each in zip(CLIPS, media, strict=True)
    ]


def windows(shots: list[Shot], frames: int = 1000, stride: int = 2) -> Iterator[Frames]:
    for shot in shots:
        yield from decode(shot, np.arange(shot.first, shot.stop, stride), window_bytes=frames * WINDOW)


def blank(shots: list[Shot]) -> Iterator[Frames]:
    for each in windows(shots, stride=8):
        yield replace(each, pixels=np.zeros_like(each.pixels))


@pytest.fixture(scope="module")
def tracks(follow: Follow, shots: list[Shot]) -> list[Track]:
    found = list(follow(windows(shots)))
    assert all(isinstance(each, Track) for each in found)
    return [each for each in found if isinstance(each, Track)]


def test_each_shot_has_one_track_in_order(model: LandmarkModel, tracks: list[Track], shots: list[Shot]) -> None:
    assert [track.shot for track in tracks] == shots
    for track, shot in zip(tracks, shots, strict=True):
        np.testing.assert_array_equal(track.index, np.arange(shot.first, shot.stop, 2))
        assert track.skeleton == model.skeleton
        assert track.model == model.fingerprint()


def test_something_is_seen_and_lies_in_the_image(tracks: list[Track]) -> None:
    for track in tracks:
        seen = track.score > 0
        assert seen.any()
        assert (track.score <= 1).all()
        np.testing.assert_array_equal(np.isnan(track.points).any(axis=2), ~seen)
        sure = track.score >= 0.5  # a body's points that are hidden, or beyond the image, are guesses
        for part in track.skeleton.parts:
            if part.unit == "image":
                where = track.skeleton[part.name]
                assert (np.abs(track.points[:, where][sure[:, where]][:, :2] - 0.5) < 1).all()


@pytest.mark.parametrize("frames", [1, 5])
def test_windows_change_nothing(follow: Follow, tracks: list[Track], shots: list[Shot], frames: int) -> None:
    for found, expected in zip(follow(windows(shots, frames)), tracks, strict=True):
        assert isinstance(found, Track)
        np.testing.assert_array_equal(found.points, expected.points)
        np.testing.assert_array_equal(found.score, expected.score)
        np.testing.assert_array_equal(found.seconds, expected.seconds)


def test_shots_do_not_touch(follow: Follow, tracks: list[Track], shots: list[Shot]) -> None:
    for found, expected in zip(follow(windows(shots[::-1])), tracks[::-1], strict=True):
        assert isinstance(found, Track)
        np.testing.assert_array_equal(found.points, expected.points)


def test_a_shot_without_anybody_has_an_empty_track(follow: Follow, shots: list[Shot]) -> None:
    (track,) = follow(blank(shots[:1]))
    assert isinstance(track, Track)
    assert not track.score.any()
    assert np.isnan(track.points).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_fingerprint_tells_settings_apart(name: str) -> None:
    spec: Any = load("models", name)
    plain = spec()
    assert plain.fingerprint() == spec().fingerprint()
    others = {
        field.name: replace(plain, **{field.name: changed(getattr(plain, field.name))})
        for field in fields(spec)
        if not isinstance(getattr(plain, field.name), str)
    }
    prints = [plain.fingerprint(), *(other.fingerprint() for other in others.values())]
    assert len(others) > 0
    assert len(set(prints)) == len(prints)


def changed(value: Any) -> Any:
    return not value if isinstance(value, bool) else value / 2 if isinstance(value, float) else value + 1


def test_seen_frame_by_frame_it_is_the_same_track(model: LandmarkModel, tracks: list[Track], shots: list[Shot]) -> None:
    """Where a model follows streams: asked meanwhile and made to forget, the rows that stay are those of the clip."""
    if not isinstance(model, Streaming):
        pytest.skip("follows whole clips alone")
    with model.stream() as begin:
        for shot, expected in zip(shots, tracks, strict=True):
            whole, short = begin(shot), begin(shot)
            for number, window in enumerate(windows([shot], frames=1)):
                for each in (whole, short):
                    each.see(window)
                    assert len(each.track().index) == len(each.track().score)
                if number in (6, 9):
                    short.forget(3)
            np.testing.assert_array_equal(whole.track().points, expected.points)
            np.testing.assert_array_equal(whole.track().score, expected.score)
            np.testing.assert_array_equal(short.track().index, expected.index[6:])
            np.testing.assert_array_equal(short.track().points, expected.points[6:])
            np.testing.assert_array_equal(short.track().seconds, expected.seconds[6:])
