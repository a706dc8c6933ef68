"""Killed at any moment, the same command goes on, and in the end nothing tells that it was killed."""

import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from chereme.run.settings import Build
from chereme.run.stages import build
from tests.run.conftest import GLOSSES, digests

PROGRAM = "from chereme.cli import main; main()"


def command(asked: Build, out: Path, workers: int) -> list[str]:
    return [
        *(sys.executable, "-c", PROGRAM, "build"),
        *("--metadata", str(asked.metadata), "--videos", str(asked.videos[0]), "--out", str(out)),
        *("--choose.glosses", *GLOSSES, "--workers", str(workers)),
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_finished(asked: Build, uninterrupted: Path, tmp_path: Path, workers: int) -> None:
    moments = random.Random(workers)
    for _ in range(3):
        process = subprocess.Popen(command(asked, tmp_path, workers), stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(1.5, 9.0))
        process.kill()
        process.wait()
    build(replace(asked, out=tmp_path, workers=workers))
    assert digests(tmp_path / "exports") == digests(uninterrupted / "exports")
    assert json.loads((tmp_path / "summary.json").read_bytes())["kept"] == 18
    assert not list(tmp_path.rglob("*.tmp"))


def test_two_runs_do_not_write_one_folder(asked: Build, tmp_path: Path) -> None:
    first = subprocess.Popen(command(asked, tmp_path, 1), stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "run.log").exists():
            time.sleep(0.05)
        second = subprocess.run(command(asked, tmp_path, 1), capture_output=True, text=True)
        assert second.returncode == 2
        assert "in use by another run" in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        first.kill()
        first.wait()
