"""Clients of all bad kinds against a server that really runs; an honest one is answered while they are at it and after.

Each is a context manager: what it does to the server lasts while its block does.
"""

import io
import json
import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx")

import av
import cv2
import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live.running import BOUND, TOKEN, Running, asks_well, frame, running

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="memory and files are read from /proc"),
    pytest.mark.xdist_group("server"),  # one server for all, in one process
]

MIB = 1 << 20
IDLE, HEAD, CLIP_WAIT = 8.0, 2.0, 15.0
LETTERS = random.Random(0)


@pytest.fixture(scope="module")
def server(checkpoint: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = ("--limits.idle", IDLE, "--limits.head", HEAD, "--limits.clip-wait", CLIP_WAIT)
    with running(checkpoint, tmp_path_factory.mktemp("server"), *limits) as server:
        asks_well(server, (drawn / "videos" / "0700501.mp4").read_bytes())
        yield server


@pytest.fixture(scope="module")
def video(drawn: Path) -> bytes:
    return (drawn / "videos" / "0700501.mp4").read_bytes()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# ---- who they are


NEAR = TOKEN[:-1], TOKEN + "0", TOKEN.upper(), TOKEN[::-1], f"{TOKEN} x", "é" * 22, "x" * 9000, "*", TOKEN + "\x7f"


@contextmanager
def wrong_tokens(server: Running) -> Iterator[None]:
    for token in NEAR:
        headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
        answer = server.ask("POST", "/clip", content=b"x", headers=headers)
        assert answer.status_code in (400, 401), token
    assert server.ask("POST", "/clip", content=b"x").status_code == 401
    assert server.ask("POST", f"/clip?token={TOKEN}", content=b"x").status_code == 401, "a token is no part of an URL"
    assert server.ask("POST", "/clip", content=b"x", headers={"Cookie": f"token={TOKEN}"}).status_code == 401
    for token in (TOKEN[:-1], TOKEN.upper(), "x"):
        with server.camera(token) as camera:
            assert "wants its token" in json.loads(camera.recv(timeout=BOUND))["message"]
            with pytest.raises(ConnectionClosed) as closed:
                camera.recv(timeout=BOUND)
            assert closed.value.rcvd
            assert closed.value.rcvd.code == 1008
    yield


@contextmanager
def other_pages(server: Running) -> Iterator[None]:
    """Pages of other sites, which a visitor's browser lets talk to this machine: it says where they come from."""
    port = server.host.rpartition(":")[2]
    for origin in ("http://evil.example", "null", "https://" + server.host + ".evil.example", "http://127.0.0.1:1"):
        answer = server.ask("POST", "/clip", content=b"x", headers={"Origin": origin, **bearer(TOKEN)})
        assert (answer.status_code, "own page only" in answer.text) == (403, True), origin
        with pytest.raises(InvalidStatus) as refused, server.camera(origin=origin):
            pass
        assert refused.value.response.status_code == 403
    for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "localhost@evil", "[::2]"):
        for origin in ("", f"http://{host}"):  # DNS rebinding: their name leads here, and their page is "our" page
            headers = {"Host": host, **bearer(TOKEN)} | ({"Origin": origin} if origin else {})
            answer = server.ask("POST", "/clip", content=b"x", headers=headers)
            assert (answer.status_code, "that name" in answer.text) == (403, True), host
            assert "access-control-allow-origin" not in answer.headers
    yield


# ---- what they send


@contextmanager
def frames_of_100_mb(server: Running) -> Iterator[None]:
    with server.opened() as connection:  # announced alone: refused before it comes
        connection.sendall(struct.pack("!BBQ", 0x82, 0x80 | 127, 100 * MIB) + bytes(4))
        assert close_code(connection) == 1009
    with server.camera() as camera:  # packed small, as extensions allow
        camera.recv(timeout=BOUND)
        with pytest.raises(ConnectionClosed) as closed:
            camera.send(bytes(100 * MIB))
            camera.recv(timeout=BOUND)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1009
    with server.opened() as connection:  # in pieces of which no one is too large
        with suppress(OSError):
            for number in range(1600):
                connection.sendall(struct.pack("!BBH", 0x00 if number else 0x02, 0x80 | 126, 60_000) + bytes(60_004))
        assert close_code(connection) in (1009, None)
    yield


