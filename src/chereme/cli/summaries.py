"""What came of a command, as tables: a build, an estimate, a catalog, networks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chereme.catalog.coverage import UNKNOWN, Coverage
from chereme.cli import screen
from chereme.landmarks.weights import Status
from chereme.run.estimate import Estimate
from chereme.types import REASONS

INCOMPLETE = "incomplete_class"
"""The reason that is a matter of an export's setting."""


def show_summary(summary: Mapping[str, Any], root: Path, where: str = "") -> None:
    """What a build asked, found, kept, dropped and made; `where` is the folder as it is called, if otherwise."""
    where = where or str(root)
    counts = [(name, summary[name]) for name in ("asked", "found", "kept") if name in summary]
    if left := summary.get("unfinished"):
        counts.append(("still to be tracked", left))
    screen.table(counts, title="clips")
    if dropped := summary.get("rejected"):
        rows = [(reason, count, REASONS[reason]) for reason, count in dropped.items()]
        screen.table(rows, title="dropped", header=("reason", "clips", "meaning"))
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
        screen.table(lines, title="made", header=("export", "clips", *["rows"] * several, "left out", "where"))
        if why := list(_left_out(made)):
            screen.table(why, title="left out", header=("export", "reason", "clips", "meaning"))
        if earlier := sorted({path.parent.name for path in (root / "exports").glob("*/export.json")} - {*made}):
            screen.out.print(
                f"not asked for, and left as an earlier run made them: {screen.escape(', '.join(earlier))}",
                soft_wrap=True,
            )
    if remark := summary.get("leading", {}).get("mirrored"):
        screen.out.print(f"[yellow]note[/]: {screen.escape(remark)}", soft_wrap=True)
    if summary.get("seconds"):
        taken = "  ".join(f"{stage} {seconds:.1f} s" for stage, seconds in summary["seconds"].items())
        screen.out.print(f"[dim]{screen.escape(taken)}[/]")
    lost = summary.get("rejected") or any(export["rejected"] for export in summary.get("exports", {}).values())
    for name, what in (("report.html", "report"), *([("rejects.csv", "every dropped clip")] if lost else [])):
        if (root / name).exists():
            older = name == "report.html" and _older(root / name, root / "summary.json")
            screen.out.print(
                f"{what}{' of an earlier run' if older else ''}: {screen.escape(f'{where}/{name}')}", soft_wrap=True
            )


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
    screen.table([(name, f"{value:,}" if isinstance(value, int) else value) for name, value in rows], title="would do")


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
    screen.table(rows, title="catalog")
    if found.missing_by_source and set(found.by_source) != {UNKNOWN}:
        missing = [(source, found.by_source[source], count) for source, count in found.missing_by_source.items()]
        screen.table(missing, title="missing by source", header=("source", "clips", "missing"))
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
    screen.table(parts, title="splits", header=("split", "clips", "found", "signers", "glosses with a clip"))
    if unclaimed:
        more = f" and {len(unclaimed) - 8:,} more" if len(unclaimed) > 8 else ""
        screen.out.print(screen.escape(f"{len(unclaimed):,} videos fit no entry: {', '.join(unclaimed[:8])}{more}"))
    shared = ", ".join(f"{pair} {count}" for pair, count in found.signers_shared.items())
    if shared:
        screen.out.print(f"signers shared: {shared}")
    counted = "clips" if found.found is None else "clips found"
    screen.out.print(
        f"{counted} a gloss: {balance.least} to {balance.most}, median {balance.median:g}, "
        f"imbalance {balance.imbalance:.1f}; {balance.empty:,} glosses have none"
    )


def show_weights(folder: Path, weights: Iterable[Status]) -> None:
    """Each network's file, and whether it is the right one."""
    rows = [
        (each.path.name, "missing" if not each.present else "right" if each.correct else "WRONG", each.bytes)
        for each in weights
    ]
    screen.table(rows, title=str(folder), header=("file", "checksum", "bytes"))


def _duration(seconds: float) -> str:
    if seconds != seconds:
        return "not known, because the clips tried killed the worker,"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
