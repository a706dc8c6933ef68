"""Some of the seeded fault runs; `make soak` has all. And that the harness would notice what it is there to notice."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import power
from tests.faults.check import Left, compare
from tests.faults.collection import CLIPS, IDS
from tests.faults.kinds import KINDS, RARE
from tests.faults.scene import ROOT

RUNS = 8
"""Seeded runs in the tests: those whose kinds are the most different."""
FIRST = 5


@pytest.mark.skipif(sys.platform != "linux", reason="the harness reads /proc")
def test_nothing_tells_that_there_was_trouble(tmp_path: Path) -> None:
    record = tmp_path / "soak.json"
    command = [sys.executable, "-m", "tests.faults.soak", "--runs", str(RUNS), "--first", str(FIRST)]
    done = subprocess.run([*command, "--record", record], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(record.read_bytes())
    assert figures["runs"] == RUNS
    assert figures["struck"] >= RUNS / 2, done.stdout
    assert {figures[name] for name in ("lost", "doubled", "differing", "left over", "otherwise wrong")} == {0}


@pytest.fixture
def whole() -> Left:
    """What a good run leaves."""
    return Left(
        tracks=dict.fromkeys((*CLIPS, "blank"), "track"),
        rejected=Counter(id for id in IDS if id not in CLIPS and id != "blank"),
        files={"exports/arrays/landmarks.npz": "bytes", "rejects.csv": "bytes"},
        catalog=[{"id": id} for id in IDS],
        strays=(),
    )


def test_what_is_lost_doubled_or_different_is_noticed(whole: Left) -> None:
    assert compare(whole, whole).good
    first, *others = CLIPS
    lost = replace(whole, tracks=dict.fromkeys((*others, "blank"), "track"))
    assert compare(lost, whole).lost == (first,)
    twice = replace(whole, rejected=whole.rejected + Counter([first, "missing"]))
    assert compare(twice, whole).doubled == (first, "missing")
    other = replace(whole, files=whole.files | {"rejects.csv": "other"}, tracks=whole.tracks | {first: "other"})
    assert compare(other, whole).differing == ("rejects.csv", f"track {first}")
    missing = replace(whole, files={"rejects.csv": "bytes"}, strays=("tracks/.part.tmp",))
    assert compare(missing, whole).differing == ("exports/arrays/landmarks.npz",)
    assert compare(missing, whole).strays == ("tracks/.part.tmp",)


def test_a_power_cut_takes_what_was_not_flushed_and_nothing_else(tmp_path: Path) -> None:
    out, notes = tmp_path / "out", tmp_path / "notes"
    notes.mkdir()
    out.mkdir()
    lines = []
    for number in range(40):
        path = out / f"{number:02}"
        path.write_bytes(b"bytes")
        stat = path.stat()
        if number % 2:
            facts = {"ino": stat.st_ino, "mtime": stat.st_mtime_ns, "size": stat.st_size}
            lines.append({"at": number, "event": "flushed"} | facts)
    (notes / "journal-1").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    torn = power.cut(out, notes, random.Random(1))
    kept = {path.name for path in out.iterdir() if path.read_bytes() == b"bytes"}
    assert kept >= {f"{number:02}" for number in range(1, 40, 2)}
    assert 20 <= len(kept) < 35
    assert len(torn) == 40 - len(kept)


def test_a_power_cut_undoes_names_whose_folder_was_not_flushed(tmp_path: Path) -> None:
    out, notes = tmp_path / "out", tmp_path / "notes"
    (out / "sure").mkdir(parents=True)
    notes.mkdir()
    lines = []
    for at, name in enumerate(("sure/a", "b"), start=1):
        (notes / "kept").write_text("old")
        (out / name).write_text("new")
        ino = (out / name).stat().st_ino
        os.link(notes / "kept", notes / f"kept-{at}")
        (notes / "kept").unlink()
        lost = str(notes / f"kept-{at}")
        lines.append({"at": at, "event": "os.rename", "names": [f"{name}.tmp", name], "ino": ino, "lost": lost})
    lines.append({"at": 3, "event": "flush", "names": ["sure"]})
    (notes / "journal-1").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    for seed in range(8):
        undone = [each for each in power.cut(out, notes, random.Random(seed)) if each.endswith("undone")]
        if undone:
            break
    assert undone == ["os.rename b undone"]
    assert not (out / "b.tmp").exists() or (out / "b.tmp").read_bytes() != b"old"


def test_every_kind_says_what_it_is() -> None:
    kinds = (*KINDS, *RARE)
    assert all(kind.__doc__ for kind in kinds)
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
