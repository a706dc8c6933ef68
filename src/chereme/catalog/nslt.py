"""WLASL's subsets for recognition: `nslt_100.json` and the like, `{video_id: {subset, action: [class, start, end]}}`.

Class numbers follow `wlasl_class_list.txt`, by frequency. The range in `action` is of the clip as WLASL's own script
cuts it (mostly 1 to its length at 25 fps), not of the recording: entries are whole files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chereme.catalog.identity import trouble
from chereme.catalog.metadata import Place, read_json, read_text, split_named
from chereme.errors import DatasetError
from chereme.types import Entry, Split

CLASS_LIST = "wlasl_class_list.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nslt:
    """Reads a subset file on its own, without `WLASL_v0.3.json`."""

    classes: Path | None = None
    """The class list, lines of number and gloss; without it, `wlasl_class_list.txt` beside the metadata."""

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries by class number, then in the file's order; so glosses first appear in the official order."""
        members = membership(metadata)
        where = self.classes or metadata.with_name(CLASS_LIST)
        if not where.exists():
            raise DatasetError(f"{where}: there is no such file; put it there, or name it with --nslt.classes")
        glosses = class_list(where)
        for id, (number, split) in sorted(members.items(), key=lambda item: item[1][0]):
            if number >= len(glosses):
                raise DatasetError(f"{metadata}: '{id}' has class {number}, but {where} ends at {len(glosses) - 1}")
            yield Entry(id=id, gloss=glosses[number], split=split, files=(id,))


def membership(path: Path) -> dict[str, tuple[int, Split]]:
    """Class number and split by video id, of a `nslt_*.json`, in the file's order."""
    top = Place(path, read_json(path))
    members: dict[str, tuple[int, Split]] = {}
    for id in top.keys():  # noqa: SIM118
        record = top.get(id)
        if why := trouble(id):
            raise DatasetError(f"{path}: the id {id[:60]!r} {why}")
        split = split_named(record["subset"].text())
        if split is None:
            raise record["subset"].wrong("train, val or test")
        action = record["action"].items()
        if not action or action[0].whole() < 0:
            raise record["action"].wrong("a class number from 0, then a first and a last frame")
        members[id] = action[0].whole(), split
    return members


def class_list(path: Path) -> tuple[str, ...]:
    """Glosses in label order, of lines such as '163<tab>losear'; numbers must count from 0."""
    glosses: list[str] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        label, _, gloss = line.strip().partition("\t" if "\t" in line.strip() else " ")
        if not gloss.strip() or label.strip() != str(len(glosses)):
            raise DatasetError(f"{path}, line {number}: must be '{len(glosses)}<tab>gloss', not {line[:60]!r}")
        glosses.append(gloss.strip())
    if len(set(glosses)) != len(glosses):
        twice = sorted({gloss for gloss in glosses if glosses.count(gloss) > 1})
        raise DatasetError(f"{path}: holds {', '.join(twice[:5])} more than once")
    return tuple(glosses)
