"""One `chereme build` over a whole corpus, and what became of every case of it."""

import csv
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from chereme import plugins
from chereme.cli import main
from tests.hostile.cases import KEPT, Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command did."""

    code: int
    said: str
    """All that it printed."""
    seconds: float
    became: dict[str, list[str]]
    """By id: 'kept' and the reasons, without those of exports."""


def with_steady(patch: pytest.MonkeyPatch) -> None:
    """Have the landmark model `steady`."""
    patch.setitem(plugins.TABLES["models"], "steady", "tests.hostile.steady:Steady")


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """A command's exit code, and all that it printed."""
    code: Any = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return (code if isinstance(code, int) else 1), said.out + said.err


def built(capsys: pytest.CaptureFixture[str], out: Path, *arguments: object) -> Done:
    """A build, and its outcomes as its own files tell them."""
    start = time.monotonic()
    code, said = called(
        capsys, "build", "--out", out, "--landmarks", "steady", "--crops.no-complete-classes", *arguments
    )
    became: defaultdict[str, list[str]] = defaultdict(list)
    if (out / "rejects.csv").exists():
        with (out / "rejects.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["stage"] != "deliver":
                    became[row["id"]].append(row["reason"])
    if (out / "samples.parquet").exists():
        for id in pq.read_table(out / "samples.parquet")["id"].to_pylist():
            became[id].append(KEPT)
    return Done(code=code, said=said, seconds=time.monotonic() - start, became=dict(became))


def laid(cases: Iterable[Case], folder: Path) -> None:
    """Each case a file below one class folder; its id is then 'a-' and its name."""
    (folder / "a").mkdir(parents=True)
    for each in cases:
        (folder / "a" / f"{each.name}{each.suffix}").write_bytes(each.data)


def check(cases: Collection[Case], done: Done) -> None:
    """Fail unless all went well: each case once, with an outcome that fits it, and no word of a crash."""
    assert done.code == 0, done.said
    assert "Traceback" not in done.said
    wrong = {
        each.name: (done.became.get(f"a-{each.name}", []), sorted(each.expected))
        for each in cases
        if len(found := done.became.get(f"a-{each.name}", [])) != 1 or found[0] not in each.expected
    }
    assert not wrong, wrong
    assert {f"a-{each.name}" for each in cases} == done.became.keys()


def inventory(folder: Path, but: Path) -> dict[str, bytes]:
    """Every file below a folder, except below one in it."""
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(but)
    }
