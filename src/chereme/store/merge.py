"""Many small parts made one, so that a folder of a million clips has hundreds of files and not tens of thousands.

The merged part is written like any other, its ledger last, and has the number of the last part that it was made of, so
that it stands where they stood. They are removed after that, ledger first. Killed in between, both say the same, and
what is left over goes with the next merging.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chereme.store.columns import damage, ended
from chereme.store.ledger import Lines, number, read_ledger
from chereme.store.whole import aside, write_text

TOGETHER = 64
"""Parts that are made one."""
SMALL = 16 << 20
"""Bytes of tracks above which a part is no longer small: there merging costs more than it saves."""
GROUP = 64
"""Clips of a group of rows: what is read to have one of them."""
_MERGED = b'{"merged":'


def runs(folder: Path) -> Iterator[list[Path]]:
    """Ledgers of small parts that follow each other, `TOGETHER` at a time, the oldest first; leftovers are removed."""
    beside: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("part-*")):
        beside[path.name.split(".")[0]].append(path)
    ledgers = [path for name, paths in sorted(beside.items()) for path in paths if path.name == f"{name}.json"]
    merged = {ledger for ledger in ledgers if _is_merged(ledger)}
    done = {name for ledger in merged for name in read_ledger(ledger).merged}
    there = {ledger.stem for ledger in ledgers} - done
    for name, paths in beside.items():
        if name not in there:  # merged before, or its ledger was never written
            for path in sorted(paths, key=lambda path: path.suffix != ".json"):
                path.unlink(missing_ok=True)
    together: list[Path] = []
    for ledger in ledgers:
        if ledger.stem in done:
            continue
        if ledger in merged or not _small(ledger, beside[ledger.stem]):
            together = []  # only neighbors are merged: else an earlier word could come to stand over a later one
            continue
        together.append(ledger)
        if len(together) == TOGETHER:
            yield together
            together = []


def merge(folder: Path, ledgers: list[Path]) -> None:
    """Make one part of these, which are in order; the last word on a clip is the one that is kept."""
    lines = [(ledger, row, line) for ledger in ledgers for row, line in _rows(read_ledger(ledger).clips)]
    last = {line["key"]: place for place, (_, _, line) in enumerate(lines)}
    kept = [each for place, each in enumerate(lines) if last[each[2]["key"]] == place]
    clips = [line for _, _, line in kept]
    digest = sha256(json.dumps([(line["id"], line["key"]) for line in clips]).encode()).hexdigest()[:12]
    name = f"part-{number(ledgers[-1]):06d}-{digest}"
    wanted: dict[Path, list[int]] = {ledger: [] for ledger in ledgers}
    for ledger, row, _ in kept:
        wanted[ledger] += [] if row is None else [row]
    if any(wanted.values()):
        with aside(folder / f"{name}.parquet") as temporary:
            _write(temporary, [(ledger.with_suffix(".parquet"), rows) for ledger, rows in wanted.items() if rows])
    before = [ledger.stem for ledger in ledgers if ledger.stem != name]
    said = {"merged": before, "clips": clips}
    write_text(folder / f"{name}.json", json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
    for stem in before:
        (folder / f"{stem}.json").unlink(missing_ok=True)
        (folder / f"{stem}.parquet").unlink(missing_ok=True)


def _write(path: Path, parts: list[tuple[Path, list[int]]]) -> None:
    """The rows of several files in one, in groups of `GROUP`; a few groups are in memory at a time."""
    left: pa.Table | None = None
    writer: pq.ParquetWriter | None = None
    try:
        for part, rows in parts:
            with damage(part):
                found = pq.ParquetFile(part, page_checksum_verification=True).read().take(rows)
            writer = writer or pq.ParquetWriter(path, found.schema, compression="zstd", write_page_checksum=True)
            left = found if left is None else pa.concat_tables([left, found])
            whole = len(left) - len(left) % GROUP
            if whole:
                writer.write_table(left[:whole].combine_chunks(), row_group_size=GROUP)
                left = left[whole:]
        if writer and left is not None and len(left):
            writer.write_table(left.combine_chunks(), row_group_size=GROUP)
    finally:
        if writer:
            writer.close()


def _rows(clips: Lines) -> Iterator[tuple[int | None, dict[str, object]]]:
    """Each line with its row among the tracks; None for a reject."""
    row = 0
    for line in clips:
        yield (None if "reason" in line else row), line
        row += "reason" not in line


def _is_merged(ledger: Path) -> bool:
    """Whether a part was made of others, of which its ledger's first words tell."""
    with ledger.open("rb") as file:
        return file.read(len(_MERGED)) == _MERGED


def _small(ledger: Path, files: list[Path]) -> bool:
    """Whether a part is one to merge: readable, not large, and nothing prepared in passing lies beside it."""
    tracks = ledger.with_suffix(".parquet")
    if set(files) - {ledger, tracks} or (tracks in files and tracks.stat().st_size > SMALL):
        return False
    clips = read_ledger(ledger).clips
    return bool(clips) and (ended(tracks) or all("reason" in line for line in clips))
