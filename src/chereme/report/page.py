"""The page: everything that is told, put into the template."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chereme.report import tally, words
from chereme.report.facts import Facts, Reals, reals
from chereme.report.pictures import SIDE, Pictures
from chereme.report.plots import histogram, ranks
from chereme.store import write_text

WORST = 12
"""Clips shown as the worst."""
_LONGEST_COMMAND = 4000
_ENDS = 10
"""Glosses named at either end of a class balance too long to show."""
_MOST_FILES = 200_000
"""Files of an export that are measured; of more, the size is said to be at least that."""


def write_report(root: Path) -> Path:
    """Write `report.html` of an output folder of `chereme build`, and give back its path.

    One file that needs nothing else: no network, no script. The same folder gives the same bytes. Raises `DatasetError`
    where there is no such folder or a file in it cannot be read; what is merely not there yet is left out.
    """
    facts = Facts.read(root)
    environment = Environment(
        loader=PackageLoader("chereme.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": words.count,
        "duration": words.duration,
        "number": words.number,
        "share": words.share,
        "size": words.size,
        "short": lambda text: words.visible(text, 40),
    }
    text = environment.get_template("report.html.jinja").render(**_told(facts))
    write_text(facts.output.report, text)
    return facts.output.report


def _shown(value: Any) -> Any:
    """Everything printed passes here: words from data have nothing hidden in them and an end."""
    return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _told(facts: Facts) -> dict[str, Any]:
    split_rows = tally.splits(facts)
    crossing, twins = tally.twins(facts)
    pictures = Pictures(facts)
    worst = _worst(facts)
    classes = tally.classes(facts)
    stages = _stages(facts)
    left = sum(total > 0 for total in classes.totals)
    kept = facts.count("kept", len(facts.samples) if facts.output.samples.exists() else None)
    sheet = pictures.sheet()
    sources = tally.sources(facts)
    return {
        "style": Markup(_beside("style.css")),
        "facts": facts,
        "summary": facts.summary,
        "dataset": str(facts.section("settings").get("dataset", "")),
        "asked": facts.count("asked", len(facts.catalog)),
        "found": facts.count("found", len(facts.found)),
        "kept": kept,
        "funnel": tally.funnel(facts),
        "reasons": tally.reasons(facts),
        "sources": sources,
        "classes": classes,
        "totals": classes.totals,
        "left": left,
        "ends": min(_ENDS, left),
        "widest": max((max(pair) for pair in zip(classes.asked, classes.totals, strict=True)), default=1) or 1,
        "most_bars": tally.MOST_BARS,
        "splits": split_rows,
        "shared_signers": tally.shared_signers(split_rows),
        "crossing": crossing,
        "twins": twins,
        "plots": _plots(facts),
        "worst": worst,
        "worst_pictures": pictures.of([row["id"] for row in worst]),
        "sheet": sheet,
        "side": SIDE,
        "exports": _exports(facts),
        "stages": stages,
        "seconds": sum(stages.values()) if stages else None,
        "origins": _origins(facts),
        "sections": [
            (anchor, title)
            for anchor, title, there in (
                ("dropped", "Dropped", True),
                ("sources", "Sources", bool(sources)),
                ("classes", "Classes", True),
                ("videos", "Lengths", True),
                ("splits", "Splits", bool(split_rows)),
                ("quality", "Quality", bool(kept)),
                ("sheet", "Contact sheet", bool(sheet)),
                ("made", "Made", True),
                ("again", "Settings", True),
            )
            if there
        ],
        "command": _whole(_command(facts.section("settings"))),
    }


def _plots(facts: Facts) -> dict[str, Markup]:
    found, samples = facts.found, facts.samples
    fps = reals(found, "fps")
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = (reals(found, "stop") - reals(found, "first")) / fps
    classes = tally.classes(facts)
    named = len(classes.glosses) <= tally.MOST_BARS
    left = len(classes.glosses) - len(classes.lost)
    shares = (0.0, 1.0)

    def quality(name: str, label: str, span: tuple[float, float] | None = None) -> Markup:
        return histogram(name, reals(samples, name), label=label, span=span)

    return {
        "classes": Markup("")
        if named
        else ranks("classes", {split: kept[:left] for split, kept in classes.kept.items()}),
        "seconds": histogram("seconds", seconds, label="length of the sign, seconds"),
        "fps": histogram("fps", fps, label="frames a second"),
        "height": histogram("height", reals(found, "height"), label="height of the picture, pixels"),
        "any_hand": quality("any_hand", "share of frames with a hand", shares),
        "hand_px": quality("hand_px", "wrist to middle knuckle, pixels"),
        "jitter": quality("jitter", "jitter, hand sizes"),
        "longest_gap": quality("longest_gap", "longest time without a hand, seconds"),
        "score": quality("score", "mean score of the points", shares),
    }


def _worst(facts: Facts) -> list[dict[str, Any]]:
    """The clips with the least share of frames with a hand times score, the worst first."""
    share, score = reals(facts.samples, "any_hand"), reals(facts.samples, "score")
    product: Reals = np.nan_to_num(share, nan=1.0) * np.nan_to_num(score, nan=1.0)
    rows = np.argsort(product, kind="stable")[:WORST]
    return [_plain(row) for row in facts.samples.take(rows).to_pylist()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None and name in ("id", "gloss", "split") else value for name, value in row.items()}


def _stages(facts: Facts) -> dict[str, float]:
    return {stage: taken for stage, taken in facts.section("seconds").items() if isinstance(taken, int | float)}


def _origins(facts: Facts) -> list[tuple[str, str]]:
    """What the data came out of: version, frames, model, tracks, then the settings in words."""
    known = (("chereme", "chereme"), ("frames tracked", "plan"), ("model", "model"), ("tracks", "tracks"))
    told = [(words_, str(facts.summary[key])) for words_, key in known if facts.summary.get(key)]
    return told + [(name, str(value)) for name, value in facts.section("settings").items()]


def _exports(facts: Facts) -> list[dict[str, Any]]:
    """What was made: the summary's words, and the files that lie there."""
    made = []
    for name, export in facts.section("exports").items():
        export = export if isinstance(export, dict) else {}
        path = export.get("path") or f"exports/{name}"
        folder = facts.inside(path)
        files, size, more = _measured(folder) if folder else (0, 0, False)
        rejected = export.get("rejected")
        made.append(
            {
                "name": name,
                "path": str(path),
                "there": folder is not None,
                "samples": export.get("samples") if isinstance(export.get("samples"), int) else None,
                "rejected": rejected if isinstance(rejected, dict) else {},
                "files": files,
                "bytes": size,
                "more": more,
            }
        )
    return made


def _measured(folder: Path) -> tuple[int, int, bool]:
    """Files below a folder, their bytes, and whether there are more than were looked at."""
    files = size = 0
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if files == _MOST_FILES:
            return files, size, True
        files += 1
        size += path.stat().st_size
    return files, size, False


def _command(settings: Mapping[str, Any]) -> str:
    """The command that makes the same again, one setting a line."""
    flags = []
    for name, value in settings.items():
        text = str(value)
        if text in ("True", "False"):
            flags.append(f"--{name}" if text == "True" else f"--{name} false")
        else:
            values = text.split(", ") if name in _SEVERAL else [text]
            flags.append(f"--{name} " + " ".join(shlex.quote(each) for each in values))
    return " \\\n    ".join(["chereme build", *flags])


_SEVERAL = {"videos", "export", "retry"}
"""Settings of several values: the summary joins them by commas."""


def _whole(text: str) -> Markup:
    """Words of ours and of data, longer than the page otherwise shows, on several lines."""
    lines = (words.visible(line, _LONGEST_COMMAND) for line in text.split("\n"))
    return Markup("\n").join(lines)


def _beside(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text("utf-8")
