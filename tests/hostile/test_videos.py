"""A build over broken videos ends, and says of each what became of it."""

from pathlib import Path

import pytest

from tests.hostile import steady, videos
from tests.hostile.building import Building, check, inventory, laid
from tests.hostile.cases import KEPT, Case, counted

LIMITS = (
    *("--timeout", 8, "--memory", 1.2, "--video.most-frames", 50_000, "--video.most-hours", 12),
    *("--video.most-pixels", 7680 * 4320),
)
LONGEST = 240.0
"""Seconds, on a machine that does much else besides; an idle core takes about thirty."""


def test_each_is_kept_or_has_its_reason(tmp_path: Path, build: Building) -> None:
    cases = videos.cases()
    counted("videos", cases)
    out, folder = tmp_path / "out", tmp_path / "in"
    laid(cases, folder)
    before = inventory(tmp_path, out)
    done = build(*LIMITS, out=out, videos=folder, dataset="folder", workers=1)
    check(cases, done, prefix="a-")
    assert done.seconds < LONGEST
    assert inventory(tmp_path, out) == before


def test_a_crash_costs_its_clip_alone(tmp_path: Path, build: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker, as it is asked for by default on a machine of one core."""
    monkeypatch.setenv(steady.CRASHES, "a-clip_1")
    monkeypatch.setenv(steady.GREEDY, "a-clip_3")
    expected = {1: "worker_died", 3: "out_of_memory"}
    data = videos.encoded()
    cases = [Case(name=f"clip_{i}", data=data, expected=frozenset({expected.get(i, KEPT)})) for i in range(5)]
    laid(cases, tmp_path / "in")
    done = build("--memory", 0.6, out=tmp_path / "out", videos=tmp_path / "in", dataset="folder", workers=1)
    check(cases, done, prefix="a-")
