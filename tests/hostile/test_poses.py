"""A build over broken files of landmarks ends, and says of each what became of it."""

from pathlib import Path

import pytest

from tests.hostile import poses
from tests.hostile.building import built, check, inventory, laid, with_steady
from tests.hostile.cases import counted


def test_each_is_kept_or_has_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_steady(monkeypatch)
    cases = poses.cases()
    counted("poses", cases)
    laid(cases, tmp_path / "in")
    metadata = tmp_path / "m.csv"
    metadata.write_text("id,gloss,path\n" + "".join(f"a-{c.name},book,a/{c.name}{c.suffix}\n" for c in cases))
    before = inventory(tmp_path, tmp_path / "out")
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "csv",
        "--metadata",
        metadata,
        "--videos",
        tmp_path / "in",
        "--executor",
        "here",
        "--export",
        "crops",
        "manifest",
        "--no-report",
    )
    check(cases, done)
    assert inventory(tmp_path, tmp_path / "out") == before