def close_code(connection: socket.socket) -> int | None:
    """With which code the other side closes; None where it breaks off."""
    heard = b""
    with suppress(OSError):
        while piece := connection.recv(1 << 16):
            heard += piece
            if (at := heard.find(b"\x88")) >= 0 and len(heard) >= at + 4:
                return int.from_bytes(heard[at + 2 : at + 4])
    return None


@contextmanager
def garbage_in_a_camera(server: Running) -> Iterator[None]:
    utf = struct.pack("!BB", 0x81, 0x80 | 2) + bytes(4) + b"\xff\xfe"
    long_ping = struct.pack("!BBH", 0x89, 0x80 | 126, 300) + bytes(304)
    reserved = b"\x87\x80" + bytes(4), b"\xf2\x80" + bytes(4)
    for said in (LETTERS.randbytes(5000), b"\x82\x05hello", *reserved, utf, long_ping):
        with server.opened() as connection:
            connection.sendall(said)
            assert close_code(connection) in (None, 1002, 1003, 1007, 1009, 1000), said[:8]
    for data in (b"", b"x", b"\0" * 8, b"x" * 1000, frame(1.0)[:30], frame(float("nan")), frame(1.0, kind="PNG")):
        refused(server, data)
    yield


@contextmanager
def pictures_that_are_bombs(server: Running) -> Iterator[None]:
    jpeg = bytearray(frame(1.0))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack("!HH", 65_000, 65_000)
    png = bytearray(frame(1.0, kind="PNG"))
    png[8 + 16 : 8 + 24] = struct.pack("!II", 65_000, 65_000)
    passes = progressive(20_000)  # most of a minute
    assert len(passes) < MIB
    for bomb in (jpeg, png, passes):
        begun = time.monotonic()
        refused(server, bytes(bomb))
        assert time.monotonic() - begun < BOUND, "it was decoded"
        answer = server.ask("POST", "/clip", content=bytes(bomb[8:]), headers=bearer(TOKEN))
        assert answer.status_code == 422, answer.text
    yield


