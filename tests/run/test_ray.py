"""Runs on a Ray cluster: a node is lost and nothing with it, and the bytes are those of one machine."""

import os
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from chereme.errors import SettingsError, WorkersError
from chereme.landmarks import weights
from chereme.run.actor import Surroundings
from chereme.run.cluster import Ray
from chereme.run.crew import LOSSES
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.types import Reject
from tests.contracts.test_executors import Square, ended
from tests.run.conftest import digests

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.xdist_group("ray")


@dataclass
class Killing:
    """Takes a node from a cluster when so many clips have been tracked; what died with it was at work."""

    cluster: Any
    node: Any
    after: int
    name: str = ""
    rejects: list[Reject] = field(default_factory=list)

    def stage(self, name: str, total: int, done: int = 0) -> None:
        self.name = name

    def step(self, reject: Reject | None = None) -> None:
        self.rejects += [reject] if reject else []
        if self.name == "extract":
            self.after -= 1
            if not self.after:
                self.cluster.remove_node(self.node, allow_graceful=False)


def test_a_node_lost_mid_run_costs_nothing(
    cluster: Any, asked: Build, uninterrupted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node = cluster.add_node(num_cpus=2, object_store_memory=100 << 20)
    here = ray.get_runtime_context().get_node_id()
    killing = Killing(cluster, node, after=3)
    summary = build(replace(asked, executor="ray", workers=2, out=tmp_path), killing)
    assert here in {each["NodeID"] for each in ray.nodes() if each["Alive"]}
    assert killing.after < 0
    assert "lost with" in caplog.text  # the node had a clip under way
    assert not killing.rejects
    assert (summary["asked"], summary["unfinished"], summary["rejected"]) == (18, 0, {})
    assert digests(tmp_path / "exports") == digests(uninterrupted / "exports")


def test_actors_end_with_the_block_and_what_an_actor_is_lost_with_is_done_again(cluster: Any, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with Ray(workers=1).open() as run:
        results = run(Square(notes=notes), range(20))
        first = [next(results)]
        worker = int(notes.read_text().split()[0])
        actor = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])  # its parent
        os.kill(actor, 9)
        assert sorted([*first, *results]) == [n * n for n in range(20)]
        others = {int(line.split()[0]) for line in notes.read_text().splitlines()}
    limit = time.monotonic() + 20
    while not all(ended(pid) for pid in others):
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert len(others) == 2
    assert LOSSES > 1


def test_a_node_that_does_not_see_the_videos_says_so(cluster: Any, tmp_path: Path) -> None:
    executor = Ray(workers=1, shared=(tmp_path / "nowhere",))
    with executor.open() as run, pytest.raises(SettingsError, match=r"does not see .*nowhere"):
        list(run(Square(), range(3)))


def test_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHEREME_MODELS", str(tmp_path / "models of another machine"))
    around = Surroundings.here((Path("videos"),))
    monkeypatch.chdir("/")
    with pytest.raises(SettingsError, match="does not see videos"):
        around.enter()
    assert "CHEREME_MODELS" not in os.environ
    (tmp_path / "videos").mkdir()
    around.enter()
    assert Path.cwd() == tmp_path
    with pytest.raises(WorkersError, match=r"has chereme .*, not 0"):
        replace(around, chereme="0").enter()


def test_weights_reach_a_node_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = weights.held()
    asked = []

    def given() -> dict[str, bytes]:
        asked.append(1)
        return held

    monkeypatch.setenv("CHEREME_MODELS", str(tmp_path))
    for _ in range(2):
        weights.place(given)
    assert all(each.correct for each in weights.status())
    assert asked == [1]
    name = next(iter(weights.FILES))
    weights.path(name).write_bytes(b"torn")
    weights.place(given)
    assert all(each.correct for each in weights.status())
    shutil.rmtree(tmp_path)
