"""A server that misbehaves, metadata in WLASL's form that names it, and settings without patience."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chereme.download import Download, Summary, download
from chereme.download.ledger import Ledger, Row
from tests.download.server import Server, serving

Instance = tuple[str, str]
"""An entry's id and URL."""

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
