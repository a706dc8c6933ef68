"""Clips that kill or block the process which works on them: the rest of a run does not feel it."""

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chereme.run.settings import Build
from chereme.run.stages import build
from tests.run import poisoned
from tests.run.conftest import digests

TIMEOUT = 3.0


@pytest.fixture
def asked(asked: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Three clips a split, followed by a model that does what it is told."""
    poisoned.serve(monkeypatch, tmp_path)
    return replace(
        asked, landmarks="poisoned", limit=3, workers=2, executor="pool", timeout=TIMEOUT, out=tmp_path / "out"
    )


@pytest.fixture
def ids(asked: Build) -> list[str]:
    """The clips that the run will meet."""
    assert asked.out is not None
    assert build(replace(asked, only="acquire", executor="here"))["asked"] == 9
    return sorted(pq.read_table(asked.out / "catalog.parquet")["id"].to_pylist())


def rejects(out: Path) -> dict[str, str]:
    """Reasons by id, of clips rejected while extracting."""
    with (out / "rejects.csv").open(newline="") as lines:
        return {line["id"]: line["reason"] for line in csv.DictReader(lines) if line["stage"] == "extract"}


def test_they_are_rejected_with_a_reason_and_all_others_kept(
    asked: Build, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked.out is not None
    deadly, once, hanging = ids[1], ids[3], ids[5]
    for variable, id in ((poisoned.DEADLY, deadly), (poisoned.DEADLY_ONCE, once), (poisoned.HANGING, hanging)):
        monkeypatch.setenv(variable, id)
    summary = build(asked)
    assert (summary["asked"], summary["kept"], summary["unfinished"]) == (9, 7, 0)
    assert summary["rejected"] == {"timeout": 1, "worker_died": 1}
    assert rejects(asked.out) == {deadly: "worker_died", hanging: "timeout"}
    tried = (tmp_path / "notes").read_text().split()
    assert {id: tried.count(id) for id in ids} == {id: 1 + (id in (deadly, once)) for id in ids}


def test_in_the_end_nothing_tells_that_workers_died(
    asked: Build, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked.out is not None
    monkeypatch.setenv(poisoned.DEADLY_ONCE, " ".join(ids[::3]))
    build(asked)
    assert rejects(asked.out) == {}
    untroubled = tmp_path / "untroubled"
    monkeypatch.delenv(poisoned.DEADLY_ONCE)
    build(replace(asked, out=untroubled))
    assert digests(asked.out / "exports") == digests(untroubled / "exports")

    monkeypatch.setenv(poisoned.DEADLY, ids[0])
    monkeypatch.setenv(poisoned.HANGING, ids[8])
    again = replace(asked, out=tmp_path / "again")
    assert build(again)["kept"] == 7
    monkeypatch.delenv(poisoned.DEADLY)
    monkeypatch.delenv(poisoned.HANGING)
    assert build(again)["kept"] == 7, "rejects count as finished"
    assert build(replace(again, retry=("worker_died", "timeout")))["kept"] == 9
    assert again.out is not None
    assert digests(again.out / "exports") == digests(untroubled / "exports")
