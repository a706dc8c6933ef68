"""The terminal: its two consoles, words from outside made harmless, tables."""

from collections.abc import Iterable, Sequence

from rich import markup
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chereme.inert import visible

__all__ = ["LONGEST", "err", "escape", "out", "table"]

LONGEST = 4000
"""Characters of a message that are shown: what is quoted in it may be of any length."""
WIDEST = 300
"""Characters of a table's cell that are shown."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def escape(text: str) -> str:
    """Words from outside, so that neither the terminal nor rich's markup obeys them."""
    return markup.escape(visible(text, LONGEST))


def table(rows: Iterable[Sequence[object]], *, title: str = "", header: Sequence[str] = ()) -> None:
    """Print rows under a title; cells that are numbers stand to the right."""
    cells = [list(row) for row in rows]
    drawn = Table(title=title or None, title_justify="left", title_style="bold", show_header=bool(header), box=None)
    for column in range(max(map(len, cells), default=len(header))):
        numbers = all(isinstance(row[column], int | float) for row in cells)
        drawn.add_column(header[column] if header else "", justify="right" if numbers else "left", overflow="fold")
    for row in cells:
        drawn.add_row(
            *(Text(f"{cell:,}" if isinstance(cell, int | float) else visible(str(cell), WIDEST)) for cell in row)
        )
    out.print(drawn)
    out.print()
