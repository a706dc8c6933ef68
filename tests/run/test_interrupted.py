"""Killed at any moment, the same command goes on, and in the end nothing tells that it was killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chereme.run.settings import Build
from chereme.run.stages import build
from tests.run import poisoned
from tests.run.conftest import GLOSSES, digests

ROOT = Path(__file__).parents[2]
PROGRAM = "from chereme.cli import main; main()"
WITH_POISONED = "from chereme.plugins import TABLES; TABLES['models']['poisoned'] = 'tests.run.poisoned:Poisoned'; "


def command(asked: Build, out: Path, workers: int, program: str = PROGRAM) -> list[str]:
    return [
        *(sys.executable, "-c", program, "build"),
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


def tracked(out: Path) -> list[str]:
    """The ids in all ledgers."""
    ledgers = [json.loads(path.read_bytes()) for path in out.glob("tracks/*/part-*.json")]
    return sorted(line["id"] for ledger in ledgers for line in ledger["clips"])


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("executor", "number", "code"),
    [("here", signal.SIGINT, 130), ("here", signal.SIGTERM, 143), ("pool", signal.SIGTERM, 143)],
)
def test_what_is_finished_is_kept_when_the_run_is_told_to_stop(
    asked: Build, uninterrupted: Path, tmp_path: Path, executor: str, number: int, code: int
) -> None:
    ids = pq.read_table(uninterrupted / "samples.parquet")["id"].to_pylist()
    notes, out = tmp_path / "notes", tmp_path / "out"
    notes.touch()
    environment = os.environ | {"PYTHONPATH": str(ROOT), poisoned.NOTES: str(notes)}
    run = command(asked, out, 2, WITH_POISONED + PROGRAM)
    run += ["--executor", executor, "--landmarks", "poisoned", "--export", "manifest", "--no-report"]
    stopped = subprocess.Popen(
        run, env=environment | {poisoned.HANGING: ids[-1]}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while ids[-1] not in notes.read_text():
        assert time.monotonic() < until, "it never came to the last clip"
        time.sleep(0.05)
    time.sleep(0.3)  # for results that are on their way
    stopped.send_signal(number)
    _, said = stopped.communicate(timeout=30)
    assert stopped.returncode == code, said
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    kept = tracked(out)
    assert len(kept) >= len(ids) - 2
    assert ids[-1] not in kept
    assert subprocess.run(run, env=environment, stdout=subprocess.DEVNULL).returncode == 0
    assert tracked(out) == sorted(ids)
    done = notes.read_text().split()
    assert {id: done.count(id) for id in kept} == dict.fromkeys(kept, 1)
    assert done.count(ids[-1]) == 2
