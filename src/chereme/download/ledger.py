"""What became of every URL, in `downloads.sqlite`: it survives a power cut and grows by one row a URL.

SQLite rather than lines of JSON: an outcome is one transaction that is there or not, never half a line; a URL that is
asked again replaces its row, so nothing has to be replayed; and anybody can query it. Its plain journal is used, not
the write-ahead log, which network file systems do not bear; one process writes, which the folder's lock sees to.
`downloads.csv` says the same without times, for eyes and for comparing.
"""

import csv
import io
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Literal

from chereme.errors import OutputError
from chereme.store import write_text

Status = Literal["fetched", "failed"]

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of a URL, the last time it was asked for."""

    key: str
    url: str
    source: str
    host: str
    entries: int
    """How many entries it serves."""
    status: Status
    reason: str = ""
    detail: str = ""
    file: str = ""
    """Where it lies below the folder."""
    links: str = ""
    """Its other names, a line each."""
    bytes: int = 0
    sha256: str = ""
    """Of the file as it lies there."""
    seconds: float = 0.0
    """How long fetching and checking took, waiting for our turn included."""
    tries: int = 0
    at: str = ""
    """When it was settled, UTC."""

    @property
    def names(self) -> list[str]:
        """Every place where its file lies."""
        return [name for name in (self.file, *self.links.splitlines()) if name]


_COLUMNS = tuple(each.name for each in fields(Row))
_KINDS = {"entries": "INTEGER", "bytes": "INTEGER", "seconds": "REAL", "tries": "INTEGER"}


class Ledger:
    """The rows of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = sqlite3.connect(path, isolation_level=None)
            self._file.execute("PRAGMA journal_mode = DELETE")
            self._file.execute("PRAGMA synchronous = FULL")
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise OutputError(f"{path} has form {version}, and this chereme writes {VERSION}: update chereme")
            columns = ", ".join(f"{name} {_KINDS.get(name, 'TEXT')} NOT NULL" for name in _COLUMNS)
            self._file.execute(f"CREATE TABLE IF NOT EXISTS downloads ({columns}, PRIMARY KEY (key))")
            self._file.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def rows(self) -> dict[str, Row]:
        """Every row by its key."""
        try:
            with closing(self._file.execute(f"SELECT {', '.join(_COLUMNS)} FROM downloads")) as found:
                return {each[0]: Row(**dict(zip(_COLUMNS, each, strict=True))) for each in found}
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def write(self, row: Row) -> None:
        """Put a row in its place; it is on the disk when this returns."""
        marks = ", ".join("?" for _ in _COLUMNS)
        try:
            self._file.execute(f"INSERT OR REPLACE INTO downloads VALUES ({marks})", tuple(asdict(row).values()))
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _trouble(self, error: sqlite3.Error) -> OutputError:
        hint = "move it away to begin anew; the files that are there are looked at again, not fetched again"
        return OutputError(f"the ledger {self.path} cannot be used: {error}; {hint}")


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """The rows as a table, in the order given, less what depends on the clock."""
    names = [name for name in _COLUMNS if name not in ("key", "links", "seconds", "tries", "at")]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows([getattr(row, name) for name in names] for row in rows)
    write_text(path, text.getvalue())
