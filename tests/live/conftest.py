"""Networks and a recognizer, made once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
