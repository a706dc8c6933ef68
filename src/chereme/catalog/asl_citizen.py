"""ASL Citizen: `splits/train.csv`, `val.csv`, `test.csv` (microsoft.com/en-us/research/project/asl-citizen).

Columns `Participant ID`, `Video file`, `Gloss`, `ASL-LEX Code`; each video is one sign, whole. A gloss is to be had
from its column alone: file names hold other ones. Classes are the glosses, not the codes, which some glosses share.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chereme.catalog.identity import id_of, trouble
from chereme.catalog.metadata import read_text, split_named
from chereme.errors import DatasetError
from chereme.types import Entry, Split

FILES = ("train.csv", "val.csv", "test.csv")
SIGNER, VIDEO, GLOSS = "Participant ID", "Video file", "Gloss"


@dataclass(frozen=True, slots=True, kw_only=True)
class AslCitizen:
    """Reads one split, or all of the dataset's folder."""

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries by gloss, sorted as the dataset's own code numbers them; then as in the files.

        `metadata` is the dataset's folder, its folder `splits`, or one file. Raises `DatasetError` naming the line.
        """
        yield from sorted((e for path in _files(metadata) for e in _entries(path)), key=lambda entry: entry.gloss)


def _files(metadata: Path) -> list[Path]:
    if not metadata.is_dir():
        return [metadata]
    for folder in (metadata, metadata / "splits"):
        if found := [folder / name for name in FILES if (folder / name).exists()]:
            return found
    raise DatasetError(f"{metadata}: holds none of {', '.join(FILES)}, nor does a folder 'splits' in it")


def _entries(path: Path) -> Iterator[Entry]:
    split = split_named(path.stem)
    rows = csv.DictReader(read_text(path).splitlines(), strict=True)
    try:
        there = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = there
        if missing := [name for name in (SIGNER, VIDEO, GLOSS) if name not in there]:
            shown = ", ".join(there)[:200] or "nothing"
            raise DatasetError(f"{path}: line 1 has no column {' or '.join(map(repr, missing))}; it has {shown}")
        for row in rows:
            yield _entry(path, rows.line_num, row, split)
    except csv.Error as error:
        raise DatasetError(f"{path}: line {rows.line_num} is no CSV: {error}") from None


def _entry(path: Path, line: int, row: dict[str, str | None], split: Split | None) -> Entry:
    video, gloss = ((row[name] or "").strip() for name in (VIDEO, GLOSS))
    for name, value in ((VIDEO, video), (GLOSS, gloss)):
        if not value:
            raise DatasetError(f"{path}: line {line} has no '{name}'")
    file = PurePosixPath(video.replace("\\", "/")).name
    if file in ("", "..") or not file.isprintable():
        raise DatasetError(f"{path}: line {line}: '{VIDEO}' must name a file, not {video[:60]!r}")
    stem = PurePosixPath(file).stem
    return Entry(
        id=id_of(PurePosixPath(file)) if trouble(stem) else stem,
        gloss=gloss,
        split=split,
        signer=(row[SIGNER] or "").strip() or None,
        files=(file,),
    )
