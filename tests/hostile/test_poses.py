"""A build over broken files of landmarks ends, and says of each what became of it."""

from pathlib import Path

from tests.hostile import poses
from tests.hostile.building import Building, check, inventory, laid
from tests.hostile.cases import counted


def test_each_is_kept_or_has_its_reason(tmp_path: Path, build: Building) -> None:
    cases = poses.cases()
    counted("poses", cases)
    out, folder = tmp_path / "out", tmp_path / "in"
    laid(cases, folder)
    metadata = tmp_path / "m.csv"
    metadata.write_text("id,gloss,path\n" + "".join(f"{c.name},book,a/{c.name}{c.suffix}\n" for c in cases))
    before = inventory(tmp_path, out)
    check(cases, build(out=out, videos=folder, dataset="csv", metadata=metadata, exports=("crops", "manifest")))
    assert inventory(tmp_path, out) == before
