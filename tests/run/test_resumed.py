"""What a run goes on from when the one before was stopped in a bad moment."""

import errno
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from chereme import report
from chereme.run.settings import Build
from chereme.run.stages import build
from tests.commands import run
from tests.run import poisoned


@pytest.fixture
def asked(asked: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A clip a split, out of an archive, followed by a model without networks."""
    poisoned.serve(monkeypatch, tmp_path)
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        for path in sorted(asked.videos[0].glob("01*.mp4")):
            archive.write(path, path.name)
    return replace(
        asked,
        videos=(tmp_path / "clips.zip",),
        landmarks="poisoned",
        export=("manifest",),
        limit=1,
        executor="here",
        out=tmp_path / "out",
    )


def test_an_unpacked_video_that_was_cut_off_is_unpacked_anew(asked: Build, tmp_path: Path) -> None:
    build(replace(asked, only="acquire"))
    path, *others = sorted((tmp_path / "out" / "videos").rglob("*.mp4"))
    whole = path.read_bytes()
    os.truncate(path, len(whole) // 2)
    others[0].unlink()
    build(replace(asked, only="acquire"))
    assert path.read_bytes() == whole
    assert others[0].exists()


def test_a_clip_lost_in_delivery_comes_when_it_is_tried_again(asked: Build, tmp_path: Path) -> None:
    summary = build(asked)
    record = tmp_path / "out" / "exports" / "manifest" / "export.json"
    said = json.loads(record.read_bytes())
    lost = [{"id": "0100101", "stage": "deliver", "reason": "worker_died", "detail": ""}]
    record.write_text(json.dumps(said | {"samples": 2, "rejects": lost}))
    assert build(asked)["exports"]["manifest"]["samples"] == 2
    assert build(replace(asked, retry=("timeout",)))["exports"]["manifest"]["samples"] == 2
    assert build(replace(asked, retry=("worker_died",)))["exports"] == summary["exports"]
    assert json.loads(record.read_bytes()) == said


def test_torn_settings_of_tracks_are_written_anew(asked: Build, tmp_path: Path) -> None:
    build(asked)
    (settings,) = (tmp_path / "out").glob("tracks/*/settings.json")
    whole = settings.read_bytes()
    os.truncate(settings, 20)
    for ledger in settings.parent.glob("part-*"):
        ledger.unlink()
    assert build(asked)["kept"] == 3
    assert settings.read_bytes() == whole


def test_a_disk_that_is_full_when_the_report_comes_is_one_clear_message(
    asked: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(root: Path, executor: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(root / "report.html"))

    monkeypatch.setattr(report, "write_report", fails)
    places = ("--metadata", asked.metadata, "--videos", asked.videos[0], "--out", tmp_path / "out")
    what = ("--landmarks", "poisoned", "--export", "manifest", "--limit", 1, "--executor", "here")
    assert run("build", *places, *what, "--choose.glosses", "hello") == 2
    assert "the disk is full at" in " ".join(capsys.readouterr().err.split())
