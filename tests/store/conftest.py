"""What tests of stores share."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Of a folder in fsspec's store in memory, which is empty again afterwards."""
    far = pytest.importorskip("fsspec").filesystem("memory")
    yield f"memory://{tmp_path.name}"
    far.store.clear()
