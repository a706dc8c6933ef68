"""What must hold in the end: every id in exactly one of tracks or rejects, and files as if nothing had happened."""

import csv
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from chereme.report.facts import Facts
from chereme.types import Track
from tests.faults.collection import IDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What an output folder holds."""

    tracks: dict[str, str]
    """What each clip's track is, by id."""
    rejected: Counter[str]
    """How often an id is rejected before it has a track."""
    files: dict[str, str]
    """What each file of the exports holds, and the tables beside them."""
    catalog: list[dict[str, Any]]
    strays: tuple[str, ...]
    """Files that no finished run leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one folder differs from the untroubled one."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    differing: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is lost, doubled, different or left over."""
        return not (self.lost or self.doubled or self.differing or self.strays)


def look(out: Path) -> Left:
    """What lies in an output folder."""
    facts = Facts.read(out)
    tracks: dict[str, str] = {}
    for track in facts.read_tracks(facts.shots(IDS).values()):
        assert isinstance(track, Track)
        arrays = (track.index, track.seconds, track.points, track.score)
        tracks[track.shot.entry.id] = sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
    with (out / "rejects.csv").open(newline="") as lines:
        stages = [(line["id"], line["stage"]) for line in csv.DictReader(lines)]
    files = [path for path in (out / "exports").rglob("*") if path.is_file()]
    files += [out / "rejects.csv", out / "samples.parquet"]
    return Left(
        tracks=tracks,
        rejected=Counter(id for id, stage in stages if stage in ("acquire", "extract")),
        files={path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files},
        catalog=pq.read_table(out / "catalog.parquet").to_pylist(),
        strays=_strays(out),
    )


def compare(left: Left, untroubled: Left) -> Verdict:
    """The verdict on what a folder holds after trouble."""
    either = Counter(left.tracks.keys()) + left.rejected
    differing = [name for name, _ in left.files.items() ^ untroubled.files.items()]
    differing += [f"track {id}" for id in left.tracks if left.tracks[id] != untroubled.tracks.get(id)]
    differing += ["catalog.parquet"] * (left.catalog != untroubled.catalog)
    return Verdict(
        lost=tuple(id for id in IDS if not either[id]),
        doubled=tuple(id for id, times in sorted(either.items()) if times > 1),
        differing=tuple(sorted(set(differing))),
        strays=tuple(sorted(set(left.strays) - set(untroubled.strays))),
    )


def _strays(out: Path) -> tuple[str, ...]:
    paths = (path for path in out.rglob("*") if path.suffix in (".tmp", ".part") or ".tmp" in path.name)
    ledgers = {path.stem for path in out.glob("tracks/*/part-*.json")}
    tables = (path for path in out.glob("tracks/*/part-*.parquet") if path.name.split(".")[0] not in ledgers)
    return tuple(sorted(path.relative_to(out).as_posix() for path in (*paths, *tables)))
