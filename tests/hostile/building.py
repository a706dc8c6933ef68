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


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """A command's exit code, and all that it printed."""
    code: Any = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return (code if isinstance(code, int) else 1), said.out + said.err


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """`chereme build` with the landmark model `steady`, which the fixture `build` has put in its table."""

    capsys: pytest.CaptureFixture[str]

    def __call__(
        self,
        *flags: object,
        out: Path,
        videos: Path,
        dataset: str,
        metadata: Path | None = None,
        exports: Collection[str] = ("crops",),
        workers: int = 0,
        report: bool = False,
    ) -> Done:
        """A build, and its outcomes as its own files tell them; without workers it takes place in this process."""
        start = time.monotonic()
        code, said = called(
            self.capsys,
            *("build", "--out", out, "--videos", videos, "--dataset", dataset),
            *(("--metadata", metadata) if metadata else ()),
            *("--landmarks", "steady", "--export", *exports, "--crops.no-complete-classes"),
            *(("--workers", workers) if workers else ("--executor", "here")),
            *(() if report else ("--no-report",)),
            *flags,
        )
        seconds = time.monotonic() - start
        became: defaultdict[str, list[str]] = defaultdict(list)
        if (out / "rejects.csv").exists():
            with (out / "rejects.csv").open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    if row["stage"] != "deliver":
                        became[row["id"]].append(row["reason"])
        if (out / "samples.parquet").exists():
            for id in pq.read_table(out / "samples.parquet")["id"].to_pylist():
                became[id].append(KEPT)
        return Done(code=code, said=said, seconds=seconds, became=dict(became))


def laid(cases: Iterable[Case], folder: Path) -> None:
    """Each case a file below one class folder."""
    (folder / "a").mkdir(parents=True)
    for each in cases:
        (folder / "a" / f"{each.name}{each.suffix}").write_bytes(each.data)


def listed(ids: Iterable[str], path: Path) -> Path:
    """A table of clips that are to be found by their ids."""
    path.write_text("id,gloss\n" + "".join(f"{id},book\n" for id in ids))
    return path


def check(cases: Collection[Case], done: Done, prefix: str = "") -> None:
    """Fail unless all went well: each case once, with an outcome that fits it, and no word of a crash.

    The ids are the cases' names, behind a prefix.
    """
    assert done.code == 0, done.said
    assert "Traceback" not in done.said
    wrong = {
        each.name: (found, sorted(each.expected))
        for each in cases
        if len(found := done.became.get(prefix + each.name, [])) != 1 or found[0] not in each.expected
    }
    assert not wrong, wrong
    assert {prefix + each.name for each in cases} == done.became.keys()


def inventory(folder: Path, but: Path) -> dict[str, bytes]:
    """Every file below a folder, except below one in it."""
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(but)
    }
