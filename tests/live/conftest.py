"""Networks and a recognizer, made once for all tests of this folder, and a server that has it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chereme.live.access import Access
from chereme.live.place import Place
from chereme.live.settings import Live
from chereme.live.stream import Begin, opened
from chereme.training.checkpoint import Opened
from chereme.types import Vocabulary
from tests.live.recognizer import SIGNS, nearest, preparation, tracked

KNOWN = "001", "004"
"""Signers whose clips the recognizer knows."""


@pytest.fixture(scope="session")
def recognizer(drawn: Path) -> Opened:
    ids = [f"{sign}{signer}01" for sign in SIGNS for signer in KNOWN]
    return nearest(tracked({id: drawn / "videos" / f"{id}.mp4" for id in ids}))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untaught recognizer of two words."""
    pytest.importorskip("torch")
    from chereme.training.checkpoint import Checkpoint
    from chereme.training.recognizers.lstm import Lstm

    spec, made, words = Lstm(first=8, second=8, dense=8), preparation(), Vocabulary(("book", "hello"))
    weights = spec.build(made.skeleton, made.frames, words).state_dict()
    held = Checkpoint(recognizer="lstm", spec=spec, vocabulary=words, preparation=made, weights=weights)
    return held.save(tmp_path_factory.mktemp("trained") / "best.pt")


@pytest.fixture(scope="session")
def begin() -> Iterator[Begin]:
    with opened(preparation().model) as ready:
        yield ready


@contextmanager
def served(recognizer: Opened, live: Live | None = None, token: str = "") -> Iterator[str]:
    """The address of the page of a server in this process; `running` starts one in a process of its own."""
    import uvicorn

    from chereme.live.server import application

    app = application(Place(recognizer, live or Live()), Access(token=token))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(10)
