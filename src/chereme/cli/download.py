"""The sub-command that downloads: apart, because its settings take long to import."""

import sys
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Annotated

from cyclopts import Parameter
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from chereme.cli import screen
from chereme.download import REASONS, Download, Row, Summary, Tally
from chereme.download import download as run

_FLAT = Parameter(name="*")

INCOMPLETE = 1
"""Exit code when something is left that the same command may get later."""

WINDOW = 10.0
"""Seconds over which the speed is shown."""

MOST_HOSTS = 30
"""Hosts that are listed; tables of one's own may name thousands."""


def download(metadata: Path, /, *, settings: Annotated[Download | None, _FLAT] = None) -> None:
    """Fetch the videos that a dataset names by URL; the same command goes on where it stopped.

    Leaves with 0 when every URL is here or known not to be had, with 1 when some are left for another run.

    Parameters
    ----------
    metadata
        The dataset's metadata file, such as WLASL_v0.3.json.
    """
    asked = settings or Download()
    with Bars() as bars:
        summary = run(metadata, asked, bars)
    show(summary, asked)
    if not asked.dry_run and not summary.finished:
        sys.exit(INCOMPLETE)


class Bars:
    """Files, bytes a second and failures by reason; nothing at all when stderr is no terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("download "),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[cyan]{task.fields[came]}"),
            TextColumn("[yellow]{task.fields[failed]}"),
            console=screen.err,
            disable=not screen.err.is_terminal,
        )
        self._task: TaskID | None = None
        self._reasons: Counter[str] = Counter()
        self._lock = Lock()
        self._came = 0
        self._lately: deque[tuple[float, int]] = deque()

    def __enter__(self) -> "Bars":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        """The bar."""
        self._task = self._bar.add_task("", total=total, came="", failed="")

    def bytes(self, count: int) -> None:
        """Count them, and say how fast they come."""
        with self._lock:
            now = time.monotonic()
            self._came += count
            self._lately.append((now, count))
            while self._lately[0][0] < now - WINDOW:
                self._lately.popleft()
            seconds = max(1.0, now - self._lately[0][0])
            speed = sum(count for _, count in self._lately) / seconds
            if self._task is not None:
                self._bar.update(self._task, came=f"{decimal(self._came)}  {decimal(int(speed))}/s")

    def step(self, row: Row) -> None:
        """One URL more."""
        if row.reason:
            self._reasons[row.reason] += 1
        words = "  ".join(f"{reason} {count}" for reason, count in self._reasons.most_common(4))
        if self._task is not None:
            self._bar.update(self._task, advance=1, failed=words)


def show(summary: Summary, asked: Download) -> None:
    """How things stand, by source and by host, and why what is missing is missing."""
    whole = summary.all
    rows: list[tuple[str, object]] = [
        ("chosen entries without a URL", summary.without_url),
        ("chosen entries found in --videos", summary.elsewhere),
        ("URLs of the others", whole.urls),
        ("entries with these, chosen or not", whole.entries),
        ("here", whole.here),
        ("not to be had", whole.settled),
        ("failed, may come later", whole.failed),
        ("not asked for yet", whole.waiting),
    ]
    if asked.dry_run:
        rows.append(("would be asked for", summary.asked))
    else:
        rows += [("asked for now", summary.asked), ("fetched now", summary.fetched)]
    screen.table(rows, title="downloads")
    header = ("urls", "here", "not to be had", "failed", "not asked", "MB")
    screen.table(_lines(summary.by_source), title="by source", header=("source", *header))
    if list(summary.by_host) != list(summary.by_source):
        screen.table(_lines(summary.by_host), title="by host", header=("host", *header))
    if summary.reasons:
        reasons = [(reason, count, REASONS[reason].meaning) for reason, count in summary.reasons.items()]
        screen.table(reasons, title="why not here", header=("reason", "urls", "meaning"))
    for host, why in (summary.dropped or {}).items():
        screen.out.print(f"left for the next run: {screen.escape(host)} ({screen.escape(why)})", soft_wrap=True)
    if asked.to and not asked.dry_run:
        screen.out.print(f"every URL: {screen.escape(str(asked.to / 'downloads.csv'))}", soft_wrap=True)


def _lines(tallies: Mapping[str, Tally]) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = [
        (name, t.urls, t.here, t.settled, t.failed, t.waiting, round(t.bytes / 1e6, 1)) for name, t in tallies.items()
    ]
    more = len(lines) - MOST_HOSTS
    return [*lines[:MOST_HOSTS], *([(f"and {more} more", *[""] * 6)] if more > 0 else [])]
