"""An evaluation told: `evaluation.json` for programs, `.md` to paste, `.html` to read, and every answer as a line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from chereme.report import judged, words
from chereme.report.confusion import SIDE, Matrix, matrix
from chereme.report.page import environment, style
from chereme.run.output import disk_trouble
from chereme.store import write_json, write_text
from chereme.store.plain import plain
from chereme.training.evaluate import Evaluation
from chereme.training.intervals import Interval

NAME = "evaluation"
ANSWERS = "answers.jsonl"
MOST_ROWS = 30
"""Rows of a list in the page and in the Markdown; all are in the JSON."""
_DIGITS = 6
"""Of a number in the JSON: beyond them machines differ."""
_SPECIAL = "\\`*_{}[]()<>#+!|~&"
"""What Markdown reads as more than a letter."""


def write_evaluation(found: Evaluation, folder: Path, name: str) -> Path:
    """Write the files below `folder`, and give back the page's path; `name` is what the checkpoint is called.

    The page needs nothing else: no network, no script. The same evaluation gives the same bytes. Raises `OutputError`
    where the folder cannot be written.
    """
    told = _told(found, name)
    with disk_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return _write(found, folder, name, told)


def _write(found: Evaluation, folder: Path, name: str, told: dict[str, Any]) -> Path:
    write_json(folder / f"{NAME}.json", _rounded(facts_of(found, name)))
    write_text(folder / ANSWERS, "".join(f"{line}\n" for line in _answers(found)))
    write_text(folder / f"{NAME}.md", _markdown().get_template("evaluation.md.jinja").render(**told))
    page = folder / f"{NAME}.html"
    write_text(page, environment().get_template("evaluation.html.jinja").render(**told, **_pictures(found)))
    return page


def facts_of(found: Evaluation, name: str) -> dict[str, Any]:
    """All of an evaluation but the single answers, as plain values."""
    told = {each.name: plain(getattr(found, each.name)) for each in fields(found) if each.name != "answers"}
    return {"checkpoint": name, **told, "vocabulary": list(found.answers.vocabulary.glosses)}


def _told(found: Evaluation, name: str) -> dict[str, Any]:
    scores, counts = found.scores, found.counts
    first = scores.top[0].per_instance
    shown = {
        "signers": (scores.signers, "signer"),
        "sources": (scores.sources, "source"),
    }
    return {
        "name": name,
        "found": found,
        "scores": scores,
        "counts": counts,
        "of_official": first.right / counts.official if counts.official else None,
        "clips": [
            (words_, number)
            for words_, number in (
                ("officially", counts.official),
                ("in the catalog", counts.asked),
                ("found", counts.found),
                ("tracked and kept", counts.kept),
                ("twins of clips trained on", counts.twins),
                ("not to be read any more", counts.unreadable or None),
                ("judged", counts.judged),
            )
            if number is not None
        ],
        "people": [
            (words_, share)
            for words_, share in (
                ("signers trained on", scores.seen_signers),
                ("signers never seen", scores.unseen_signers),
                ("signers not stated", scores.unknown_signers),
            )
            if share
        ],
        "groups": [(title, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS)) for rows, title in shown.values() if rows],
        "least": scores.glosses[:MOST_ROWS],
        "more_glosses": max(0, len(scores.glosses) - MOST_ROWS),
        "confused": scores.confused[:MOST_ROWS],
        "training": _training(found.facts),
        "between": between,
        "percent": percent,
        "ANSWERS": ANSWERS,
    }


def _pictures(found: Evaluation) -> dict[str, Any]:
    drawn: Matrix = matrix(found.scores, found.answers.vocabulary)
    return {
        "style": style(),
        "matrix": drawn,
        "side": SIDE,
        "plots": {
            "reliability": judged.reliability(found.scores),
            "thresholds": judged.thresholds(found.scores),
            "recalls": judged.recalls(found.scores),
        },
    }


def percent(value: float | None) -> str:
    """A share in percent with a digit behind the point; a dash for none."""
    return "–" if value is None else f"{100 * value:.1f}\u202f%"


def between(interval: Interval | None) -> str:
    """The ends of an interval in percent; a dash for none."""
    return "–" if interval is None else f"{100 * interval.low:.1f}–{100 * interval.high:.1f}"


def _training(facts: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """What a checkpoint tells of its training, as words; of sections each value, lists as JSON."""
    rows: list[tuple[str, str]] = []
    for name, value in sorted(facts.items()):
        if isinstance(value, Mapping):
            rows += _training(value, f"{above}{name}.")
        else:
            rows.append((above + name, value if isinstance(value, str) else json.dumps(plain(value))))
    return rows


def _answers(found: Evaluation, k: int = 5) -> Iterator[str]:
    """A line a clip, in the order of the catalog."""
    answers, twins = found.answers, frozenset(found.twins)
    glosses, best, ranks = answers.vocabulary.glosses, answers.best(k), answers.ranks
    for row, id in enumerate(answers.ids):
        line = {
            "id": id,
            "gloss": glosses[answers.labels[row]],
            "rank": int(ranks[row]) + 1,
            "words": [
                {"word": glosses[label], "probability": round(float(answers.probabilities[row, label]), _DIGITS)}
                for label in best[row].tolist()
            ],
            "signer": answers.signers[row] or None,
            "source": answers.sources[row] or None,
            "twin": id in twins,
        }
        yield json.dumps(line, ensure_ascii=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


def _markdown() -> Environment:
    made = Environment(
        loader=PackageLoader("chereme.report"),
        autoescape=False,  # no HTML is made; words from data are escaped for Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"count": words.count, "word": _word}
    return made


def _word(text: str) -> str:
    """A word from data in Markdown: nothing hidden in it, nothing that makes a table, a link or HTML of it."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in words.visible(text, 80))
