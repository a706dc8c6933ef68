"""What a person sees in the terminal: progress while it works, tables when it is done."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from rich import markup
from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from chereme.catalog.coverage import UNKNOWN, Coverage
from chereme.inert import visible
from chereme.landmarks.weights import Status
from chereme.run.estimate import Estimate
from chereme.types import REASONS, Reject

__all__ = [
    "Bars",
    "err",
    "escape",
    "out",
    "show_coverage",
    "show_estimate",
    "show_summary",
    "show_weights",
    "waiting",
]

LONGEST = 4000
"""Characters of a message that are shown: what is quoted in it may be of any length."""
INCOMPLETE = "incomplete_class"
"""The reason that is a matter of an export's setting."""
WIDEST = 300
"""Characters of a table's cell that are shown."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def escape(text: str) -> str:
    """Words from outside, so that neither the terminal nor rich's markup obeys them."""
    return markup.escape(visible(text, LONGEST))


class Rate(ProgressColumn):
    """Clips a second."""

    def render(self, task: Task) -> Text:
        """The rate since the stage began, or nothing yet."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="cyan")


class Bars:
    """A bar a stage, with rate, time left and rejects by reason; nothing at all when stderr is no terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
            TextColumn("[yellow]{task.fields[rejects]}"),
            console=err,
            disable=not err.is_terminal,
            speed_estimate_period=20,
        )
        self._task: TaskID | None = None
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def stage(self, name: str, total: int, done: int = 0) -> None:
        """A new bar."""
        self._reasons.clear()
        self._task = self._bars.add_task(name, total=total, completed=done, rejects="")

    def count(self, name: str) -> Callable[[int, int], None]:
        """A bar for work that tells how many of how many are done."""

        def tell(done: int, total: int) -> None:
            if self._task is None or self._bars.tasks[self._task].description != name:
                self.stage(name, total)
            self._bars.update(self._task or TaskID(0), completed=done)

        return tell

    def step(self, reject: Reject | None = None) -> None:
        """One clip more."""
        if self._task is None:
            return
        if reject:
            self._reasons[reject.reason] += 1
        words = "  ".join(f"{reason} {count}" for reason, count in self._reasons.most_common(3))
        self._bars.update(self._task, advance=1, rejects=words)


