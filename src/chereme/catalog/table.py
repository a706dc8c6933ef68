"""A table with one clip a row: CSV, TSV or the like with named columns.

Columns are found by the names people give them (`ALIASES`, upper or lower case); a setting names any other. Needed are
the gloss and an id or a path. Without ids, they are made from the paths.
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Literal

from chereme.catalog.address import file_names
from chereme.catalog.identity import id_of, trouble
from chereme.catalog.metadata import read_lines, split_named
from chereme.errors import DatasetError, SettingsError
from chereme.plugins import suggest
from chereme.types import Entry, Span, Split

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "video_id", "clip_id", "sample_id"),
    "gloss": ("gloss", "label", "word", "sign", "class", "glosses"),
    "path": ("path", "file", "file_name", "filename", "video", "video_path", "clip"),
    "split": ("split", "subset", "set", "fold"),
    "signer": ("signer", "signer_id", "participant", "participant_id"),
    "source": ("source",),
    "variant": ("variant", "variation", "variation_id"),
    "url": ("url", "link"),
    "start": ("start", "start_time", "begin"),
    "end": ("end", "end_time", "stop"),
    "box": ("box", "bbox"),
}
"""Column names by what they hold, best first. A box may also be in four columns x0, y0, x1, y1."""

_PLAIN = re.compile(r"(?:[\w-][\w. -]*/)*[\w-][\w. -]*", re.ASCII)
"""Paths in which there is nothing to take apart."""

_CORNERS = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Reads a table with named columns, one clip a row."""

    id: str = ""
    """Column with the clip's id; empty: id, video_id, clip_id or sample_id, else ids are made from the paths."""
    gloss: str = ""
    """Column with what is signed; empty: gloss, label, word, sign, class or glosses."""
    path: str = ""
    """Column with the file, relative to the videos' folder; empty: path, file, file_name, filename, video or clip."""
    split: str = ""
    """Column with train, val or test; empty: split, subset, set or fold."""
    signer: str = ""
    """Column with the signer; empty: signer, signer_id, participant or participant_id."""
    source: str = ""
    """Column with where the clip comes from; empty: source."""
    variant: str = ""
    """Column with the number of the sign's variant; empty: variant, variation or variation_id."""
    url: str = ""
    """Column with the URL; empty: url or link."""
    start: str = ""
    """Column with where in its file the clip starts, counted from 0; empty: start, start_time or begin."""
    end: str = ""
    """Column with where the clip ends, itself no longer part of it; empty: end, end_time or stop."""
    box: str = ""
    """Column with the signer's box, 'x0 y0 x1 y1' in pixels; empty: box, bbox, or the four columns x0, y0, x1, y1."""
    unit: Literal["seconds", "milliseconds", "frames"] = "seconds"
    """What start and end count."""
    fps: float = 0.0
    """With unit frames, the rate at which they are counted, frames a second; 0: the file's own frames."""
    base: str = ""
    """Folder that paths begin with in the table but not on this machine: it is taken off."""
    delimiter: str = ""
    """What separates the cells; empty: tab, comma, semicolon or bar, whichever the header has most of."""

    def __post_init__(self) -> None:
        if self.unit not in ("seconds", "milliseconds", "frames"):
            raise SettingsError(f"unit must be seconds, milliseconds or frames, not '{self.unit}'")
        if not 0 <= self.fps < math.inf:
            raise SettingsError(f"fps must be 0 or above, not {self.fps}")
        if self.fps and self.unit != "frames":
            raise SettingsError(f"fps goes with unit frames, not with {self.unit}")
        if len(self.delimiter) > 1:
            raise SettingsError(f"delimiter must be one character, not '{self.delimiter}'")

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries in the file's order; raises `DatasetError` naming the line and column."""
        lines = read_lines(metadata)
        begin = []
        for line in lines:
            begin.append(line)
            if line.strip():
                break
        else:
            raise DatasetError(f"{metadata}: is empty; its first line must name the columns")
        delimiter = self.delimiter or max("\t,;|", key=begin[0].count)
        rows = csv.reader(chain(begin, lines), delimiter=delimiter, strict=True)
        words: dict[str, str] = {}
        try:
            header = [name.strip() for name in next(rows)]
            columns = self._columns(metadata, header)
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                at = f"{metadata}, line {rows.line_num}"
                if len(row) != len(header):
                    raise DatasetError(f"{at}: has {len(row)} cells, but the first line names {len(header)} columns")
                yield self._entry(at, {what: row[i].strip() for what, i in columns.items()}, words)
        except csv.Error as error:
            raise DatasetError(f"{metadata}, line {rows.line_num}: {error}") from None

    def _columns(self, metadata: Path, header: list[str]) -> dict[str, int]:
        """Where each field is: the index of its column."""
        lower = [name.lower() for name in header]
        columns = {}
        for what, aliases in ALIASES.items():
            if asked := getattr(self, what):
                if asked not in header:
                    raise DatasetError(f"{metadata}: has no column '{asked}' for {what}; {suggest(asked, header)}")
                columns[what] = header.index(asked)
            elif there := [name for name in aliases if name in lower]:
                columns[what] = lower.index(there[0])
        if "box" not in columns and all(corner in lower for corner in _CORNERS):
            columns |= {corner: lower.index(corner) for corner in _CORNERS}
        lacking = {
            f"the gloss ({_names('gloss')})": ("gloss",),
            f"an id ({_names('id')}) or path ({_names('path')})": ("id", "path"),
        }
        lacking = {words: fields for words, fields in lacking.items() if columns.keys().isdisjoint(fields)}
        if lacking:
            flags = " and ".join(" or ".join(f"--csv.{field}" for field in fields) for fields in lacking.values())
            raise DatasetError(
                f"{metadata}: has no column for {' and none for '.join(lacking)}; it has {', '.join(header)}; "
                f"say which one it is with {flags}"
            )
        return columns

    def _entry(self, at: str, cells: Mapping[str, str], words: dict[str, str]) -> Entry:
        """An entry; what many have in common is held once, in `words`."""
        path = self._path(at, cells.get("path", ""))
        id = cells.get("id") or (id_of(PurePosixPath(path)) if path else "")
        if why := trouble(id):
            raise DatasetError(f"{at}: the id {id[:60]!r} {why}")
        if not cells["gloss"]:
            raise DatasetError(f"{at}: has no gloss")
        url = cells.get("url") or None
        names = (path,) if path else (id, *(file_names(url) if url else ()))
        gloss, signer, source = (
            words.setdefault(word, word) for word in (cells["gloss"], cells.get("signer", ""), cells.get("source", ""))
        )
        variant = _number(at, "variant", cells.get("variant", ""))
        return Entry(
            id=id,
            gloss=gloss,
            span=self._span(at, cells),
            split=_split(at, cells.get("split", "")),
            signer=signer or None,
            source=source or None,
            variant=None if variant is None else int(variant),
            box=_box(at, cells),
            url=url,
            files=names,
        )

    def _path(self, at: str, text: str) -> str | None:
        """The path below the videos' folder; one that leaves it is an error."""
        if not text:
            return None
        if not self.base and _PLAIN.fullmatch(text):
            return text
        path = PurePosixPath(text.replace("\\", "/"))
        base = PurePosixPath(self.base.replace("\\", "/"))
        if self.base and path.is_relative_to(base):
            path = path.relative_to(base)
        if not path.name or path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in text:
            raise DatasetError(
                f"{at}: the path {text[:80]!r} does not lie below the videos' folder; "
                "the setting 'base' takes off what such paths begin with"
            )
        return str(path)

    def _span(self, at: str, cells: Mapping[str, str]) -> Span:
        start = _number(at, "start", cells.get("start", "")) or 0.0
        end = _number(at, "end", cells.get("end", ""))
        stop = None if end in (0.0, -1.0) else end
        if start < 0 or (stop is not None and stop <= start):
            until = "the end" if stop is None else f"{stop:g}"
            raise DatasetError(f"{at}: runs from {start:g} to {until}, not forward from 0 or later")
        if start == 0 and stop is None:
            return Span()
        rate = {"seconds": 1.0, "milliseconds": 1000.0, "frames": self.fps or None}[self.unit]
        return Span(start=start, stop=stop, rate=rate)


def _names(what: str) -> str:
    return ", ".join(ALIASES[what])


def _number(at: str, what: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        comma = "; decimals come after a point" if re.fullmatch(r"-?\d+,\d+", text) else ""
        raise DatasetError(f"{at}: {what} must be a number, not {text[:40]!r}{comma}")
    return value


def _split(at: str, text: str) -> Split | None:
    if not text:
        return None
    if split := split_named(text):
        return split
    raise DatasetError(f"{at}: the split must be train, val or test, not {text[:40]!r}")


def _box(at: str, cells: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    text = cells.get("box") or " ".join(cells.get(corner, "") for corner in _CORNERS)
    words = text.translate(str.maketrans("[](),;", "      ")).split()
    if not words:
        return None
    numbers = [_number(at, "the box", word) or 0.0 for word in words]
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise DatasetError(f"{at}: the box must be x0 y0 x1 y1 with x0 < x1 and y0 < y1, not {text.strip()[:60]!r}")
    return numbers[0], numbers[1], numbers[2], numbers[3]
