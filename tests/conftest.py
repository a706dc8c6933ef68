"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clips and metadata that are no part of the repository; a test that asks for them skips without."""
    folder = Path(os.environ.get("CHEREME_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder


@pytest.fixture(scope="session")
def drawn() -> Path:
    """A small drawn collection in WLASL's form: `metadata.json`, `videos/<id>.mp4`, `joints/<id>.npz`."""
    return ROOT / "tests" / "assets" / "drawn"
