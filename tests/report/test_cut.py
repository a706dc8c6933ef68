"""The page on clips: how long they last, and what of the clips asked for is there."""

import csv
import json
from pathlib import Path

import pytest

from chereme.report import write_report
from chereme.report.cut import cut_clips
from chereme.report.facts import Facts
from tests.report.folder import Folder

FIGURES = {"clips": 2, "mean": 1.5, "median": 1.25, "p5": 0.5, "p95": 2.75, "total": 3.0}


def write(root: Path, rows: list[tuple[str, str, int]], durations: object) -> Path:
    """A folder in which three clips of two glosses were asked for, two of them there."""
    folder = Folder(summary={"exports": {"clips": {"path": "exports/clips", "samples": 2}}})
    folder.add("a", "book")
    folder.add("b", "<b>where</b>", "test")
    folder.lack("c", "book", split="train")
    folder.write(root)
    out = root / "exports" / "clips"
    out.mkdir(parents=True)
    with (out / "coverage.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("split", "gloss", "clips"), *rows])
    (out / "durations.json").write_text(json.dumps(durations))
    return root


def test_durations_and_coverage_are_shown(tmp_path: Path) -> None:
    rows = [("train", "book", 1), ("test", "<b>where</b>", 1), ("train", "<b>where</b>", 0)]
    root = write(tmp_path, rows, {"all": FIGURES, "splits": {"test": {"clips": 0}, "train": FIGURES}})
    found = cut_clips(Facts.read(root))
    assert found is not None
    assert [name for name, _ in found.durations] == ["all", "train", "test"]
    assert found.splits == ("train", "test")
    assert found.total.counts == ((2, 1), (1, 1))
    assert [(row.name, row.counts, row.share) for row in found.glosses] == [
        ("book", ((2, 1), (0, 0)), 0.5),
        ("<b>where</b>", ((0, 0), (1, 1)), 1.0),
    ]
    page = write_report(root).read_text("utf-8")
    assert "Clips that were cut" in page
    assert all(figure in page for figure in ("1.50", "1.25", "0.50", "2.75"))
    assert "<b>where</b>" not in page


@pytest.mark.parametrize("broken", [[], {"all": {}}, {"all": FIGURES, "splits": 3}, "x"])
def test_tables_that_cannot_be_read_leave_the_page_without(broken: object, tmp_path: Path) -> None:
    root = write(tmp_path, [("train", "book", 1)], broken)
    assert cut_clips(Facts.read(root)) is None
    assert "Clips that were cut" not in write_report(root).read_text("utf-8")