@contextmanager
def waiting(words: str) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done and moves, until the block ends; what is given says something else.

    Nothing at all when stderr is no terminal. What is printed on stdout meanwhile would meet it: nothing is.
    """
    if not err.is_terminal:
        yield lambda words: None
        return
    with Live(Spinner("dots", escape(words)), console=err, transient=True, redirect_stdout=False) as line:
        yield lambda words: line.update(Spinner("dots", escape(words)))


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


def show_summary(summary: Mapping[str, Any], root: Path, where: str = "") -> None:
    """What a build asked, found, kept, dropped and made; `where` is the folder as it is called, if otherwise."""
    where = where or str(root)
    counts = [(name, summary[name]) for name in ("asked", "found", "kept") if name in summary]
    if left := summary.get("unfinished"):
        counts.append(("still to be tracked", left))
    table(counts, title="clips")
    if dropped := summary.get("rejected"):
        rows = [(reason, count, REASONS[reason]) for reason, count in dropped.items()]
        table(rows, title="dropped", header=("reason", "clips", "meaning"))
    if made := summary.get("exports"):
        several = any("rows" in each for each in made.values())
        lines = [
            (
                name,
                e["samples"],
                *[e.get("rows", e["samples"])] * several,
                sum(e["rejected"].values()),
                f"{where}/{e['path']}",
            )
            for name, e in made.items()
        ]
        table(lines, title="made", header=("export", "clips", *["rows"] * several, "left out", "where"))
        if why := list(_left_out(made)):
            table(why, title="left out", header=("export", "reason", "clips", "meaning"))
        if earlier := sorted({path.parent.name for path in (root / "exports").glob("*/export.json")} - {*made}):
            out.print(
                f"not asked for, and left as an earlier run made them: {escape(', '.join(earlier))}", soft_wrap=True
            )
    if remark := summary.get("leading", {}).get("mirrored"):
        out.print(f"[yellow]note[/]: {escape(remark)}", soft_wrap=True)
    if summary.get("seconds"):
        taken = "  ".join(f"{stage} {seconds:.1f} s" for stage, seconds in summary["seconds"].items())
        out.print(f"[dim]{escape(taken)}[/]")
    lost = summary.get("rejected") or any(export["rejected"] for export in summary.get("exports", {}).values())
    for name, what in (("report.html", "report"), *([("rejects.csv", "every dropped clip")] if lost else [])):
        if (root / name).exists():
            older = name == "report.html" and _older(root / name, root / "summary.json")
            out.print(f"{what}{' of an earlier run' if older else ''}: {escape(f'{where}/{name}')}", soft_wrap=True)


def _older(file: Path, other: Path) -> bool:
    """Whether a file was written before another, which is there."""
    return other.exists() and file.stat().st_mtime_ns < other.stat().st_mtime_ns


def _left_out(made: Mapping[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """Export, reason, clips, and what the reason means."""
    for name, export in made.items():
        for reason, count in export["rejected"].items():
            remedy = f": kept with --{name}.no-complete-classes" if reason == INCOMPLETE else ""
            yield name, reason, count, REASONS[reason] + remedy


def show_estimate(work: Estimate) -> None:
    """What a build would do."""
    rows: list[tuple[str, object]] = [
        ("clips asked", work.asked),
        ("clips found", work.found),
        ("clips tracked already", work.finished),
        ("frames to decode", work.frames),
        ("of each clip", work.plan),
        ("time to extract", f"{_duration(work.seconds)} with {work.workers} worker{'s' * (work.workers != 1)}"),
        ("disk for tracks", f"at most {work.bytes / 1e6:,.1f} MB"),
        ("exports", ", ".join(work.exports)),
    ]
    table([(name, f"{value:,}" if isinstance(value, int) else value) for name, value in rows], title="would do")


def show_coverage(found: Coverage, unclaimed: Sequence[str] = ()) -> None:
    """The numbers of a catalog."""
    balance = found.balance
    rows = [
        ("glosses", balance.glosses),
        ("clips", found.clips),
        ("found", "not looked for: name folders or archives with --videos" if found.found is None else found.found),
        *([] if found.missing is None else [("missing", found.missing)]),
        ("signers", found.signers),
        ("ids given twice", len(found.duplicate_ids)),
        ("file names that different URLs share", len(found.name_collisions)),
        ("groups of clips with the same signing", found.twins),
        ("of these across splits", len(found.twins_across_splits)),
        ("test clips with a twin in train or val", found.test_clips_with_twin),
        ("glosses without a clip in some split", len(found.incomplete)),
    ]
    table(rows, title="catalog")
    if found.missing_by_source and set(found.by_source) != {UNKNOWN}:
        missing = [(source, found.by_source[source], count) for source, count in found.missing_by_source.items()]
        table(missing, title="missing by source", header=("source", "clips", "missing"))
    parts = [
        (
            name,
            part.clips,
            "" if part.found is None else part.found,
            part.signers,
            part.balance.glosses - part.balance.empty,
        )
        for name, part in found.splits.items()
    ]
    table(parts, title="splits", header=("split", "clips", "found", "signers", "glosses with a clip"))
    if unclaimed:
        more = f" and {len(unclaimed) - 8:,} more" if len(unclaimed) > 8 else ""
        out.print(escape(f"{len(unclaimed):,} videos fit no entry: {', '.join(unclaimed[:8])}{more}"))
    shared = ", ".join(f"{pair} {count}" for pair, count in found.signers_shared.items())
    if shared:
        out.print(f"signers shared: {shared}")
    counted = "clips" if found.found is None else "clips found"
    out.print(
        f"{counted} a gloss: {balance.least} to {balance.most}, median {balance.median:g}, "
        f"imbalance {balance.imbalance:.1f}; {balance.empty:,} glosses have none"
    )


def show_weights(folder: Path, weights: Iterable[Status]) -> None:
    """Each network's file, and whether it is the right one."""
    rows = [
        (each.path.name, "missing" if not each.present else "right" if each.correct else "WRONG", each.bytes)
        for each in weights
    ]
    table(rows, title=str(folder), header=("file", "checksum", "bytes"))


def _duration(seconds: float) -> str:
    if seconds != seconds:
        return "not known, because the clips tried killed the worker,"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
