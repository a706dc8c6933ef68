from pathlib import Path

import numpy as np
import pytest

from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.report import write_report
from chereme.report.facts import Facts
from chereme.report.poses import HEIGHT, MOST, pairs
from chereme.run.settings import Build
from chereme.run.stages import build
from tests.people import person

CLIPS = 8


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, out = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    for gloss in ("book", "no"):
        (folder / gloss).mkdir()
        for take in range(CLIPS):
            track = person(np.linspace(0, 40, 20), np.linspace(0, 150 - 9 * take, 20))
            (folder / gloss / f"{take}.pose").write_bytes(pose_bytes(as_pose(track)))
    (folder / "no" / "short.pose").write_bytes(pose_bytes(as_pose(person(np.zeros(5), 0))))
    build(Build(dataset="folder", videos=(folder,), landmarks="holistic", export=("pose",), out=out, executor="here"))
    return out


def test_pairs_are_spread_over_the_glosses(built: Path) -> None:
    found = pairs(Facts.read(built))
    assert len(found) == MOST
    assert sum(pair.gloss == "book" for pair in found) == MOST // 2
    assert not any("short" in pair.id for pair in found), "it has no cleaned file"


def test_both_show_the_parts_within_the_picture(built: Path) -> None:
    for pair in pairs(Facts.read(built)):
        for each in (pair.before, pair.after):
            assert set(each.lines) == {"body", "face", "left_hand", "right_hand"}
        assert pair.before.width == pytest.approx(HEIGHT * 320 / 240)
        assert pair.after.width == HEIGHT
        assert pair.before.lines["body"] != pair.after.lines["body"]


def test_the_report_shows_them_and_stays_the_same(built: Path) -> None:
    text = write_report(built).read_text("utf-8")
    assert text.count('<svg class="pose"') == 2 * MOST
    assert "Poses before and after cleaning" in text
    assert write_report(built).read_text("utf-8") == text


def test_files_that_are_gone_or_broken_are_left_out(built: Path) -> None:
    folder = built / "exports/pose"
    first, *_ = sorted((folder / "poses/raw").rglob("book-*.pose"))
    whole = first.read_bytes()
    try:
        first.write_bytes(whole[:100])
        assert all(first.stem != pair.id for pair in pairs(Facts.read(built)))
    finally:
        first.write_bytes(whole)
    table = folder / "poses.csv"
    rows = table.read_text("utf-8")
    try:
        table.write_text(rows.replace("poses/raw", "../../../.."), "utf-8")
        assert pairs(Facts.read(built)) == []
        table.write_bytes(b"\xff\xfe")
        assert pairs(Facts.read(built)) == []
    finally:
        table.write_text(rows, "utf-8")
