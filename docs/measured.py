"""Tables that mkdocs makes from the committed measurements under `benchmarks/`, so that pages say what was measured."""

import json
import statistics
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
PROGRAMS = {"mediapipe": "MediaPipe", "chereme": "chereme"}
MODES = {
    "static": "static",
    "following": "following",
    "sure": "static, presence 0.6",
    "faithful": "following, `faithful`",
    "fast": "following, `precision fast`",
    "fast static": "static, `precision fast`",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the tables where a page asks for them; called by mkdocs for each page."""
    for table in (agreement, truth, engine, soak):
        mark = f"<!-- {table.__name__} -->"
        if mark in markdown:
            markdown = markdown.replace(mark, table())
    return markdown


def agreement() -> str:
    """How far one program finds what another does, model by model."""
    rows = [row for row in _read("parity.json")["agreement"] if row["collection"] == "all"]
    lines: list[str] = []
    for model in dict.fromkeys(row["model"] for row in rows):
        lines += ["", f"### `{model}`", ""]
        lines += ["| part | of what … finds | … finds | finds | matched | median | 95 % | alone |"]
        lines += ["|---|---|---|--:|--:|--:|--:|--:|"]
        for row in (row for row in rows if row["model"] == model):
            lines.append(
                f"| {row['part']} | {_name(row['first'])} | {_name(row['second'])} | {row['found by the first']} "
                f"| {_percent(row['matched'], 1)} | {_percent(row['median'], 2)} "
                f"| {_percent(row['95th percentile'], 1)} | {row['found by the second alone']} |"
            )
    return "\n".join(lines[1:])


def truth() -> str:
    """Hands of drawn signers beside their known joints, mid-sign and whenever they are in the image."""
    lines = ["| program | frames | hands | found | median error | 95 % | side right |", "|---|---|--:|--:|--:|--:|--:|"]
    for row in sorted(_read("parity.json")["error"], key=lambda row: (row["frames"], row["program"])):
        model = row["program"].split("/")[1]
        lines.append(
            f"| {_name(row['program'])}, `{model}` | {row['frames']} | {row['hands']} | {_percent(row['found'], 1)} "
            f"| {_percent(row['median'], 1)} | {_percent(row['95th percentile'], 1)} "
            f"| {_percent(row['side right'], 1)} |"
        )
    return "\n".join(lines)


def engine() -> str:
    """Whole runs over every frame, and the floor."""
    if not (BENCHMARKS / "engine.json").exists():
        return "No run is committed yet: `make bench` writes `benchmarks/engine.json`, and the table is made of it."
    found = _read("engine.json")
    rounds = "one round" if found["rounds"] == 1 else f"medians of {found['rounds']} rounds"
    machine = found["machine"]
    lines = [
        f"{found['clips']} clips, {found['frames']} frames, {rounds}, on {machine['cores']} "
        f"cores of {machine['processor']}, Python {machine['python']}; "
        + ", ".join(f"{name} {number}" for name, number in found["versions"].items())
        + ".",
        "",
        "| program, processes | seconds | frames a second | over decoding and networks |",
        "|---|--:|--:|--:|",
    ]
    over = found["overhead over decoding and networks"]
    for name, taken in found["seconds"].items():
        share = f"+{100 * over[name]:.0f} %" if name in over else ""
        lines.append(f"| {name} | {statistics.median(taken):.1f} | {found['frames a second'][name]} | {share} |")
    return "\n".join(lines)


def soak() -> str:
    """Builds with a fault at a seeded moment."""
    if not (BENCHMARKS / "soak.json").exists():
        return "No figures are committed yet: `make soak` writes `benchmarks/soak.json`, and the table is made of it."
    found = _read("soak.json")
    lines = [
        "| fault | runs | came in time | ids lost | doubled | files that differ | left over | ended wrongly |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    figures = ("runs", "struck", "lost", "doubled", "differing", "left over", "otherwise wrong")
    for name, row in (*found["kinds"].items(), ("**all**", found)):
        lines.append(f"| {name} | " + " | ".join(str(row[figure]) for figure in figures) + " |")
    return "\n".join(lines)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCHMARKS / name).read_text("utf-8"))
    return found


def _name(key: str) -> str:
    program, _, mode = key.split("/")
    return f"{PROGRAMS[program]} {MODES[mode]}"


def _percent(share: float | None, digits: int) -> str:
    return "" if share is None else f"{100 * share:.{digits}f} %"
