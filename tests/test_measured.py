"""How near two programs' points lie is counted rightly, and the pages show what was measured."""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
LINE = np.linspace(0, 20, 21, dtype=np.float32)
"""A hand whose points lie on a line: wrist to middle-finger knuckle, its size, is 9."""


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return import_module("compare")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "docs")
    return import_module("measured")


def hand(x: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    points = np.zeros((21, 4), np.float32)
    points[:, 0], points[:, 3] = LINE + x, 1
    return points


def frames(*found: list[float | None]) -> np.ndarray[tuple[int, int, int, int], np.dtype[np.float32]]:
    """(frames, slots, 21, x y z score) of hands at places x, NaN for none."""
    return np.stack([[np.full((21, 4), np.nan) if x is None else hand(x) for x in row] for row in found])


def finds(compare: ModuleType, *found: list[float | None]) -> object:
    points = frames(*found)
    right = np.where(np.isnan(points[:, :, 0, 0]), np.nan, np.arange(points.shape[1]))
    return compare.Finds(points=points, right=right)


def test_each_find_is_matched_with_one_at_most_and_the_nearest(compare: ModuleType) -> None:
    (one,) = compare.pairs(frames([0.0, None])[0], frames([3.0, 0.9])[0], "hands")
    assert (one.first, one.second, one.apart) == (0, 1, pytest.approx(0.1))
    assert not compare.pairs(frames([0.0])[0], frames([5.0])[0], "hands")


def test_agreement_counts_what_is_found_matched_and_alone(compare: ModuleType) -> None:
    first = finds(compare, [0.0, 50.0], [0.0, None], [0.0, None], [None, None])
    second = finds(compare, [0.9, 50.0], [90.0, 0.0], [None, None], [0.0, None])
    found = compare.agreement([(first, second)], "hands")
    assert (found["frames"], found["found by the first"], found["matched"]) == (4, 4, 0.75)
    assert (found["found by the second alone"], found["frames of the first alone"]) == (2, 1)
    assert found["frames of the second alone"] == 1
    assert found["same side"] == pytest.approx(2 / 3, abs=1e-4)


def test_error_is_counted_where_hands_are_visible(compare: ModuleType) -> None:
    true = frames([0.0, 50.0], [0.0, 50.0])[..., :2]
    truth = compare.Truth(points=true, visible=np.array([[1, 1], [1, 0]], bool), middle=np.array([True, False]))
    found = finds(compare, [0.9, 200.0], [None, 50.0])
    middle = compare.error([(found, truth)], middle=True)
    assert (middle["hands"], middle["found"], middle["median"], middle["spurious"]) == (2, 0.5, 0.1, 0.5)
    assert compare.error([(found, truth)], middle=False)["hands"] == 3


@pytest.mark.parametrize("table", ["agreement", "truth", "engine", "clips"])
def test_tables_are_made_of_what_was_committed(measured: ModuleType, table: str) -> None:
    rows = getattr(measured, table)().splitlines()
    if table == "engine" and not (ROOT / "benchmarks" / "engine.json").exists():
        assert len(rows) == 1
        return
    assert sum(row.startswith("| ") for row in rows) > 5


def test_recognizers_do_as_well_as_the_pages_say(measured: ModuleType) -> None:
    runs = json.loads((ROOT / "benchmarks" / "recognizers.json").read_text("utf-8"))["runs"]
    best = {run["classes"]: run["val_top1"] for run in sorted(runs, key=lambda run: float(run["val_top1"]))}
    ridge = {run["classes"]: run["val_top1"] for run in runs if run["recognizer"] == "kernel ridge"}
    assert best[100] >= 0.7 > ridge[100]
    assert f"### WLASL100\n\n{runs[0]['train']} train clips" in measured.recognizers()
    unseen = json.loads((ROOT / "benchmarks" / "signers.json").read_text("utf-8"))
    assert all(row["top1"] >= 0.95 for row in unseen if row["collection"] == "drawn")
    assert {row["recognizer"] for row in unseen} == {"lstm", "hierarchical", "conv-transformer"}
    assert measured.signers().count("\n| drawn | ") == 3


def test_static_hands_are_those_of_mediapipe() -> None:
    rows = json.loads((ROOT / "benchmarks" / "parity.json").read_text("utf-8"))["agreement"]
    for row in rows:
        if (row["first"], row["second"]) == ("mediapipe/hands/static", "chereme/hands/static"):
            assert row["matched"] >= 0.98
            assert row["median"] <= 0.005
            assert row["95th percentile"] <= 0.05
