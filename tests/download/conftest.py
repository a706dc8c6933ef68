"""A server that misbehaves, metadata in WLASL's form that names it, and settings without patience."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.stream import VideoStream

from chereme.contracts import Ask
from chereme.download import Download, Summary, download
from chereme.download.ledger import Ledger, Row
from chereme.run.local import Pool
from tests.download.server import Server, serving

Instance = tuple[str, str]
"""An entry's id and URL."""
Film = Callable[..., bytes]

QUICK = Download(
    private=("127.0.0.1/32",), delay=0.0, backoff=0.01, timeout=5.0, tries=3, workers=4, per_host=4, most_wait=5.0
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def clips(drawn: Path) -> list[bytes]:
    """Different drawn clips."""
    return [path.read_bytes() for path in sorted((drawn / "videos").iterdir())[:6]]


@pytest.fixture
def clip(clips: list[bytes]) -> bytes:
    return clips[0]


def write_metadata(path: Path, instances: list[Instance], sources: dict[str, str] | None = None) -> Path:
    glosses = [
        {
            "gloss": f"sign {id}",
            "instances": [{"video_id": id, "url": url, "source": (sources or {}).get(id, "here"), "split": "train"}],
        }
        for id, url in instances
    ]
    path.write_text(json.dumps(glosses))
    return path


@dataclass
class Fetching:
    """A folder that one fetches into."""

    metadata: Path
    to: Path
    server: Server

    def __call__(self, instances: list[Instance] | dict[str, str] | None = None, **settings: Any) -> Summary:
        """Fetch; URLs that begin with a slash are the server's."""
        if instances is not None:
            pairs = instances.items() if isinstance(instances, dict) else instances
            named = [(id, self.server.url(url) if url.startswith("/") else url) for id, url in pairs]
            write_metadata(self.metadata, named)
        return download(self.metadata, replace(QUICK, to=self.to, **settings))

    @property
    def rows(self) -> dict[str, Row]:
        """By the URL's path, or by the whole URL elsewhere."""
        with Ledger(self.to / "downloads.sqlite") as ledger:
            return {row.url.removeprefix(self.server.url("")): row for row in ledger.rows().values()}

    @property
    def files(self) -> list[str]:
        """What lies in the folder, hidden files and our books left out."""
        found = (path.relative_to(self.to) for path in self.to.rglob("*") if path.is_file())
        return sorted(
            path.as_posix() for path in found if not path.parts[0].startswith(".") and path.stem != "downloads"
        )


@pytest.fixture
def fetching(tmp_path: Path, server: Server) -> Fetching:
    return Fetching(tmp_path / "metadata.json", tmp_path / "videos", server)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """A short film in any container and codec, as bytes."""

    def make(name: str, codec: str = "libx264", pix_fmt: str = "yuv420p", frames: int = 20) -> bytes:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=Fraction(25))
            assert isinstance(stream, VideoStream)
            stream.codec_context.width, stream.codec_context.height = 64, 48
            stream.codec_context.pix_fmt = pix_fmt
            for i in range(frames):
                frame = av.VideoFrame(64, 48, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([i * 8 % 256]) * plane.buffer_size)
                container.mux(stream.encode(frame.reformat(format=pix_fmt)))
            container.mux(stream.encode(None))
        return path.read_bytes()

    return make


@pytest.fixture(scope="session")
def standing() -> Iterator[Ask]:
    """Processes that look at what arrives, for all tests that do not ask for their own: they take long to start."""
    with Pool(workers=2).asking() as ask:
        yield ask


@pytest.fixture
def own_processes() -> None:
    """For a test that wants processes of its own."""


@pytest.fixture(autouse=True)
def _processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "own_processes" not in request.fixturenames:
        ask = request.getfixturevalue("standing")
        monkeypatch.setattr(Pool, "asking", lambda self: nullcontext(ask))
