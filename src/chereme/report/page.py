"""The page: everything that is told, put into the template."""

from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chereme.contracts import Executor
from chereme.report import again, made, poses, tally, words
from chereme.report.cut import cut_clips
from chereme.report.facts import Facts, Reals, reals
from chereme.report.pictures import SIDE, Pictures
from chereme.report.plots import histogram, ranks
from chereme.run.local import Here
from chereme.store import write_text

WORST = 12
"""Clips shown as the worst."""
_LONGEST_COMMAND = 4000
_ENDS = 10
"""Glosses named at either end of a class balance too long to show."""


def write_report(root: Path, executor: Executor | None = None) -> Path:
    """Write `report.html` of an output folder of `chereme build`, and give back its path.

    One file that needs nothing else: no network, no script. The same folder gives the same bytes. Frames of videos that
    it shows are decoded by `executor`, by default in this process. Raises `DatasetError` where there is no such folder
    or a file in it cannot be read; what is merely not there yet is left out.
    """
    facts = Facts.read(root)
    text = environment().get_template("report.html.jinja").render(**_told(facts, executor or Here()))
    write_text(facts.output.report, text)
    return facts.output.report


def environment() -> Environment:
    """What makes pages of templates: all that is put in is escaped, and nothing in it is hidden or endless."""
    made = Environment(
        loader=PackageLoader("chereme.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": words.count,
        "duration": words.duration,
        "number": words.number,
        "share": words.share,
        "size": words.size,
        "short": lambda text: words.visible(text, 40),
    }
    return made


def style() -> Markup:
    """The pages' style sheet."""
    return Markup(_beside("style.css"))


def _shown(value: Any) -> Any:
    """Everything printed passes here: words from data have nothing hidden in them and an end."""
    return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _told(facts: Facts, executor: Executor) -> dict[str, Any]:
    split_rows = tally.splits(facts)
    crossing, twins = tally.twins(facts)
    pictures = Pictures(facts, executor)
    worst = _worst(facts)
    classes = tally.classes(facts)
    stages = made.stages(facts)
    left = len(classes.glosses) - len(classes.lost)
    kept = facts.count("kept", len(facts.samples) if facts.output.samples.exists() else None)
    sheet = pictures.sheet()
    posed = poses.pairs(facts)
    sources = tally.sources(facts)
    cut = cut_clips(facts)
    tracked = bool(np.isfinite(reals(facts.samples, "score")).any())
    return {
        "style": style(),
        "facts": facts,
        "summary": facts.summary,
        "dataset": again.dataset(facts),
        "asked": facts.count("asked", len(facts.catalog)),
        "found": facts.count("found", len(facts.found)),
        "kept": kept,
        "funnel": tally.funnel(facts),
        "reasons": tally.reasons(facts),
        "sources": sources,
        "classes": classes,
        "totals": classes.totals,
        "left": left,
        "named": _named(classes, left),
        "ends": min(_ENDS, left),
        "widest": max((max(pair) for pair in zip(classes.asked, classes.totals, strict=True)), default=1) or 1,
        "splits": split_rows,
        "cut": cut,
        "tracked": tracked,
        "shared_signers": tally.shared_signers(split_rows),
        "crossing": crossing,
        "twins": twins,
        "plots": _plots(facts),
        "leading": _leading(facts),
        "worst": worst,
        "worst_pictures": pictures.of([row["id"] for row in worst]),
        "sheet": sheet,
        "poses": posed,
        "pose_height": poses.HEIGHT,
        "side": SIDE,
        "exports": made.exports(facts),
        "stages": stages,
        "seconds": sum(stages.values()) if stages else None,
        "origins": again.origins(facts),
        "sections": [
            (anchor, title)
            for anchor, title, there in (
                ("dropped", "Dropped", True),
                ("sources", "Sources", bool(sources)),
                ("classes", "Classes", True),
                ("videos", "Lengths", True),
                ("splits", "Splits", bool(split_rows)),
                ("cut", "Clips", cut is not None),
                ("quality", "Quality", bool(kept) and tracked),
                ("sheet", "Contact sheet", bool(sheet)),
                ("poses", "Poses", bool(posed)),
                ("made", "Made", True),
                ("again", "Settings", True),
            )
            if there
        ],
        "command": _whole(again.command(facts.section("settings"))),
    }


def _named(classes: tally.Classes, left: int) -> int | None:
    """How many glosses, from the first, are shown each on its own; None when too many are left."""
    return next((glosses for glosses in (len(classes.glosses), left) if glosses <= tally.MOST_BARS), None)


def _plots(facts: Facts) -> dict[str, Markup]:
    found, samples = facts.found, facts.samples
    fps = reals(found, "fps")
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = (reals(found, "stop") - reals(found, "first")) / fps
    classes = tally.classes(facts)
    left = len(classes.glosses) - len(classes.lost)
    shares = (0.0, 1.0)

    def quality(name: str, label: str, span: tuple[float, float] | None = None) -> Markup:
        return histogram(name, reals(samples, name), label=label, span=span)

    return {
        "classes": ranks("classes", {split: kept[:left] for split, kept in classes.kept.items()}),
        "seconds": histogram("seconds", seconds, label="length of the sign, seconds"),
        "fps": histogram("fps", fps, label="frames a second"),
        "height": histogram("height", reals(found, "height"), label="height of the picture, pixels"),
        "any_hand": quality("any_hand", "share of frames with a hand", shares),
        "hand_px": quality("hand_px", "wrist to middle knuckle, pixels"),
        "jitter": quality("jitter", "jitter, hand sizes"),
        "longest_gap": quality("longest_gap", "longest time without a hand, seconds"),
        "score": quality("score", "mean score of the points", shares),
    }


def _leading(facts: Facts) -> dict[str, Any]:
    """In how many clips which hand leads, as far as the summary says so, and the remark on mirror images or None."""
    said = facts.section("leading")
    counts = {name: said[name] for name in ("right", "left", "neither") if isinstance(said.get(name), int)}
    remark = said.get("mirrored")
    return (counts if len(counts) == 3 else {}) | {"mirrored": _whole(remark) if isinstance(remark, str) else None}


def _worst(facts: Facts) -> list[dict[str, Any]]:
    """The clips with the least share of frames with a hand times score, the worst first."""
    share, score = reals(facts.samples, "any_hand"), reals(facts.samples, "score")
    product: Reals = np.nan_to_num(share, nan=1.0) * np.nan_to_num(score, nan=1.0)
    rows = np.argsort(product, kind="stable")[:WORST]
    return [_plain(row) for row in facts.samples.take(rows).to_pylist()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None and name in ("id", "gloss", "split") else value for name, value in row.items()}


def _whole(text: str) -> Markup:
    """Words of ours and of data, longer than the page otherwise shows, on several lines."""
    lines = (words.visible(line, _LONGEST_COMMAND) for line in text.split("\n"))
    return Markup("\n").join(lines)


def _beside(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text("utf-8")
