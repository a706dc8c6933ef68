"""What is said to a host, and how what it says is read."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chereme.download import REASONS
from chereme.download.direct import patience
from chereme.download.partial import validator
from chereme.download.reasons import TROUBLED, of_status
from tests.download.conftest import Fetching, write_metadata
from tests.download.server import Server, redirect, whole
from tests.download.test_addresses import resolver

ASLPRO = "http://www.aslpro.com/cgi-bin/aslpro/aslpro.cgi"


def test_aslpro_is_told_where_one_comes_from(
    monkeypatch: pytest.MonkeyPatch, fetching: Fetching, server: Server, clip: bytes
) -> None:
    resolver(monkeypatch, {"www.aslpro.com": [["127.0.0.1"]], "notaslpro.com": [["127.0.0.1"]]})
    server.routes |= {"/a.swf": redirect(server.url("/b.mp4")), "/b.mp4": whole(clip), "/c.mp4": whole(clip)}
    urls = {"1": server.url("/a.swf", "www.aslpro.com"), "2": server.url("/c.mp4", "notaslpro.com")}
    fetching(urls)
    assert server.headers("/a.swf")[0]["Referer"] == ASLPRO
    assert "Referer" not in server.headers("/b.mp4")[0], "another host has no business knowing it"
    assert "Referer" not in server.headers("/c.mp4")[0]


def test_another_host_may_want_it_too(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip)
    fetching({"1": "/a.mp4"}, referers={"127.0.0.1": "http://here/"})
    assert server.headers("/a.mp4")[0]["Referer"] == "http://here/"


def test_who_asks(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/a.mp4": whole(clip), "/b.mp4": whole(clip)}
    fetching({"1": "/a.mp4"})
    assert server.headers("/a.mp4")[0]["User-Agent"].startswith("chereme/")
    assert server.headers("/a.mp4")[0]["Accept-Encoding"] == "identity"
    fetching({"2": "/b.mp4"}, agent="somebody else")
    assert server.headers("/b.mp4")[0]["User-Agent"] == "somebody else"


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7), (" 120 ", 120), (None, 0), ("", 0), ("soon", 0), ("-5", 0), ("1.5", 0)]
)
def test_seconds_of_patience(told: str | None, seconds: float) -> None:
    assert patience(told) == seconds


@pytest.mark.parametrize(("ahead", "least", "most"), [(100, 90, 100), (-100, 0, 0)])
def test_patience_until_a_moment(ahead: int, least: float, most: float) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=ahead)
    assert least <= patience(format_datetime(moment, usegmt=True)) <= most


NOON, LATER = "Mon, 06 Jan 2020 12:00:00 GMT", "Mon, 06 Jan 2020 12:00:30 GMT"
MUCH_LATER = "Mon, 06 Jan 2020 12:05:00 GMT"


@pytest.mark.parametrize(
    ("etag", "modified", "date", "mark"),
    [
        ('"a"', NOON, MUCH_LATER, '"a"'),
        ('W/"a"', None, None, ""),
        ('W/"a"', NOON, MUCH_LATER, NOON),
        (None, NOON, MUCH_LATER, NOON),
        (None, NOON, LATER, ""),
        (None, NOON, None, ""),
        (None, "yesterday", MUCH_LATER, ""),
        (None, None, None, ""),
    ],
)
def test_what_stands_for_one_version_of_a_file(
    etag: str | None, modified: str | None, date: str | None, mark: str
) -> None:
    assert validator(etag, modified, date) == mark


@pytest.mark.parametrize("status", range(400, 600, 7))
def test_every_status_has_a_reason(status: int) -> None:
    assert of_status(status).reason in REASONS


def test_hosts_in_trouble_are_asked_again() -> None:
    assert {REASONS[reason].again for reason in TROUBLED} == {"soon"}


@pytest.mark.parametrize("library", ["httpx", "tenacity", "yt_dlp"])
def test_a_missing_library_is_one_clear_message(library: str, fetching: Fetching, server: Server) -> None:
    write_metadata(fetching.metadata, [("1", server.url("/a.mp4"))])
    program = f"import sys; sys.modules['{library}'] = None; from chereme.cli import main; main(sys.argv[1:])"
    arguments = ["download", str(fetching.metadata), "--to", str(fetching.to)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"by way of {library}, needs the extra 'download': pip install 'chereme[download]'" in done.stderr
    assert not fetching.to.exists()
