"""`chereme serve` in a process of its own, as it is started by hand, and clients that behave or do not."""

import io
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from PIL import Image
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

TOKEN = "open-sesame-0123456789"
BOUND = 40.0
"""Seconds within which an honest client has its answers, on a machine that does other things as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that was started."""

    address: str
    process: "subprocess.Popen[str]"
    log: Path

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def peak(self) -> int:
        """The most memory that it ever took, bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))

    def files(self) -> int:
        """How many files and sockets it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def camera(self, *tokens: str, **how: Any) -> ClientConnection:
        """A WebSocket as our page opens it."""
        names = [Subprotocol(each) for each in ("chereme", *(f"token.{each}" for each in tokens or (TOKEN,)))]
        address = self.address.replace("http", "ws") + "/camera"
        made: ClientConnection = connect(address, subprotocols=names, proxy=None, **how)
        return made

    def tcp(self, said: bytes = b"") -> socket.socket:
        """A plain connection that has said something."""
        parts = urlsplit(self.address)
        connection = socket.create_connection((parts.hostname, parts.port), timeout=BOUND)
        connection.sendall(said)
        return connection

    def head(self, line: str, *headers: str) -> bytes:
        """The head of a request."""
        return "\r\n".join((f"{line} HTTP/1.1", f"Host: {self.host}", *headers, "", "")).encode()

    def opened(self) -> socket.socket:
        """A WebSocket that was let in, without anybody who keeps to its protocol."""
        protocol = f"Sec-WebSocket-Protocol: chereme, token.{TOKEN}"
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        head = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key, protocol)
        connection = self.tcp(self.head("GET /camera", *head))
        assert b" 101 " in connection.recv(64)
        return connection

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """The answer to one request."""
        return httpx.request(method, self.address + path, timeout=BOUND, trust_env=False, **how)


@contextmanager
def running(checkpoint: Path, folder: Path, *flags: object) -> Iterator[Running]:
    """A server that asks for `TOKEN`; its temporary files and log are in the folder."""
    program = "from chereme.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", str(checkpoint), "--port", "0", "--token", TOKEN]
    log, temporary = folder / "log.txt", folder / "temporary"
    temporary.mkdir()
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*command, *map(str, flags)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"},
        )
    assert process.stdout
    try:
        address = process.stdout.readline().split()[1].partition("/#token")[0]
        yield Running(address=address, process=process, log=log)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def frame(seconds: float, width: int = 64, height: int = 48, kind: str = "JPEG", **how: Any) -> bytes:
    """A message of a camera."""
    held = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(held, kind, **how)
    return struct.pack("<d", seconds) + held.getvalue()


def asks_well(server: Running, video: bytes, *, camera: bool = True) -> float:
    """Ask for the page, about the server, about a clip and as a camera, and be answered; how many seconds that took."""
    begun = time.monotonic()
    assert "Sign before the camera" in server.ask("GET", "/").text
    assert server.ask("GET", "/about").json()["words"] == 2
    answer = server.ask("POST", "/clip", content=video, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["guess"]["ranked"]) == 2
    while camera:
        with server.camera() as socket:
            if json.loads(socket.recv(timeout=BOUND))["type"] == "hello":
                socket.send(frame(1.0))
                assert json.loads(socket.recv(timeout=BOUND))["type"] == "seen"
                break
        assert time.monotonic() - begun < BOUND, "no place for a camera"
        time.sleep(0.2)
    took = time.monotonic() - begun
    assert took < BOUND
    return took
