"""Pages that yt-dlp reads, on loopback: our use of its interface, its requests by way of ours, its messages."""

import gc
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from chereme.download import sites
from chereme.download.messages import MESSAGES, from_message
from chereme.download.reasons import REASONS
from tests.download.conftest import Fetching
from tests.download.server import Server, cut, first, page, redirect, status, whole

VIDEO_PAGE = '<html><head><title>tea</title></head><body><video src="/media/tea.mp4" width="320"></video></body></html>'


def test_a_video_on_a_page(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/watch": page(VIDEO_PAGE), "/media/tea.mp4": whole(clip)}
    summary = fetching({"7": "/watch"})
    assert summary.finished
    assert fetching.files == ["7.mp4"]
    assert (fetching.to / "7.mp4").read_bytes() == clip


def test_a_video_on_a_page_is_gone_on_from_like_any_other(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {
        "/watch": page(VIDEO_PAGE),
        "/media/tea.mp4": first(cut(clip, 6000, ETag='"v"'), whole(clip, etag='"v"')),
    }
    fetching({"7": "/watch"})
    assert (fetching.to / "7.mp4").read_bytes() == clip
    ranges = [headers.get("Range") for headers in server.headers("/media/tea.mp4")]
    assert "bytes=6000-" in ranges


def test_a_page_that_is_the_video_itself(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/watch"] = whole(clip)
    fetching({"7": "/watch"})
    assert (fetching.to / "7.mp4").read_bytes() == clip


@pytest.fixture
def by_yt_dlp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own downloader fetches the file too, as it does for YouTube."""
    monkeypatch.setattr(sites, "_plain", lambda video: False)


@pytest.mark.usefixtures("by_yt_dlp")
def test_the_downloader_of_yt_dlp(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/watch": page(VIDEO_PAGE), "/media/tea.mp4": whole(clip)}
    summary = fetching({"7": "/watch"})
    assert (fetching.to / "7.mp4").read_bytes() == clip
    assert summary.received == len(clip)
    assert not list(fetching.to.glob(".partial/*"))


@pytest.mark.usefixtures("by_yt_dlp")
def test_the_downloader_of_yt_dlp_and_a_connection_cut(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/watch": page(VIDEO_PAGE), "/media/tea.mp4": cut(clip, 9000, ETag='"v"')}
    fetching({"7": "/watch"}, tries=1)
    assert fetching.files == []
    assert fetching.rows["/watch"].reason == "cut_short", fetching.rows


@pytest.mark.usefixtures("by_yt_dlp")
@pytest.mark.parametrize(("code", "reason"), [(403, "media_refused"), (404, "gone"), (503, "server_error")])
def test_the_downloader_of_yt_dlp_and_refusals(
    code: int, reason: str, fetching: Fetching, server: Server, clip: bytes
) -> None:
    server.routes |= {"/watch": page(VIDEO_PAGE), "/media/tea.mp4": status(code)}
    fetching({"7": "/watch"}, tries=1)
    assert fetching.rows["/watch"].reason == reason, fetching.rows


@pytest.mark.usefixtures("by_yt_dlp")
def test_the_downloader_of_yt_dlp_and_a_limit(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/watch": page(VIDEO_PAGE), "/media/tea.mp4": whole(clip)}
    fetching({"7": "/watch"}, most_gigabytes=1e-5)
    assert fetching.rows["/watch"].reason == "too_large", fetching.rows
    assert fetching.files == []


def stream(tmp_path: Path, height: int, frames: int = 20) -> bytes:
    """A piece of an MPEG transport stream."""
    path = tmp_path / f"{height}.ts"
    with av.open(str(path), "w", format="mpegts") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = height * 4 // 3, height, "yuv420p"
        for i in range(frames):
            frame = av.VideoFrame(height * 4 // 3, height, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([i * 8 % 256]) * plane.buffer_size)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path.read_bytes()


HEIGHTS = (180, 360, 720)


@pytest.fixture
def streaming(server: Server, tmp_path: Path) -> Server:
    """A page with a stream in pieces, in three sizes."""
    master = ["#EXTM3U"]
    for height in HEIGHTS:
        size = f"{height * 4 // 3}x{height}"
        master += [f'#EXT-X-STREAM-INF:BANDWIDTH={height}000,RESOLUTION={size},CODECS="avc1.42c01e"', f"{height}.m3u8"]
        pieces = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:0.8,", f"{height}.ts", "#EXT-X-ENDLIST"]
        server.routes[f"/hls/{height}.m3u8"] = page("\n".join(pieces), "application/vnd.apple.mpegurl")
        server.routes[f"/hls/{height}.ts"] = whole(stream(tmp_path, height), "video/mp2t")
    server.routes["/hls/all.m3u8"] = page("\n".join(master), "application/vnd.apple.mpegurl")
    server.routes["/live"] = page(
        '<html><body><video><source src="/hls/all.m3u8" type="application/x-mpegURL"></video></body></html>'
    )
    return server


@pytest.mark.parametrize(("asked", "height"), [(480, 360), (720, 720), (200, 180), (100, 180)])
def test_the_size_is_the_largest_that_was_asked_for(
    asked: int, height: int, fetching: Fetching, streaming: Server
) -> None:
    fetching({"7": "/live"}, height=asked)
    assert fetching.files == ["7.mp4"], fetching.rows
    with av.open(str(fetching.to / "7.mp4")) as container:
        assert container.streams.video[0].height == height
    assert [path for path, _ in streaming.threads.asked if path.endswith(".ts")] == [f"/hls/{height}.ts"]


def test_a_format_in_the_words_of_yt_dlp(fetching: Fetching, streaming: Server) -> None:
    fetching({"7": "/live"}, format="bv*[height=720]")
    assert streaming.count("/hls/720.ts") == 1


@pytest.fixture
def leaky() -> Iterator[None]:
    """yt-dlp leaves the file open in which it puts a stream's pieces together, when something goes wrong."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("leaky")
def test_a_stream_of_which_a_piece_is_missing_is_none(fetching: Fetching, streaming: Server) -> None:
    lines = [
        "#EXTM3U",
        "#EXT-X-TARGETDURATION:1",
        "#EXTINF:0.8,",
        "360.ts",
        "#EXTINF:0.8,",
        "none.ts",
        "#EXT-X-ENDLIST",
    ]
    streaming.routes["/hls/360.m3u8"] = page("\n".join(lines), "application/vnd.apple.mpegurl")
    fetching({"7": "/live"}, tries=1)
    assert fetching.files == []
    assert fetching.rows["/live"].status == "failed"


@pytest.mark.usefixtures("leaky")
def test_a_limit_stops_a_stream(fetching: Fetching, streaming: Server) -> None:
    summary = fetching({"7": "/live"}, total_gigabytes=1e-7)
    assert fetching.files == []
    assert summary.all.waiting == 1


PAGES = {
    "no video": (page("<html><body>nothing here</body></html>"), "no_video"),
    "two videos": (page(VIDEO_PAGE.replace("</body>", '<video src="/media/other.mp4"></video></body>')), "no_video"),
    "gone": (status(404), "gone"),
    "forbidden": (status(403), "forbidden"),
    "in trouble": (status(503), "server_error"),
    "too many": (status(429), "rate_limited"),
    "round and round": (redirect("/watch"), "redirects"),
    "private": (redirect("http://10.0.0.1/"), "private_address"),
    "private video": (page(VIDEO_PAGE.replace("/media/", "http://127.0.0.2/media/")), "private_address"),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_a_video_to_be_had(name: str, fetching: Fetching, server: Server, clip: bytes) -> None:
    behavior, reason = PAGES[name]
    server.routes |= {"/watch": behavior, "/media/tea.mp4": whole(clip), "/media/other.mp4": whole(clip)}
    fetching({"7": "/watch"}, tries=1)
    assert fetching.rows["/watch"].reason == reason, fetching.rows
    assert fetching.files == []


RECORDED = {
    # Of YouTube, as quoted in yt-dlp's issues
    "ERROR: [youtube] x: Private video. Sign in if you've been granted access to this video": "private",
    "ERROR: [youtube] x: Private video. Sign in if you've been granted access to this video. Use --cookies-from-browser"
    " or --cookies for the authentication.": "private",
    "ERROR: [youtube] x: Video unavailable": "removed",
    "ERROR: [youtube] x: Video unavailable. This video is no longer available because the YouTube account associated "
    "with this video has been terminated.": "removed",
    "ERROR: [youtube] x: Video unavailable. This video has been removed by the uploader": "removed",
    "ERROR: [youtube] x: This video has been removed for violating YouTube's Terms of Service": "removed",
    "ERROR: [youtube] x: Video unavailable. This video is no longer available due to a copyright claim by Y": "removed",
    "ERROR: [youtube] x: Video unavailable. The uploader has not made this video available in your country": (
        "geo_blocked"
    ),
    "ERROR: [youtube] x: Video unavailable. This video contains content from SME, who has blocked it in your country on"
    " copyright grounds": "geo_blocked",
    "ERROR: [youtube] x: Sign in to confirm your age. This video may be inappropriate for some users. Use "
    "--cookies-from-browser or --cookies for the authentication.": "login_required",
    "ERROR: [youtube] x: Join this channel to get access to members-only content like this video, and other exclusive "
    "perks.": "login_required",
    "ERROR: [youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the "
    "authentication.": "rate_limited",
    "ERROR: [youtube] x: Sign in to confirm you're not a bot. This helps protect our community. Learn more": (
        "rate_limited"
    ),
    "ERROR: [youtube] x: Video unavailable. This content isn't available, try again later. The current session has "
    "been "
    "rate-limited by YouTube for up to an hour.": "rate_limited",
    "ERROR: [youtube] x: This live event will begin in 3 hours.": "not_yet",
    "ERROR: [youtube] x: Premieres in 26 hours": "not_yet",
    "ERROR: [youtube:truncated_id] x: Incomplete YouTube ID x. URL https://youtu.be/x looks truncated.": "gone",
    "ERROR: [youtube] x: Requested format is not available. Use --list-formats for a list of available formats": (
        "no_video"
    ),
    # Of yt-dlp itself
    "ERROR: unable to download video data: HTTP Error 403: Forbidden": "media_refused",
    "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)": "gone",
    "ERROR: [youtube] x: Unable to download API page: HTTP Error 429: Too Many Requests": "rate_limited",
    "ERROR: [generic] x: Unable to download webpage: HTTP Error 503: Service Unavailable": "server_error",
    "ERROR: [youtube] x: Unable to download webpage: <urlopen error [Errno -3] Temporary failure in name resolution>": (
        "unreachable"
    ),
    "ERROR: [youtube] x: Unable to download webpage: The read operation timed out": "timeout",
    "ERROR: Unsupported URL: http://example.org/": "no_video",
    "ERROR: [vimeo] 1: The web client only works when logged-in. Use --cookies": "login_required",
    "ERROR: [x] y: An extractor error has occurred. (caused by KeyError('a')); please report this issue on": (
        "site_error"
    ),
}


@pytest.mark.parametrize("message", RECORDED)
def test_messages(message: str) -> None:
    failure = from_message(message)
    assert failure.reason == RECORDED[message]
    assert failure.detail
    assert "please report" not in failure.detail


def test_what_may_pass_is_asked_again_and_what_is_gone_is_not() -> None:
    again = {reason: REASONS[reason].again for reason in RECORDED.values()}
    assert {reason for reason, when in again.items() if when == "never"} == {
        "private", "removed", "geo_blocked", "login_required", "gone", "no_video",
    }  # fmt: skip


def test_the_table_holds_reasons_and_patterns() -> None:
    for pattern, reason in MESSAGES:
        assert reason in REASONS
        re.compile(pattern)
    assert from_message("\x1b[0;31mERROR:\x1b[0m [youtube] x: Video unavailable").reason == "removed"
    assert len(from_message("x" * 5000).detail) < 1000
