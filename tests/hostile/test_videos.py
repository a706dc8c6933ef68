"""A build over broken videos ends, and says of each what became of it."""

from pathlib import Path

import pytest

from tests.hostile import steady, videos
from tests.hostile.building import built, check, inventory, laid, with_steady
from tests.hostile.cases import KEPT, Case, counted

LIMITS = (
    *("--timeout", 8, "--memory", 1.2, "--video.most-frames", 50_000, "--video.most-hours", 12),
    *("--video.most-pixels", 7680 * 4320),
)
LONGEST = 240.0
"""Seconds, on a machine that does much else besides; an idle core takes about thirty."""


def test_each_is_kept_or_has_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_steady(monkeypatch)
    cases = videos.cases()
    counted("videos", cases)
    laid(cases, tmp_path / "in")
    before = inventory(tmp_path, tmp_path / "out")
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "folder",
        "--videos",
        tmp_path / "in",
        "--workers",
        1,
        "--export",
        "crops",
        "--no-report",
        *LIMITS,
    )
    check(cases, done)
    assert done.seconds < LONGEST
    assert inventory(tmp_path, tmp_path / "out") == before


def test_a_crash_costs_its_clip_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, as it is asked for by default on a machine of one core."""
    with_steady(monkeypatch)
    monkeypatch.setenv(steady.CRASHES, "a-clip_1")
    monkeypatch.setenv(steady.GREEDY, "a-clip_3")
    expected = {1: "worker_died", 3: "out_of_memory"}
    data = videos.encoded()
    cases = [Case(name=f"clip_{i}", data=data, expected=frozenset({expected.get(i, KEPT)})) for i in range(5)]
    laid(cases, tmp_path / "in")
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "folder",
        "--videos",
        tmp_path / "in",
        "--workers",
        1,
        "--export",
        "crops",
        "--no-report",
        "--memory",
        0.6,
    )
    check(cases, done)
