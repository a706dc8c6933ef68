"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A deadline measures the machine, not the code; where a change is judged, the examples are the same each time.
settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("here")

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
