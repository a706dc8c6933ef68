"""A real HTTP server on loopback that misbehaves as it is told, and remembers what it was asked."""

import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

Behavior = Callable[["Answering", int], None]
"""Answers a request; the number says how often the path was asked for before."""

LONG_AGO = "Wed, 01 Jan 2020 00:00:00 GMT"


class Answering(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "Threads"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with self.server.lock:
            number = self.server.counts[path]
            self.server.counts[path] += 1
            self.server.asked.append((path, dict(self.headers)))
            self.server.times.append(time.monotonic())
            self.server.abreast += 1
            self.server.most_abreast = max(self.server.most_abreast, self.server.abreast)
        try:
            self.server.routes.get(path, status(404))(self, number)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.abreast -= 1

    do_HEAD = do_GET  # noqa: N815

    def head(self, code: int, **headers: object) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


class Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Answering)
        self.routes: dict[str, Behavior] = {}
        self.counts: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []
        self.lock = Lock()
        self.abreast = self.most_abreast = 0
        self.closing = Event()

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@dataclass
class Server:
    """What a test holds: routes to set, requests to look at."""

    threads: Threads
    routes: dict[str, Behavior] = field(init=False)

    def __post_init__(self) -> None:
        self.routes = self.threads.routes

    @property
    def port(self) -> int:
        return int(self.threads.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def count(self, path: str) -> int:
        return self.threads.counts[path]

    def headers(self, path: str) -> list[dict[str, str]]:
        return [headers for asked, headers in self.threads.asked if asked == path]


@contextmanager
def serving() -> Iterator[Server]:
    threads = Threads(("127.0.0.1", 0))
    thread = Thread(target=threads.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Server(threads)
    finally:
        threads.closing.set()
        threads.shutdown()
        threads.server_close()
        thread.join()


def status(code: int, **headers: object) -> Behavior:
    def answer(a: Answering, _: int) -> None:
        a.head(code, Content_Length=2, **headers)
        a.wfile.write(b"no")

    return answer


def whole(body: bytes, type: str = "video/mp4", etag: str = '"one"', **headers: object) -> Behavior:
    """A well-behaved file: ETag, ranges, If-Range."""

    def answer(a: Answering, _: int) -> None:
        told = re.fullmatch(r"bytes=(\d+)-", a.headers.get("Range", ""))
        fits = a.headers.get("If-Range", etag) == etag
        if told and fits and int(told[1]) < len(body):
            at = int(told[1])
            told_range = f"bytes {at}-{len(body) - 1}/{len(body)}"
            a.head(206, Content_Length=len(body) - at, Content_Range=told_range, ETag=etag, Content_Type=type)
            a.wfile.write(body[at:])
        else:
            a.head(200, Content_Length=len(body), Content_Type=type, ETag=etag, Accept_Ranges="bytes", **headers)
            if a.command != "HEAD":
                a.wfile.write(body)

    return answer


def cut(body: bytes, at: int, **headers: object) -> Behavior:
    """The whole length promised, and the connection cut in the midst."""

    def answer(a: Answering, _: int) -> None:
        a.head(200, Content_Length=len(body), Content_Type="video/mp4", **headers)
        a.wfile.write(body[:at])
        a.hang_up()

    return answer


def drip(body: bytes, *, size: int, every: float, start: int = 0, **headers: object) -> Behavior:
    """A few bytes at a time."""

    def answer(a: Answering, _: int) -> None:
        a.head(200, Content_Length=len(body), Content_Type="video/mp4", **headers)
        a.wfile.write(body[:start])
        for at in range(start, len(body), size):
            if a.server.closing.wait(every):
                return
            a.wfile.write(body[at : at + size])
            a.wfile.flush()

    return answer


def silent(seconds: float) -> Behavior:
    """Nothing at all, for a while."""

    def answer(a: Answering, _: int) -> None:
        a.server.closing.wait(seconds)
        a.hang_up()

    return answer


def length(body: bytes, stated: int) -> Behavior:
    """More or fewer bytes than are stated."""

    def answer(a: Answering, _: int) -> None:
        a.head(200, Content_Length=stated, Content_Type="video/mp4")
        a.wfile.write(body)
        a.hang_up()

    return answer


def unstated(body: bytes) -> Behavior:
    """No length at all: the end of the connection is the end of the file."""

    def answer(a: Answering, _: int) -> None:
        a.head(200, Content_Type="video/mp4", Connection="close")
        a.wfile.write(body)
        a.hang_up()

    return answer


def redirect(where: str, code: int = 302, **headers: object) -> Behavior:
    return lambda a, _: a.head(code, Location=where, Content_Length=0, **headers)


def page(text: str, type: str = "text/html") -> Behavior:
    return whole(text.encode(), type)


def first(*behaviors: Behavior) -> Behavior:
    """One after the other; the last for all that follow."""
    return lambda a, number: behaviors[min(number, len(behaviors) - 1)](a, number)
