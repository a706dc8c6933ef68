"""A collection in a form of its own: one line a clip, `id|gloss|signer|first millisecond|last millisecond`.

A package offers it to chereme with one line of its pyproject.toml; then `--dataset lines` works:

    [project.entry-points."chereme.datasets"]
    lines = "my_package.own_dataset:Lines"

Run it by itself to see the entries of a file: python examples/own_dataset.py lines.txt
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chereme.errors import DatasetError
from chereme.types import Entry, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Reads that form."""

    separator: str = "|"
    """What stands between two columns."""

    def read(self, metadata: Path) -> Iterator[Entry]:
        """Entries in the file's order; a malformed line is a `DatasetError` that names it."""
        for number, line in enumerate(metadata.read_text("utf-8").splitlines(), start=1):
            columns = line.split(self.separator)
            try:
                id, gloss, signer, first, last = columns
                # The collection's last millisecond is inclusive; chereme's ranges are half-open.
                span = Span(start=int(first), stop=int(last) + 1, rate=1000)
            except ValueError as error:
                raise DatasetError(f"{metadata}, line {number}: {error}") from None
            yield Entry(id=id, gloss=gloss, signer=signer or None, span=span, files=(id,))


if __name__ == "__main__":
    for entry in Lines().read(Path(sys.argv[1])):
        print(entry)
