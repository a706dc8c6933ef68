"""A headless Chromium with a film for a camera, led by its DevTools protocol."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import av
import numpy as np
from websockets.sync.client import ClientConnection, connect

PROGRAMS = "chromium", "chromium-browser", "google-chrome"


def program() -> str | None:
    """Where there is a browser of that family, if anywhere."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def write_camera(videos: list[Path], out: Path, rest: int = 12, scale: int = 1) -> Path:
    """An uncompressed film, which Chromium takes for a camera and plays again and again; a rest follows each video.

    `scale` makes its pictures so many times as wide and high.
    """
    pictures: list[Any] = []
    rate: Any = 25
    for video in videos:
        with av.open(str(video)) as container:
            rate = container.streams.video[0].average_rate
            frames = [
                frame.reformat(frame.width * scale, frame.height * scale, "yuv420p").to_ndarray()
                for frame in container.decode(video=0)
            ]
        pictures += [*frames, *[frames[-1]] * rest]
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    with out.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420jpeg\n".encode())
        for each in pictures:
            file.write(b"FRAME\n" + np.ascontiguousarray(each).tobytes())
    return out


class Tab:
    """One page of the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._count = connection, 0
        self.errors: list[str] = []
        self.ask("Runtime.enable")
        self.ask("Log.enable")
        self.ask("Page.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one of the protocol's methods."""
        self._count += 1
        self._connection.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            said: dict[str, Any] = json.loads(self._connection.recv(timeout=30))
            if said.get("id") == self._count:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result
            if said.get("method") == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(said["params"]["exceptionDetails"]))
            if said.get("method") == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                self.errors.append(said["params"]["entry"]["text"])

    def value(self, script: str) -> Any:
        """What an expression is in the page."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, script: str, seconds: float, told: Callable[[], str] = str) -> Any:
        """What an expression is once it is true."""
        end = time.monotonic() + seconds
        while not (value := self.value(script)):
            assert time.monotonic() < end, f"never came: {script}; {told()}"
            time.sleep(0.1)
        return value

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in a field for files."""
        self.ask("DOM.enable")
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        field = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=field, files=[str(file)])

    def picture(self, out: Path) -> None:
        """Write what the page looks like, as PNG."""
        out.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser(camera: Path, folder: Path, size: tuple[int, int] = (1360, 850)) -> Iterator[Tab]:
    """A tab of a new browser, whose camera is that film and is given to whoever asks."""
    found = program()
    assert found
    process = subprocess.Popen(
        [
            *(found, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"),
            *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
            *(f"--use-file-for-fake-video-capture={camera}", "--disable-background-networking", "about:blank"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = folder / "DevToolsActivePort"
        end = time.monotonic() + 60
        while not told.is_file() or not told.read_text().strip():
            assert process.poll() is None, "the browser ended"
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.1)
        port = told.read_text().split()[0]
        with urlopen(Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT"), timeout=30) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        with connect(address, max_size=None, proxy=None) as connection:
            yield Tab(connection)
    finally:
        process.terminate()
        process.wait(30)
