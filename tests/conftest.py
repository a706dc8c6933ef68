"""What all tests share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes that a test starts hear SIGINT also where the tests themselves do not, as in a shell's background.

    What is ignored stays so in a new program; what has a handler is there as the system has it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A Ray cluster of one node, which this process has joined, and to which a test may add others.

    Tests that use it belong to pytest-xdist's group `ray`, so that there is one only.
    """
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head: dict[str, Any] = {"num_cpus": 6, "object_store_memory": 200 << 20, "include_dashboard": False}
    head["_system_config"] = {"enable_worker_prestart": False, "prestart_worker_first_driver": False}
    head["_system_config"]["memory_monitor_refresh_ms"] = 0  # what else runs on the machine is no business of the tests
    made = Cluster(initialize_head=True, head_node_args=head)
    try:
        ray.init(address=made.address, logging_level="ERROR", log_to_driver=False)
        yield made
    finally:
        ray.shutdown()
        made.shutdown()
