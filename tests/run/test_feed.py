"""The executor `gpu`, with its networks on a CPU: what comes of a run is what comes of any other."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.contracts import Follow
from chereme.errors import SettingsError, WorkersError
from chereme.frames.probe import probe
from chereme.landmarks.engine import Asking, Search
from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.run import feed
from chereme.run.feed import Feed
from chereme.run.jobs import Extract
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.skeleton import HANDS, Skeleton
from chereme.store import Outcome
from chereme.types import Entry, Frames, Reject, Shot, Track
from tests.run.conftest import digests

PLAN = FramePlan((Every(stride=3),))


@dataclass(frozen=True)
class Sums:
    """A model whose points are sums of pixels, which an engine is asked for; a bright image does harm."""

    deadly: str = ""
    bad: str = ""

    @property
    def skeleton(self) -> Skeleton:
        return HANDS

    def fingerprint(self) -> str:
        return "sums"

    def fetch(self) -> None:
        pass

    def open(self, device: str = "cpu") -> Any:
        raise AssertionError("networks belong into the process that has them")

    @contextmanager
    def abreast(self, device: str = "cpu") -> Iterator[tuple[Any, Callable[[Shot], Any]]]:
        if device != "cpu":
            raise SettingsError(f"no device {device}")
        yield Summing(), lambda shot: Summed(self, shot)


class Summing:
    def take(self, pixels: Any) -> Any:
        return pixels.copy()

    def answer(self, questions: Any) -> list[Any]:
        return [float(asked.image.mean(dtype=np.float64)) for asked in questions]


class Summed:
    def __init__(self, model: Sums, shot: Shot) -> None:
        self._model, self._shot = model, shot
        self._windows: list[Frames] = []
        self._means: list[float] = []

    def see(self, window: Frames) -> Asking[None]:
        self._windows.append(replace(window, pixels=window.pixels[:, :1, :1]))
        if self._shot.entry.id == self._model.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._shot.entry.id == self._model.bad:
            raise ValueError("a bad clip")
        for image in Summing().take(window.pixels):
            self._means.append((yield Search(image)))

    def track(self) -> Track:
        frames = len(self._means)
        points = np.repeat(np.array(self._means, np.float32), len(HANDS) * 3).reshape(frames, len(HANDS), 3)
        return Track(
            shot=self._shot,
            skeleton=HANDS,
            index=np.concatenate([window.index for window in self._windows]),
            points=points,
            score=np.ones((frames, len(HANDS)), np.float32),
            seconds=np.concatenate([window.seconds for window in self._windows]),
            model="sums",
        )


@pytest.fixture(scope="module")
def shots(drawn: Path) -> list[Shot]:
    found = []
    for path in sorted((drawn / "videos").glob("*.mp4"))[:6]:
        media = probe(path).media
        found.append(Shot(entry=Entry(id=path.stem, gloss="a"), media=media, first=0, stop=media.frames))
    return found


def broken(shot: Shot, folder: Path) -> Shot:
    """The same under another id, of a file that is none."""
    path = folder / "broken.mp4"
    path.write_bytes(b"nothing")
    return replace(shot, entry=replace(shot.entry, id="broken"), media=replace(shot.media, path=path))


def job(model: Any, device: str = "cpu") -> Extract:
    return Extract(model=model, plan=PLAN, device=device)


def followed(model: Any, shots: list[Shot], networks: int = 1) -> dict[str, Outcome]:
    with Feed(workers=3, networks=networks).open() as run:
        return {outcome.shot.entry.id: outcome for outcome in run(job(model), shots)}


@pytest.mark.parametrize("networks", [1, 2])
def test_every_clip_gets_its_own_pixels(shots: list[Shot], tmp_path: Path, networks: int) -> None:
    from chereme.frames.decode import decode

    found = followed(Sums(), [*shots[:2], broken(shots[0], tmp_path), *shots[2:]], networks)
    result = found.pop("broken").result
    assert isinstance(result, Reject)
    assert result.stage == "extract"
    assert sorted(found) == [shot.entry.id for shot in shots]
    for shot in shots:
        windows = list(decode(shot, PLAN.frames(shot.first, shot.stop)))
        track = found[shot.entry.id].result
        assert isinstance(track, Track)
        assert track.shot == shot
        means = [float(image.mean(dtype=np.float64)) for window in windows for image in window.pixels]
        np.testing.assert_allclose(track.points[:, 0, 0], means, rtol=1e-6)
        np.testing.assert_array_equal(track.index, np.concatenate([window.index for window in windows]))


def test_frames_larger_than_a_slot(shots: list[Shot], monkeypatch: pytest.MonkeyPatch) -> None:
    windows = [
        Frames(
            shot=replace(shot, media=replace(shot.media, width=width, height=200)),
            index=np.arange(5),
            pixels=np.random.default_rng(width).integers(0, 256, (5, 200, width, 3), np.uint8),
            seconds=np.arange(5) / 25,
        )
        for shot, width in zip(shots, (10, 300, 150, 600), strict=False)
    ]
    monkeypatch.setattr(feed, "SLOT_BYTES", 50_000)
    with feed._served(job(Sums()), 1, 1) as addresses, feed.Remote(model=Sums(), addresses=addresses).open() as follow:
        tracks = list(follow(iter(windows)))
        assert list(addresses[0].parent.iterdir()) == [addresses[0]]
    for track, window in zip(tracks, windows, strict=True):
        assert isinstance(track, Track)
        np.testing.assert_allclose(track.points[:, 0, 0], window.pixels.reshape(5, -1).mean(axis=1), rtol=1e-6)


def test_without_memory_to_share_a_file_serves(
    shots: list[Shot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SHARED", tmp_path / "none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    window = Frames(shot=shots[0], index=np.arange(1), pixels=np.full((1, 9, 9, 3), 7, np.uint8), seconds=np.zeros(1))
    with feed._served(job(Sums()), 1, 1) as addresses, feed.Remote(model=Sums(), addresses=addresses).open() as follow:
        assert tmp_path in addresses[0].parents
        (track,) = follow([window])
    assert isinstance(track, Track)
    assert track.points[0, 0, 0] == 7
    assert not list(tmp_path.iterdir())


def test_a_clip_that_breaks_off_leaves_the_next_alone(shots: list[Shot]) -> None:
    def windows(shot: Shot, breaks: bool) -> Iterator[Frames]:
        for first in range(12):
            yield Frames(
                shot=shot, index=np.arange(first, first + 1), pixels=np.full((1, 8, 8, 3), first, np.uint8),
                seconds=np.full(1, first / 25.0),
            )  # fmt: skip
            if breaks and first == 7:
                raise OSError("broken off")

    with feed._served(job(Sums()), 1, 1) as addresses, feed.Remote(model=Sums(), addresses=addresses).open() as follow:
        for breaks in (True, True, False, True, False):
            if breaks:
                with pytest.raises(OSError, match="broken off"):
                    next(follow(windows(shots[0], True)))
            else:
                track = next(follow(windows(shots[1], False)))
                assert isinstance(track, Track)
                np.testing.assert_array_equal(track.points[:, 0, 0], np.arange(12))


def test_a_worker_that_goes_in_mid_clip_leaves_the_others_alone(shots: list[Shot]) -> None:
    def windows(stop: int) -> Iterator[Frames]:
        for i in range(stop):
            pixels = np.full((1, 8, 8, 3), i, np.uint8)
            yield Frames(shot=shots[1], index=np.arange(i, i + 1), pixels=pixels, seconds=np.full(1, i / 25))
        if stop < 9:
            raise OSError("it goes")

    with feed._served(job(Sums()), 1, 1) as addresses, feed.Remote(model=Sums(), addresses=addresses).open() as follow:
        for _ in range(3):
            with (
                feed.Remote(model=Sums(), addresses=addresses).open() as other,
                pytest.raises(OSError, match="it goes"),
            ):
                next(other(windows(5)))
            (track,) = follow(windows(9))
            assert isinstance(track, Track)
            np.testing.assert_array_equal(track.points[:, 0, 0], np.arange(9))


def test_somebody_without_the_key_is_turned_away(shots: list[Shot]) -> None:
    with feed._served(job(Sums()), 1, 1) as addresses:
        with pytest.raises(AuthenticationError):
            Client(str(addresses[0]), authkey=b"another")
        with feed.Remote(model=Sums(), addresses=addresses).open():
            pass


def test_what_goes_wrong_with_the_networks_reaches_the_caller(shots: list[Shot]) -> None:
    with pytest.raises(ValueError, match="a bad clip"):
        followed(Sums(bad=shots[2].entry.id), shots)


def test_networks_that_die_are_one_clear_error(shots: list[Shot]) -> None:
    with pytest.raises(WorkersError, match="gone"):
        followed(Sums(deadly=shots[2].entry.id), shots)


def test_networks_that_cannot_start_are_one_clear_error(shots: list[Shot]) -> None:
    with Feed(workers=1).open() as run, pytest.raises(SettingsError, match="no device abacus"):
        list(run(job(Sums(), "abacus"), shots))


def test_a_model_that_follows_one_clip_at_a_time_is_refused(shots: list[Shot]) -> None:
    @dataclass(frozen=True)
    class Alone:
        def open(self, device: str = "cpu") -> Follow:
            raise AssertionError

    with Feed(workers=1).open() as run, pytest.raises(SettingsError, match="'alone' cannot"):
        list(run(job(Alone()), shots))


def test_a_runtime_without_batches_is_refused(shots: list[Shot]) -> None:
    with Feed(workers=1).open() as run, pytest.raises(SettingsError, match="torch"):
        list(run(job(Hands()), shots))


def test_a_whole_run_is_as_with_any_executor(asked: Build, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    few = replace(asked, choose=replace(asked.choose, glosses=("hello",)), limit=1, report=False)
    torch = replace(few, hands=Hands(runtime="torch"), export=("arrays", "crops"))
    for executor, workers in (("here", 1), ("gpu", 2)):
        summary = build(replace(torch, out=tmp_path / executor, executor=executor, workers=workers))
        assert summary["kept"] == 3
    assert digests(tmp_path / "gpu" / "exports") == digests(tmp_path / "here" / "exports")


def test_another_device_means_many_clips_at_once(asked: Build, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="many clips at once"):
        build(replace(asked, executor=None, out=tmp_path, device="cuda", limit=1))


def test_nothing_is_left_behind(shots: list[Shot]) -> None:
    before = {*feed.SHARED.glob("chereme-*")} if feed.SHARED.is_dir() else set()
    threads = threading.active_count()
    followed(Sums(), shots[:2])
    assert ({*feed.SHARED.glob("chereme-*")} if feed.SHARED.is_dir() else set()) <= before
    time.sleep(0.2)
    assert threading.active_count() <= threads
