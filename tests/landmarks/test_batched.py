"""Hands of many clips at once, against the same clips one by one on another runtime."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chereme.errors import SettingsError
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks import batched
from chereme.landmarks.engine import Asking, abreast
from chereme.landmarks.hands import Clip, Hands
from chereme.types import Entry, Frames, Shot, Track

pytest.importorskip("torch")
pytestmark = pytest.mark.xdist_group("batched")  # what its tests share is made once, in one process

CLIPS = "0200301", "0800101", "0500401"


@pytest.fixture(scope="module")
def shots(drawn: Path) -> list[Shot]:
    media = [probe(drawn / "videos" / f"{id}.mp4").media for id in CLIPS]
    return [
        Shot(entry=Entry(id=id, gloss="a"), media=each, first=0, stop=min(24, each.frames))
        for id, each in zip(CLIPS, media, strict=True)
    ]


def windows(shot: Shot) -> Iterator[Frames]:
    return decode(shot, np.arange(shot.first, shot.stop, 2), window_bytes=5 * 320 * 240 * 3)


def whole(clip: Clip, shot: Shot) -> Asking[Track]:
    for window in windows(shot):
        yield from clip.see(window)
    return clip.track()


def followed(shots: list[Shot], most: int, model: Hands) -> list[Track]:
    with model.abreast() as (engine, begin):
        return list(abreast((whole(begin(shot), shot) for shot in shots), engine, most))


@pytest.fixture(scope="module")
def filled() -> Iterator[None]:
    """As on a GPU: passes of several images, filled up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(batched.BATCH, "cpu", 3)
        yield


@pytest.fixture(scope="module")
def together(filled: None, shots: list[Shot]) -> list[Track]:
    return followed(shots, len(shots), Hands(runtime="torch"))


def test_many_at_once_are_as_one_by_one_on_another_runtime(shots: list[Shot], together: list[Track]) -> None:
    with Hands(runtime="openvino").open() as follow:
        for shot, found in zip(shots, together, strict=True):
            (expected,) = follow(windows(shot))
            assert isinstance(expected, Track)
            assert found.shot == shot
            np.testing.assert_array_equal(found.index, expected.index)
            np.testing.assert_array_equal(found.seconds, expected.seconds)
            np.testing.assert_array_equal(found.score > 0, expected.score > 0)
            assert expected.score.any()
            np.testing.assert_allclose(found.points, expected.points, atol=2e-3)
            np.testing.assert_allclose(found.score, expected.score, atol=5e-3)


def test_company_changes_nothing(filled: None, shots: list[Shot], together: list[Track]) -> None:
    alone = followed(shots, 1, Hands(runtime="torch"))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.score, other.score)


def test_one_clip_at_a_time_is_the_same(filled: None, shots: list[Shot], together: list[Track]) -> None:
    with Hands(runtime="torch").open() as follow:
        (alone,) = follow(windows(shots[0]))
    assert isinstance(alone, Track)
    np.testing.assert_array_equal(alone.points, together[0].points)


def test_frames_on_their_own(shots: list[Shot]) -> None:
    (found,) = followed(shots[:1], 1, Hands(runtime="torch", static=True))
    with Hands(static=True).open() as follow:
        (expected,) = follow(windows(shots[0]))
    assert isinstance(expected, Track)
    np.testing.assert_array_equal(found.score > 0, expected.score > 0)
    np.testing.assert_allclose(found.points, expected.points, atol=2e-3)


def test_another_runtime_cannot() -> None:
    with pytest.raises(SettingsError, match="torch"), Hands().abreast():
        pass
