"""Parts are published as they are written, and a store that fails in between leaves no clip in two of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chereme.errors import OutputError
from chereme.plan import FramePlan
from chereme.run.jobs import Read
from chereme.run.progress import Silent
from chereme.run.tracks import PART_CLIPS, extract
from chereme.skeleton import HANDS
from chereme.store import Outcome, Parts
from tests.factories import make_shot, make_track

SHOTS = [make_shot(f"{number:03d}") for number in range(PART_CLIPS + 9)]


def tracked(folder: Path, publish: Callable[[Path], None]) -> None:
    """Two parts of made-up tracks, with something prepared in passing."""

    def run(job: Any, inputs: Iterable[Any]) -> Iterator[Any]:
        for shot in inputs:
            yield Outcome(shot=shot, result=make_track(shot), prepared={"crops": b"a"})

    extract(Parts(folder), SHOTS, Read(skeleton=HANDS, plan=FramePlan(())), run, Silent(), publish)


def test_new_files_alone_are_published_each_ledger_after_its_tracks(tmp_path: Path) -> None:
    published: list[Path] = []
    tracked(tmp_path, published.append)
    folder, *files = published
    assert folder == tmp_path
    assert sorted(files) == sorted(tmp_path.iterdir())
    assert [path.name.split("-")[1] for path in files] == ["000001"] * 3 + ["000002"] * 3
    assert [path.suffix for path in files] == [".parquet", ".parquet", ".json"] * 2


def test_a_store_that_fails_ends_the_run_with_each_clip_once(tmp_path: Path) -> None:
    def failing(path: Path) -> None:
        if path.suffix == ".json":
            raise OutputError("the bucket is on fire")

    with pytest.raises(OutputError, match="on fire"):
        tracked(tmp_path, failing)
    (ledger,) = tmp_path.glob("*.json")
    assert [line["id"] for line in json.loads(ledger.read_bytes())["clips"]] == [s.entry.id for s in SHOTS[:PART_CLIPS]]
