"""Files that crash, block or fill the process which looks at them: each is one failure with its reason, and no more."""

import logging

import pytest

from tests.download.conftest import Fetching, Film
from tests.download.server import Server, whole
from tests.fragile.marks import DIES, DIES_CONVERTING, HANGS, SWELLS, fragile, marked

pytestmark = pytest.mark.usefixtures("own_processes")


@pytest.fixture(autouse=True)
def _fragile(monkeypatch: pytest.MonkeyPatch) -> None:
    fragile(monkeypatch)


def test_each_is_one_failure_and_all_others_come(
    fetching: Fetching, server: Server, clips: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    harm = {"2": DIES, "4": HANGS, "5": SWELLS}
    bodies = {id: marked(clip, harm[id]) if id in harm else clip for id, clip in zip("012345", clips, strict=True)}
    server.routes |= {f"/{id}.mp4": whole(body) for id, body in bodies.items()}
    summary = fetching({id: f"/{id}.mp4" for id in bodies}, check_timeout=2.0, memory=0.6)
    assert fetching.files == ["0.mp4", "1.mp4", "3.mp4"]
    rows = {url[1]: row for url, row in fetching.rows.items()}
    reasons = {id: row.reason for id, row in rows.items() if row.status == "failed"}
    assert reasons == {"2": "worker_died", "4": "check_timeout", "5": "out_of_memory"}
    assert all((rows[id].tries, rows[id].detail) == (1, "while it was looked at") for id in reasons)
    assert summary.finished
    assert summary.all.settled == 3
    assert not (fetching.to / ".partial").exists()
    assert "SIGSEGV" in caplog.text
    fetching()
    assert len(server.threads.asked) == 6, "none is asked for again"
    server.routes["/2.mp4"] = whole(clips[2])
    fetching(retry=("worker_died",))
    assert (fetching.to / "2.mp4").read_bytes() == clips[2]


def test_one_that_cannot_be_converted_is_left_as_it_came(
    fetching: Fetching, server: Server, film: Film, caplog: pytest.LogCaptureFixture
) -> None:
    body = marked(film("x.mov"), DIES_CONVERTING)
    server.routes["/a.mov"] = whole(body)
    with caplog.at_level(logging.WARNING):
        fetching({"7": "/a.mov"})
    assert fetching.files == ["7.mov"]
    assert (fetching.to / "7.mov").read_bytes() == body
    assert "left as it came, worker_died" in caplog.text


def test_one_that_lies_there_already_is_put_aside(fetching: Fetching, server: Server, clip: bytes) -> None:
    fetching.to.mkdir()
    (fetching.to / "7.mp4").write_bytes(marked(clip, DIES))
    server.routes["/a.mp4"] = whole(clip)
    fetching({"7": "/a.mp4"})
    assert fetching.files == ["7.mp4", "7.mp4.broken"]
    assert (fetching.to / "7.mp4").read_bytes() == clip
