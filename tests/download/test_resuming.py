"""Stopped in every way, a run goes on where it stopped, and asks only what is missing."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from chereme.contracts import Ask
from chereme.download import download
from chereme.download.look import Convert
from chereme.download.partial import FLUSH_BYTES, Partial
from chereme.errors import OutputError
from chereme.run.local import Pool
from tests.download.conftest import QUICK, Fetching, write_metadata
from tests.download.server import Answering, Behavior, Server, status, whole

PROGRAM = "from chereme.cli import main; main()"


def command(fetching: Fetching, *more: str) -> list[str]:
    return [
        *(sys.executable, "-c", PROGRAM, "download", str(fetching.metadata), "--to", str(fetching.to)),
        *("--private", "127.0.0.1/32", "--delay", "0", "--backoff", "0.05", *more),
    ]


def unhurried(body: bytes, seconds: float, etag: str) -> Behavior:
    """The file from where it is asked for, in twenty pieces."""

    def answer(a: Answering, _: int) -> None:
        at = int(a.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in a.headers else 0
        rest = body[at:]
        if at:
            told = f"bytes {at}-{len(body) - 1}/{len(body)}"
            a.head(206, Content_Length=len(rest), Content_Range=told, ETag=etag)
        else:
            a.head(200, Content_Length=len(body), ETag=etag)
        size = len(body) // 20 + 1
        for i in range(0, len(rest), size):
            a.wfile.write(rest[i : i + size])
            a.wfile.flush()
            if a.server.closing.wait(seconds / 20):
                return

    return answer


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "nothing happened for a minute"
        time.sleep(0.02)


def flushed(fetching: Fetching) -> bool:
    """Whether a part of a file is on the disk, and noted."""
    notes = [json.loads(note.read_bytes()) for note in fetching.to.glob(".partial/[!.]*.json")]
    return any(note["flushed"] for note in notes)


@pytest.mark.slow
def test_killed_in_the_midst_and_gone_on(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    for i, clip in enumerate(clips):
        server.routes[f"/{i}.mp4"] = unhurried(clip, 2.5, f'"{i}"')
    write_metadata(fetching.metadata, [(str(i), server.url(f"/{i}.mp4")) for i in range(len(clips))])
    moments = random.Random(0)
    killed = 0
    for _ in range(2):
        run = subprocess.Popen(command(fetching, "--workers", "2"), stdout=subprocess.DEVNULL)
        wait_for(lambda: flushed(fetching))
        time.sleep(moments.uniform(0, 0.5))
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
            killed += 1
        run.wait()
        for file in fetching.files:  # nothing appears under its name before it is whole
            assert (fetching.to / file).read_bytes() == clips[int(file.partition(".")[0])]
    assert killed == 2
    done = set(fetching.files)
    before = len(server.threads.asked)
    server.routes |= {f"/{i}.mp4": whole(clip, etag=f'"{i}"') for i, clip in enumerate(clips)}
    assert subprocess.run(command(fetching), stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert {file: (fetching.to / file).read_bytes() for file in fetching.files} == {
        f"{i}.mp4": clip for i, clip in enumerate(clips)
    }
    assert any("Range" in headers for _, headers in server.threads.asked)
    asked_last = {path.strip("/") for path, _ in server.threads.asked[before:]}
    assert not asked_last & done
    assert all(row.status == "fetched" for row in fetching.rows.values())


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_what_has_come(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = unhurried(clip, 20, '"a"')
    write_metadata(fetching.metadata, [("7", server.url("/a.mp4"))])
    run = subprocess.Popen(command(fetching), stderr=subprocess.PIPE, text=True)
    wait_for(lambda: flushed(fetching))
    run.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, said = run.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert run.returncode == 130
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    assert fetching.files == []
    server.routes["/a.mp4"] = whole(clip, etag='"a"')
    assert download(fetching.metadata, replace(QUICK, to=fetching.to)).finished
    assert "Range" in server.headers("/a.mp4")[-1]
    assert (fetching.to / "7.mp4").read_bytes() == clip


def test_a_second_run_asks_only_what_is_missing(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {"/a.mp4": whole(clips[0]), "/b.mp4": status(404), "/c.mp4": status(500)}
    urls = {"1": "/a.mp4", "2": "/b.mp4", "3": "/c.mp4"}
    fetching(urls, tries=1)
    server.routes["/b.mp4"] = server.routes["/c.mp4"] = whole(clips[1])
    summary = fetching(urls | {"4": "/d.mp4"}, tries=1)
    assert {path: server.count(path) for path in server.threads.counts} == {
        "/a.mp4": 1, "/b.mp4": 1, "/c.mp4": 2, "/d.mp4": 1,
    }  # fmt: skip
    assert (summary.asked, summary.fetched, summary.all.here) == (2, 1, 2)
    assert fetching(retry=("gone",)).all.here == 3
    assert server.count("/b.mp4") == 2
    assert server.count("/a.mp4") == 1


def test_a_file_that_is_gone_or_another_is_fetched_again(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/a.mp4": whole(clip), "/b.mp4": whole(clip)}
    fetching({"1": "/a.mp4", "2": "/b.mp4"})
    (fetching.to / "1.mp4").unlink()
    (fetching.to / "2.mp4").write_bytes(clip[:-5])
    assert fetching().fetched == 2
    assert (fetching.to / "1.mp4").read_bytes() == (fetching.to / "2.mp4").read_bytes() == clip


def test_files_without_a_ledger_are_looked_at_and_taken_in(
    fetching: Fetching, server: Server, clips: list[bytes]
) -> None:
    server.routes |= {"/a.mp4": whole(clips[0]), "/b.mp4": whole(clips[1])}
    fetching.to.mkdir()
    (fetching.to / "1.mp4").write_bytes(clips[0])
    (fetching.to / "2.mp4").write_bytes(clips[1][:-100])
    summary = fetching({"1": "/a.mp4", "2": "/b.mp4"})
    assert [path for path, _ in server.threads.asked] == ["/b.mp4"]
    assert summary.all.here == 2
    assert (fetching.to / "2.mp4").read_bytes() == clips[1]
    assert fetching.rows["/a.mp4"].detail == "was there"
    assert fetching.files == ["1.mp4", "2.mp4", "2.mp4.broken"]


def test_two_runs_in_one_folder(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = unhurried(clip, 3, '"a"')
    write_metadata(fetching.metadata, [("7", server.url("/a.mp4"))])
    first = subprocess.Popen(command(fetching), stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: server.threads.asked)
        with pytest.raises(OutputError, match="in use by another run; wait for it or choose another --to"):
            fetching()
    finally:
        first.kill()
        first.wait()


def test_a_power_cut_leaves_only_what_was_flushed(tmp_path: Path) -> None:
    """A file may be as long as it was and hold zeros: what was not flushed is not trusted."""
    partial = Partial(tmp_path, "mark")
    writing = partial.writing("u", at=0, validator='"v"', total=3 * FLUSH_BYTES)
    writer = writing.__enter__()
    writer.write(b"a" * FLUSH_BYTES)
    writer.write(b"b" * 10)
    os.truncate(partial.path, 2 * FLUSH_BYTES)
    held = Partial(tmp_path, "mark").held("u")
    assert held is not None
    assert (held.size, held.total, held.validator) == (FLUSH_BYTES, 3 * FLUSH_BYTES, '"v"')
    assert Partial(tmp_path, "mark").held("another") is None
    writing.__exit__(None, None, None)
    with partial.writing("u", at=FLUSH_BYTES, validator='"v"', total=None) as again:
        again.write(b"c")
    assert partial.path.read_bytes() == b"a" * FLUSH_BYTES + b"c"
    partial.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": "u"}', '{"url": "u", "validator": "", "flushed": 3}'])
def test_a_note_that_says_nothing_counts_for_nothing(note: str, tmp_path: Path) -> None:
    (tmp_path / "mark.part").write_bytes(b"abc")
    (tmp_path / "mark.json").write_text(note)
    assert Partial(tmp_path, "mark").held("u") is None


def test_a_broken_ledger_is_named(fetching: Fetching) -> None:
    fetching.to.mkdir()
    (fetching.to / "downloads.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match=r"downloads\.sqlite cannot be used"):
        fetching({"1": "/a.mp4"})


def test_a_ledger_of_a_later_form_is_left_alone(fetching: Fetching) -> None:
    fetching.to.mkdir()
    with closing(sqlite3.connect(fetching.to / "downloads.sqlite")) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match="has form 99, and this chereme writes 1: update chereme"):
        fetching({"1": "/a.mp4"})


def test_the_table_for_eyes_is_the_same_each_time(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {f"/{i}.mp4": whole(clip) for i, clip in enumerate(clips)}
    urls = {str(i): f"/{i}.mp4" for i in range(8)}
    fetching(urls)
    first = (fetching.to / "downloads.csv").read_bytes()
    for path in fetching.to.iterdir():
        if path.suffix != ".log" and path.is_file():
            path.unlink()
    fetching(urls, workers=1)
    assert (fetching.to / "downloads.csv").read_bytes() == first
    assert len(first.splitlines()) == 9


def test_killed_while_a_film_is_converted(
    fetching: Fetching, server: Server, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: Ask
) -> None:
    """What was received is as it was, so the next run neither fetches it again nor goes on behind its end."""
    film = tmp_path / "film.mov"
    with av.open(str(drawn / "videos" / "0100101.mp4")) as source, av.open(str(film), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    server.routes["/a.mov"] = whole(film.read_bytes())

    def killed(job: Any, asked: Any) -> Any:
        if isinstance(job, Convert):
            asked[1].write_bytes(b"half an MP4")
            raise KeyboardInterrupt
        return standing(job, asked)

    with monkeypatch.context() as patched:
        patched.setattr(Pool, "asking", lambda self: nullcontext(killed))
        with pytest.raises(KeyboardInterrupt):
            fetching({"7": "/a.mov"})
    assert fetching.files == []
    assert fetching().finished
    assert server.count("/a.mov") == 1
    assert fetching.files == ["7.mp4"]
    with av.open(str(fetching.to / "7.mp4")) as made, av.open(str(film)) as came:
        assert sum(1 for _ in made.decode(video=0)) == sum(1 for _ in came.decode(video=0))
