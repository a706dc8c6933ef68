"""What arrives is named by what it is, made MP4 where few could read it, and kept within limits."""

import zlib

import pytest

from chereme.frames.probe import Limits, probe
from tests.download.conftest import Fetching, Film
from tests.download.server import Server, whole

ENDINGS = {
    "a.swf": ("x.swf", "flv", "yuv420p", "7.mp4"),
    "b.mov": ("x.mov", "libx264", "yuv420p", "7.mp4"),
    "jpeg.mov": ("x.mov", "mjpeg", "yuvj420p", "7.mp4"),
    "called.mp4": ("x.mov", "libx264", "yuv420p", "7.mp4"),
    "wrong.swf": ("x.mp4", "libx264", "yuv420p", "7.mp4"),
    "c.webm": ("x.webm", "libvpx", "yuv420p", "7.webm"),
    "c.mp4": ("x.webm", "libvpx", "yuv420p", "7.webm"),
    "d.avi": ("x.avi", "mpeg4", "yuv420p", "7.avi"),
    "e.mkv": ("x.mkv", "libx264", "yuv420p", "7.mkv"),
    "f.flv": ("x.flv", "flv", "yuv420p", "7.flv"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_file_is_named_by_what_it_is(name: str, fetching: Fetching, server: Server, film: Film) -> None:
    made, codec, pix_fmt, file = ENDINGS[name]
    server.routes[f"/{name}"] = whole(film(made, codec, pix_fmt))
    fetching({"7": f"/{name}"})
    assert fetching.files == [file], fetching.rows
    assert probe(fetching.to / file).media.frames == 20
    with (fetching.to / file).open("rb") as made_file:
        assert made_file.read(12)[8:] != b"qt  "
    assert fetching.rows[f"/{name}"].bytes == (fetching.to / file).stat().st_size


def test_a_compressed_flash_film(fetching: Fetching, server: Server, film: Film) -> None:
    plain = film("x.swf", "flv")
    server.routes["/a.swf"] = whole(b"CWS" + plain[3:8] + zlib.compress(plain[8:]))
    fetching({"7": "/a.swf"})
    assert fetching.files == ["7.mp4"]
    assert probe(fetching.to / "7.mp4").media.frames == 20


def test_conversion_can_be_declined(fetching: Fetching, server: Server, film: Film) -> None:
    body = film("x.swf", "flv")
    server.routes["/a.swf"] = whole(body)
    fetching({"7": "/a.swf"}, convert=False)
    assert (fetching.to / "7.swf").read_bytes() == body


def test_a_name_never_comes_from_the_server(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip, Content_Disposition='attachment; filename="../../evil.sh"')
    fetching({"7": "/a.mp4"})
    assert fetching.files == ["7.mp4"]
    assert not list(fetching.to.parent.rglob("*evil*"))


@pytest.mark.parametrize(
    ("name", "lacking", "reason"), [("x.mp4", 50, "truncated"), ("x.swf", 60, "truncated"), ("x.mkv", 60, "truncated")]
)
def test_a_film_that_lacks_its_end(
    name: str, lacking: int, reason: str, fetching: Fetching, server: Server, film: Film
) -> None:
    body = film(name, "flv" if name.endswith("swf") else "libx264")
    server.routes["/a.mp4"] = whole(body[:-lacking])
    fetching({"7": "/a.mp4"})
    assert fetching.rows["/a.mp4"].reason == reason
    assert fetching.files == []


def test_a_container_without_pictures(fetching: Fetching, server: Server, film: Film) -> None:
    header = film("x.mp4")[:32] + b"\0\0\0\x08free"
    server.routes["/a.mp4"] = whole(header)
    fetching({"7": "/a.mp4"})
    assert fetching.rows["/a.mp4"].reason in ("undecodable", "no_video_stream", "no_frames")


def test_a_file_above_the_limit_is_not_fetched(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes |= {"/a.mp4": whole(clip)}
    fetching({"7": "/a.mp4"}, most_gigabytes=1e-5)
    assert fetching.rows["/a.mp4"].reason == "too_large"
    assert fetching.files == []
    assert list((fetching.to).glob(".partial/*")) == []


def test_a_file_above_the_limit_that_does_not_say_so_is_left(fetching: Fetching, server: Server, clip: bytes) -> None:
    def endless(a, _):  # type: ignore[no-untyped-def]
        a.head(200, Connection="close")
        while True:
            a.wfile.write(clip)

    server.routes["/a.mp4"] = endless
    fetching({"7": "/a.mp4"}, most_gigabytes=1e-3)
    assert fetching.rows["/a.mp4"].reason == "too_large"


def test_a_film_longer_than_the_limit(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["/a.mp4"] = whole(clip)
    fetching({"7": "/a.mp4"}, video=Limits(most_hours=1e-5))
    assert fetching.rows["/a.mp4"].reason == "too_long"


def test_the_run_stops_when_the_folder_is_full(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {f"/{i}.mp4": whole(clip) for i, clip in enumerate(clips)}
    urls = {str(i): f"/{i}.mp4" for i in range(len(clips))}
    most = sum(map(len, clips[:3])) + 100
    summary = fetching(urls, workers=1, total_gigabytes=most / 1e9)
    assert summary.all.here == 3
    assert summary.all.waiting == 3
    assert sum((fetching.to / file).stat().st_size for file in fetching.files) <= most
    assert not summary.finished
    assert fetching(urls, workers=1).finished