def progressive(scans: int) -> bytes:
    """A frame whose last scan is repeated so often: small, and each costs a pass over the picture."""
    data = frame(1.0, 1280, 1280, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + (data[last:-2] * scans) + data[-2:]


def refused(server: Running, data: bytes) -> None:
    with server.camera() as camera:
        camera.recv(timeout=BOUND)
        camera.send(data)
        assert json.loads(camera.recv(timeout=BOUND))["type"] == "error"
        with pytest.raises(ConnectionClosed) as closed:
            camera.recv(timeout=BOUND)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1003


@contextmanager
def garbage_for_http(server: Running) -> Iterator[None]:
    ask = server.head("POST /clip", f"Authorization: Bearer {TOKEN}")[:-2]
    for said in (
        LETTERS.randbytes(4000),
        bytes.fromhex("16030100c8010000c40303") + LETTERS.randbytes(200),  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * (2 * MIB) + b" HTTP/1.1\r\n",
        server.head("GET /about", *(f"X-{number}: {'a' * 1000}" for number in range(1000))),
        ask + b"Content-Length: -1\r\n\r\n",
        ask + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        ask + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx",
        ask + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ):
        with server.tcp() as connection:
            with suppress(OSError):
                connection.sendall(said)
            assert status(connection) in (None, 400, 403, 404, 408, 411, 413, 414, 422, 431, 501), said[:60]
    yield


def status(connection: socket.socket) -> int | None:
    """Of the answer; None where the other side breaks off without one."""
    heard = b""
    with suppress(ConnectionError):
        while b"\r\n" not in heard and (piece := connection.recv(4096)):
            heard += piece
    return int(heard.split()[1]) if heard else None


@contextmanager
def uploads_of_100_mb(server: Running) -> Iterator[None]:
    with server.tcp(server.head("POST /clip", *lines(bearer(TOKEN)), f"Content-Length: {100 * MIB}")) as connection:
        assert status(connection) == 413, "refused before it comes"
    with server.tcp(server.head("POST /clip", *lines(bearer("wrong")), f"Content-Length: {100 * MIB}")) as connection:
        assert status(connection) == 401
        with pytest.raises(OSError):  # noqa: PT011  # reset, broken pipe or time out
            for _ in range(10_000):  # what comes after the answer is not taken for ever
                connection.sendall(bytes(16 * MIB // 1024))
                time.sleep(0.005)
    with server.tcp(server.head("POST /clip", *lines(bearer(TOKEN)), "Transfer-Encoding: chunked")) as connection:
        with suppress(OSError):
            for _ in range(100):
                connection.sendall(b"100000\r\n" + bytes(MIB) + b"\r\n")
        assert status(connection) in (413, None)
    yield


def lines(headers: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


@contextmanager
def names_of_files(server: Running) -> Iterator[None]:
    """Nothing that a client says is a path: of no part of it comes a file, whatever its name."""
    temporary = server.log.parent / "temporary"
    for name in ("../../x", "/etc/passwd", "..\\x", "a\0b", "%2e%2e%2fx"):
        said = name.encode("unicode_escape").decode()
        body = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{said}"\r\n\r\nhello\r\n--b--\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=b", **bearer(TOKEN)}
        assert server.ask("POST", "/clip", content=body.encode(), headers=kind).status_code == 422
        headers = {"Content-Disposition": f"attachment; filename={said}", **bearer(TOKEN)}
        assert server.ask("POST", f"/clip?name={said}", content=b"x", headers=headers).status_code == 422
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page/../app.js", "//etc/passwd", "/app.js%00.png"):
        with server.tcp(server.head(f"GET {path}")) as connection:
            assert status(connection) == 404, path
    for playlist in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"):
        answer = server.ask("POST", "/clip", content=playlist, headers=bearer(TOKEN))
        assert (answer.status_code, answer.json()["error"]) == (422, "not_a_video")
    assert list(temporary.iterdir()) == []
    yield


@contextmanager
def a_video_that_decodes_for_ever(server: Running) -> Iterator[None]:
    """47 MB, 4096×2304 pixels, 19 seconds: within the limits, and minutes of work."""
    begun = time.monotonic()
    head = server.head("POST /clip", *lines(bearer(TOKEN)), f"Content-Length: {len(endless())}")
    with server.tcp(head + endless()) as connection:
        with server.camera() as camera:  # meanwhile
            camera.recv(timeout=BOUND)
            for number in range(10):
                camera.send(frame(1.0 + number))
                assert json.loads(camera.recv(timeout=BOUND))["type"] == "seen"
        assert status(connection) == 422
    assert CLIP_WAIT <= time.monotonic() - begun < CLIP_WAIT + BOUND, "given up in time"
    yield


@cache
def endless() -> bytes:
    """A VP8 file whose second frame comes again and again: it moves all by a few pixels, in 21 KB."""
    held = io.BytesIO()
    with av.open(held, "w", format="ivf") as container:
        stream = container.add_stream("libvpx", rate=120, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = 4096, 2304, "yuv420p"
        container.start_encoding()  # writes the header
        coarse = np.random.default_rng(0).integers(0, 256, (36, 64, 3), np.uint8)
        picture = cv2.resize(coarse, (4096, 2304), interpolation=cv2.INTER_CUBIC)
        packets: list[bytes] = []
        for number in range(3):
            moved = cv2.warpAffine(picture, np.array([[1, 0, 2.5 * number], [0, 1, 1.5 * number]]), (4096, 2304))
            shown = av.VideoFrame.from_ndarray(np.asarray(moved, np.uint8), "rgb24")
            shown.pts = number
            packets += map(bytes, stream.encode(shown))
        packets += map(bytes, stream.encode(None))
    frames = [packets[0], *[packets[-1]] * 2279]
    return held.getvalue()[:32] + b"".join(struct.pack("<IQ", len(each), at) + each for at, each in enumerate(frames))


# ---- how they hold on


@contextmanager
def slow_headers(server: Running) -> Iterator[None]:
    """Slow loris: a header that comes a byte at a time."""
    with ExitStack() as stack:
        said = server.head("GET /about")
        slow = [stack.enter_context(server.tcp(said[:1])) for _ in range(40)]
        begun = time.monotonic()
        yield
        for number in range(1, 60):
            slow = [each for each in slow if trickle(each, said[number : number + 1])]
            if not slow:
                break
            time.sleep(0.1)
        assert not slow, "still there"
        assert time.monotonic() - begun < BOUND + HEAD


def trickle(connection: socket.socket, piece: bytes) -> bool:
    """Send a byte; whether the other side still listens."""
    try:
        connection.sendall(piece)
        connection.setblocking(False)
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(BOUND)


@contextmanager
def slow_bodies(server: Running) -> Iterator[None]:
    """Clips that come a byte at a time, with a length and without end; a place for one more is left."""
    with ExitStack() as stack:
        sized = server.head("POST /clip", *lines(bearer(TOKEN)), "Content-Length: 1000000")
        chunked = server.head("POST /clip", *lines(bearer(TOKEN)), "Transfer-Encoding: chunked")
        slow = [stack.enter_context(server.tcp(said)) for said in (sized, chunked, chunked)]
        yield
        for number in range(int(60 * CLIP_WAIT)):
            for each in slow:
                with suppress(OSError):
                    each.sendall(b"x" if each is slow[0] else b"1\r\nx\r\n")
            time.sleep(0.02)
            if number * 0.02 > CLIP_WAIT:
                break
        assert [status(each) for each in slow] == [408] * 3


@contextmanager
def more_clips_than_are_taken(server: Running) -> Iterator[None]:
    with ExitStack() as stack:
        said = server.head("POST /clip", *lines(bearer(TOKEN)), "Content-Length: 1000000")
        for _ in range(4):
            stack.enter_context(server.tcp(said))
        time.sleep(0.3)
        with server.tcp(said) as fifth:
            assert status(fifth) == 429
    time.sleep(0.3)  # the four have gone, and their places are free
    yield


@contextmanager
def connections_that_are_never_used(server: Running) -> Iterator[None]:
    """150 of them, more than are allowed at a time: the oldest go, and who has something to say is heard."""
    with ExitStack() as stack:
        idle = [stack.enter_context(server.tcp()) for _ in range(150)]
        yield
        time.sleep(max(0.0, HEAD))
        assert all(status(each) is None for each in idle)


@contextmanager
def fifty_connections(server: Running) -> Iterator[None]:
    """Fifty cameras at a time: four are taken, the others told so; and then they are silent."""
    with ExitStack() as stack:
        cameras = [stack.enter_context(server.camera()) for _ in range(50)]
        said = [json.loads(each.recv(timeout=BOUND)) for each in cameras]
        assert sum(each["type"] == "hello" for each in said) == 4
        assert sum("try again later" in each.get("message", "") for each in said) == 46
        for each in cameras:
            with suppress(ConnectionClosed):
                each.recv(timeout=BOUND)  # until it is closed
        yield


@contextmanager
def deaf_cameras(server: Running) -> Iterator[None]:
    """Cameras that send frames and pings and take no answer: their places are free again soon."""
    with ExitStack() as stack:
        ping = b"\x89\xfd" + bytes(4) + bytes(125)
        deaf = [stack.enter_context(server.opened()) for _ in range(4)]
        for each in deaf:
            each.settimeout(0.5)
            with suppress(OSError):
                for _ in range(300):
                    each.sendall(ping * 1000)
        yield


@contextmanager
def rapid_reconnects(server: Running) -> Iterator[None]:
    for _ in range(300):
        with server.tcp(server.head("GET /about")):
            pass
    for number in range(60):
        connection = server.opened()
        if number % 2:
            connection.sendall(b"\x82\xfe")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # a reset, in the middle of a frame
    for _ in range(5):
        with server.tcp(server.head("POST /clip", *lines(bearer(TOKEN)), "Content-Length: 1000000") + b"x" * 1000):
            pass
    time.sleep(0.5)
    yield


Bad = Callable[[Running], AbstractContextManager[None]]
BAD: list[Bad] = [
    wrong_tokens,
    other_pages,
    frames_of_100_mb,
    garbage_in_a_camera,
    pictures_that_are_bombs,
    garbage_for_http,
    uploads_of_100_mb,
    names_of_files,
    a_video_that_decodes_for_ever,
    slow_headers,
    slow_bodies,
    more_clips_than_are_taken,
    connections_that_are_never_used,
    fifty_connections,
    deaf_cameras,
    rapid_reconnects,
]


@pytest.mark.parametrize("client", BAD, ids=lambda client: client.__name__)
def test_an_honest_client_is_answered_all_the_same(server: Running, video: bytes, client: Bad) -> None:
    files, peak = server.files(), server.peak()
    with client(server):
        asks_well(server, video, camera=client not in (fifty_connections, deaf_cameras))
    asks_well(server, video)
    assert server.process.poll() is None
    assert server.peak() - peak < 200 * MIB, "memory"
    end = time.monotonic() + BOUND
    while server.files() > files + 8 and time.monotonic() < end:
        time.sleep(0.1)
    assert server.files() <= files + 8, "connections or files that stay open"


def test_the_log_has_neither_the_token_nor_anything_untoward(server: Running) -> None:
    log = server.log.read_text()
    assert TOKEN not in log
    assert log.count("Traceback") == log.count("Invalid UTF-8 sequence")  # uvicorn's own word for a text that is none
    assert list((server.log.parent / "temporary").iterdir()) == []
