"""Words of films, in order and in time; and what an interpreter makes of long signing and of nothing."""

import json
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from chereme.cli.live import _print
from chereme.errors import OutputError, Rejected
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.live.film import interpret_film
from chereme.live.interpreter import Guess, Interpreter, recognize
from chereme.live.settings import Live
from chereme.live.stream import Begin, camera
from chereme.training.checkpoint import Opened
from chereme.types import Bytes
from tests.live.recognizer import tracked


def pictures(video: Path) -> list[Bytes]:
    with av.open(str(video)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def film(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three signs of one signer with rests between."""
    frames: list[Bytes] = []
    for id in ("0300501", "0100501", "0700501"):
        seen = pictures(drawn / "videos" / f"{id}.mp4")
        frames += [*seen, *[seen[-1]] * 12]
    return write_video(tmp_path_factory.mktemp("film") / "three signs.mp4", frames, fps=25)


def test_signs_of_a_film_are_told_in_order(recognizer: Opened, film: Path, tmp_path: Path) -> None:
    told: list[Guess] = []
    out = tmp_path / "drawn.mp4"
    count = interpret_film(recognizer, film, Live(), told.append, out)
    assert [guess.word for guess in told] == ["where", "hello", "four"]
    assert all(before.stop < after.start for before, after in pairwise(told))
    there = probe(film).media
    made = probe(out).media
    assert (made.frames, made.width, made.height) == (count, there.width, there.height)
    assert count == there.frames
    plain, drawn = pictures(film)[-1].astype(int), pictures(out)[-1].astype(int)
    assert np.abs(plain - drawn)[200:].mean() > 5 * np.abs(plain - drawn)[:100].mean()


def test_the_same_film_tells_the_same_twice(recognizer: Opened, film: Path) -> None:
    one: list[Guess] = []
    other: list[Guess] = []
    interpret_film(recognizer, film, Live(), one.append)
    interpret_film(recognizer, film, Live(), other.append)
    assert one == other


def test_a_clip_alone_is_what_the_whole_clip_is(recognizer: Opened, drawn: Path) -> None:
    video = drawn / "videos" / "0300501.mp4"
    whole = recognize(recognizer, tracked({"a": video})["a"], Live())
    told: list[Guess] = []
    interpret_film(recognizer, video, Live(), told.append)
    assert [guess.ranked for guess in told] == [whole.ranked]


def test_what_is_unlikely_is_unknown(recognizer: Opened, drawn: Path) -> None:
    track = tracked({"a": drawn / "videos" / "0300501.mp4"})["a"]
    assert recognize(recognizer, track, Live(threshold=1.0)).word is None
    guess = recognize(recognizer, track, Live(top=2))
    assert len(guess.ranked) == 2
    assert guess.ranked[0][1] > guess.ranked[1][1]


def test_while_signing_goes_on_words_come_from_a_window_that_slides(
    recognizer: Opened, begin: Begin, drawn: Path
) -> None:
    """One hold of a sign with its hand kept in motion, for long: no rest ever comes, words do."""
    middle = pictures(drawn / "videos" / "0700501.mp4")[12:26]
    how = Live(threshold=0.0, longest=1.2)
    interpreter = Interpreter(recognizer, begin, camera(320, 240, 25.0), how)
    moments = []
    for number in range(0, 150, 2):
        at = number % 26
        moments.append(interpreter.step(middle[at if at < 13 else 26 - at], number / 25))
    assert moments[-1].signing
    finished = [moment.finished for moment in moments if moment.finished]
    assert finished
    assert all(guess.stop - guess.start <= how.longest + 0.1 for guess in finished)


def test_nobody_in_view_says_nothing(recognizer: Opened, begin: Begin) -> None:
    interpreter = Interpreter(recognizer, begin, camera(64, 48, 25.0), Live())
    for number in range(20):
        moment = interpreter.step(np.zeros((48, 64, 3), np.uint8), number / 10)
        assert not moment.signing
        assert moment.guess is moment.finished is None
    assert interpreter.end() is None


def test_a_sign_that_the_film_cuts_off_is_told_at_its_end(recognizer: Opened, drawn: Path, tmp_path: Path) -> None:
    short = write_video(tmp_path / "short.mp4", pictures(drawn / "videos" / "0300501.mp4")[:28], fps=25)
    told: list[Guess] = []
    interpret_film(recognizer, short, Live(), told.append)
    assert len(told) == 1


def test_films_that_cannot_be(recognizer: Opened, drawn: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(b"<html>")
    with pytest.raises(Rejected, match="not_a_video"):
        interpret_film(recognizer, odd, Live(), print)
    video = drawn / "videos" / "0300501.mp4"
    with pytest.raises(OutputError, match="the video itself"):
        interpret_film(recognizer, video, Live(), print, video)
    with pytest.raises(OutputError, match="no regular file"):
        interpret_film(recognizer, video, Live(), print, tmp_path)


def test_a_sign_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    _print(Guess(start=0.1, stop=1.23456, ranked=(("[bold]Grüße", 0.25), ("b" * 200, 0.125)), word=None))
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "word": None,
        "ranked": [["[bold]Grüße", 0.25], ["b" * 200, 0.125]],
        "start": 0.1,
        "stop": 1.235,
    }
