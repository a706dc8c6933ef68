"""Hosts that misbehave in every way that was thought of; none gets a file taken for whole that is not."""

import time

import pytest

from chereme.download.ledger import Row
from tests.download.conftest import Fetching
from tests.download.server import (
    LONG_AGO,
    Behavior,
    Server,
    cut,
    drip,
    first,
    length,
    page,
    redirect,
    silent,
    status,
    unstated,
    whole,
)


def only(fetching: Fetching) -> Row:
    (row,) = fetching.rows.values()
    return row


def test_a_file_arrives(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip)
    summary = fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clip
    row = only(fetching)
    assert (row.status, row.file, row.bytes, row.tries, row.host) == ("fetched", "7.mp4", len(clip), 1, "127.0.0.1")
    assert len(row.sha256) == 64
    assert row.at.endswith("+00:00")
    assert summary.finished
    assert (summary.fetched, summary.received, summary.all.bytes) == (1, len(clip), len(clip))
    assert not (fetching.to / ".partial").exists()


REFUSALS = {
    404: "gone",
    410: "gone",
    403: "forbidden",
    401: "forbidden",
    418: "forbidden",
    451: "geo_blocked",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_are_settled_at_once(code: int, fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = status(code)
    summary = fetching({"7": "/a.mp4"})
    row = only(fetching)
    assert (row.status, row.reason, row.tries) == ("failed", REFUSALS[code], 1)
    assert str(code) in row.detail
    assert summary.finished
    assert summary.all.settled == 1
    fetching()
    assert server.count("/a.mp4") == 1
    fetching(retry=(REFUSALS[code],))
    assert server.count("/a.mp4") == 2


def test_429_is_waited_for_as_long_as_the_host_says(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = first(status(429, Retry_After=1), whole(clip))
    fetching({"7": "/a.mp4"})
    assert only(fetching).status == "fetched"
    assert only(fetching).tries == 2
    assert server.threads.times[1] - server.threads.times[0] >= 1.0


def test_429_holds_back_the_other_files_of_the_host(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes["/a.mp4"] = first(status(429, Retry_After=1), whole(clips[0]))
    server.routes["/b.mp4"] = whole(clips[1])
    fetching([("1", "/a.mp4"), ("2", "/b.mp4")], workers=2, per_host=1)
    assert [path for path, _ in server.threads.asked] == ["/a.mp4", "/a.mp4", "/b.mp4"]


def test_a_host_that_wants_more_patience_than_there_is_is_left(fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = server.routes["/b.mp4"] = status(503, Retry_After=3600)
    summary = fetching([("1", "/a.mp4"), ("2", "/b.mp4")], workers=1)
    assert len(server.threads.asked) == 1
    assert summary.dropped == {"127.0.0.1": "asks to wait 3600 s"}
    assert (summary.all.failed, summary.all.waiting, summary.finished) == (1, 1, False)


def test_500_then_200(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = first(status(500), status(502), whole(clip))
    fetching({"7": "/a.mp4"})
    assert only(fetching).tries == 3
    assert (fetching.to / "7.mp4").read_bytes() == clip


def test_500_for_ever_is_asked_again_by_the_next_run(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = status(500)
    summary = fetching({"7": "/a.mp4"})
    assert (only(fetching).reason, only(fetching).tries) == ("server_error", 3)
    assert not summary.finished
    server.routes["/a.mp4"] = whole(clip)
    assert fetching().finished
    assert fetching.files == ["7.mp4"]


def test_a_host_in_trouble_is_given_up_for_this_run(fetching: Fetching, server: Server) -> None:
    urls = [(str(i), f"/{i}.mp4") for i in range(6)]
    for _, path in urls:
        server.routes[path] = status(500)
    summary = fetching(urls, workers=1, tries=1, give_up=2)
    assert (len(server.threads.asked), summary.all.waiting) == (2, 4)
    assert "2 URLs in a row failed" in (summary.dropped or {})["127.0.0.1"]


@pytest.mark.parametrize("headers", [{"ETag": '"v1"'}, {"Last_Modified": LONG_AGO}], ids=["ETag", "date"])
def test_a_connection_cut_in_the_midst_is_gone_on_from(
    headers: dict[str, str], fetching: Fetching, server: Server, clip: bytes
) -> None:
    mark = next(iter(headers.values()))
    server.routes["/a.mp4"] = first(cut(clip, 5000, **headers), whole(clip, etag=mark))
    summary = fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clip
    asked = server.headers("/a.mp4")
    assert "Range" not in asked[0]
    assert (asked[1]["Range"], asked[1]["If-Range"]) == ("bytes=5000-", mark)
    assert summary.received == len(clip)


def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(
    fetching: Fetching, server: Server, clips: list[bytes]
) -> None:
    server.routes["/a.mp4"] = first(cut(clips[0], 5000, ETag='"v1"'), whole(clips[1], etag='"v2"'))
    fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clips[1]
    assert server.headers("/a.mp4")[1]["Range"] == "bytes=5000-"


def test_a_file_of_another_date_is_not_appended(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    """The host passes over `If-Range`, and the new file is as long as the old one."""
    old, new = clips[0], clips[0][:5000] + clips[0][5000:][::-1]

    def dated(a, _):  # type: ignore[no-untyped-def]
        if "Range" not in a.headers:
            return whole(clips[1])(a, 0)
        told = f"bytes 5000-{len(new) - 1}/{len(new)}"
        later = "Thu, 02 Jan 2020 00:00:00 GMT"
        a.head(206, Content_Length=len(new) - 5000, Content_Range=told, Last_Modified=later)
        a.wfile.write(new[5000:])
        return None

    server.routes["/a.mp4"] = first(cut(old, 5000, Last_Modified=LONG_AGO), dated)
    fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clips[1]


def another_part(body: bytes, content_range: str, etag: str = '"v1"') -> Behavior:
    """Answers 206 whatever is asked for."""

    def answer(a, _):  # type: ignore[no-untyped-def]
        if "Range" not in a.headers:
            return whole(body, etag=etag)(a, 0)
        rest = body[5000:]
        a.head(206, Content_Length=len(rest), Content_Range=content_range, ETag=etag)
        a.wfile.write(rest)
        return None

    return answer


@pytest.mark.parametrize(
    ("told", "etag"),
    [
        ("bytes 0-{last}/{all}", '"v1"'),
        ("bytes 5000-{last}/999999", '"v1"'),
        ("bytes 5000-{last}/{all}", '"v2"'),
        ("bytes 5000-6000/{all}", '"v1"'),
        ("nonsense", '"v1"'),
    ],
)
def test_a_part_that_does_not_fit_is_not_appended(
    told: str, etag: str, fetching: Fetching, server: Server, clips: list[bytes]
) -> None:
    told = told.format(last=len(clips[1]) - 1, all=len(clips[1]))
    first_part = cut(clips[1][:5000] + clips[0], 5000, ETag='"v1"')
    if "999999" not in told:
        first_part = cut(clips[1], 5000, ETag='"v1"')
    server.routes["/a.mp4"] = first(first_part, another_part(clips[1], told, etag))
    fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clips[1]
    assert ["Range" in headers for headers in server.headers("/a.mp4")] == [False, True, False]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}], ids=["nothing", "weak"])
def test_without_a_validator_nothing_is_gone_on_from(
    headers: dict[str, str], fetching: Fetching, server: Server, clip: bytes
) -> None:
    server.routes["/a.mp4"] = first(cut(clip, 5000, **headers), whole(clip))
    fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clip
    assert "Range" not in server.headers("/a.mp4")[1]


def test_a_range_that_is_refused_is_started_anew(fetching: Fetching, server: Server, clip: bytes) -> None:
    def refusing(a, _):  # type: ignore[no-untyped-def]
        return status(416)(a, 0) if "Range" in a.headers else whole(clip)(a, 0)

    server.routes["/a.mp4"] = first(cut(clip, 5000, ETag='"v1"'), refusing)
    fetching({"7": "/a.mp4"})
    assert (fetching.to / "7.mp4").read_bytes() == clip


def test_a_slow_drip_is_left_though_bytes_keep_coming(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = drip(clip, size=20, every=0.1)
    began = time.monotonic()
    fetching({"7": "/a.mp4"}, timeout=0.6, tries=1, slowest=1000.0)
    assert time.monotonic() - began < 5
    assert only(fetching).reason == "timeout"
    assert fetching.files == []


def test_a_host_that_answers_nothing_is_left(fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = silent(20)
    began = time.monotonic()
    fetching({"7": "/a.mp4"}, timeout=0.5, tries=1)
    assert time.monotonic() - began < 5
    assert only(fetching).reason == "timeout"


def test_a_slow_host_that_is_quick_enough_is_borne(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = drip(clip, size=len(clip) // 10, every=0.1)
    fetching({"7": "/a.mp4"}, timeout=0.5, tries=1)
    assert only(fetching).status == "fetched"


PAGES = {
    "html": "<!DOCTYPE html><html><body>Not found</body></html>",
    "after a byte-order mark": "\ufeff\n <html></html>",
    "xml": '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("type", ["text/html", "video/mp4"])
def test_a_page_with_status_200_is_no_video(name: str, type: str, fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = page(PAGES[name], type)
    fetching({"7": "/a.mp4"})
    assert (only(fetching).reason, only(fetching).tries) == ("html", 1)
    assert fetching.files == []


def test_a_video_that_is_called_a_page_is_a_video(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip, "text/html")
    fetching({"7": "/a.mp4"})
    assert only(fetching).status == "fetched"


def test_fewer_bytes_than_stated(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = length(clip, len(clip) + 100)
    fetching({"7": "/a.mp4"})
    assert (only(fetching).reason, only(fetching).tries) == ("cut_short", 3)
    assert fetching.files == []


def test_more_bytes_than_stated(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = length(clip, len(clip) - 100)
    fetching({"7": "/a.mp4"})
    assert (only(fetching).reason, only(fetching).tries) == ("truncated", 1)
    assert fetching.files == []


def test_a_file_without_a_stated_length_is_measured_by_its_container(
    fetching: Fetching, server: Server, clip: bytes
) -> None:
    server.routes["/a.mp4"] = unstated(clip)
    server.routes["/b.mp4"] = unstated(clip[:-100])
    fetching({"1": "/a.mp4", "2": "/b.mp4"})
    assert fetching.files == ["1.mp4"]
    assert (fetching.rows["/b.mp4"].reason, fetching.rows["/b.mp4"].tries) == ("cut_short", 3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty_file"), (b"just words", "not_a_video"), (b'{"error": 1}', "not_a_video"), (b"GIF89a", "not_a_video")],
)
def test_what_is_no_video(body: bytes, reason: str, fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = whole(body)
    fetching({"7": "/a.mp4"})
    assert only(fetching).reason == reason
    assert fetching.files == []


def test_redirects_are_followed(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/a.mp4": redirect("/b", 301), "/b": redirect("c?x=1", 307), "/c": whole(clip)}
    fetching({"7": "/a.mp4"})
    assert fetching.files == ["7.mp4"]


def test_a_redirect_that_sets_a_cookie_and_comes_back(fetching: Fetching, server: Server, clip: bytes) -> None:
    def walled(a, number):  # type: ignore[no-untyped-def]
        if "seen=1" in a.headers.get("Cookie", ""):
            return whole(clip)(a, number)
        return redirect("/a.mp4", Set_Cookie="seen=1")(a, number)

    server.routes["/a.mp4"] = walled
    fetching({"7": "/a.mp4"})
    assert only(fetching).status == "fetched"


@pytest.mark.parametrize(
    "routes",
    [
        {"/a.mp4": redirect("/a.mp4")},
        {"/a.mp4": redirect("/b"), "/b": redirect("/a.mp4")},
        {"/a.mp4": redirect("/0")} | {f"/{i}": redirect(f"/{i + 1}") for i in range(30)},
        {"/a.mp4": status(302)},
    ],
    ids=["itself", "a circle", "without end", "nowhere"],
)
def test_redirects_that_lead_nowhere(routes: dict[str, Behavior], fetching: Fetching, server: Server) -> None:
    server.routes.update(routes)
    fetching({"7": "/a.mp4"})
    assert only(fetching).reason == "redirects"
    assert len(server.threads.asked) < 15


PRIVATE = (
    "http://127.0.0.2/x.mp4",
    "http://10.0.0.1/x.mp4",
    "http://192.168.1.1/x.mp4",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/x.mp4",
    "http://[::ffff:127.0.0.2]/x.mp4",
    "http://[::ffff:10.0.0.1]/x.mp4",
    "http://[64:ff9b::a00:1]/x.mp4",
    "http://[fe80::1]/x.mp4",
    "http://0.0.0.0/x.mp4",
    "http://2130706434/x.mp4",
)


@pytest.mark.parametrize("where", PRIVATE)
def test_a_redirect_to_a_private_address_is_refused(where: str, fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = redirect(where)
    fetching({"7": "/a.mp4"})
    assert (only(fetching).reason, only(fetching).tries) == ("private_address", 1)


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/x.mp4", "gopher://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(where: str, fetching: Fetching, server: Server) -> None:
    server.routes["/a.mp4"] = redirect(where)
    fetching({"7": "/a.mp4"})
    assert only(fetching).reason == "bad_url"


def test_loopback_is_refused_unless_allowed(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip)
    fetching({"7": "/a.mp4"}, private=())
    assert only(fetching).reason == "private_address"
    assert "--private" in only(fetching).detail
    assert server.threads.asked == []


def test_nobody_listens(fetching: Fetching, server: Server) -> None:
    fetching({"7": "http://127.0.0.1:1/a.mp4"}, tries=2)
    assert (only(fetching).reason, only(fetching).tries) == ("unreachable", 2)


@pytest.mark.parametrize("url", ["/a.mp4", "http://", "nonsense.mp4", "http://[broken/a.mp4", "http://exa mple/a.mp4"])
def test_what_is_no_url(url: str, fetching: Fetching) -> None:
    fetching({"7": " " + url})
    (row,) = fetching.rows.values()
    assert row.reason in ("bad_url", "unreachable", "no_video")
