"""Tables that mkdocs makes from the code, so that they cannot go stale: settings and reasons."""

import ast
import inspect
import json
import textwrap
from dataclasses import MISSING, Field, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

from chereme.cli.train import Train
from chereme.download import REASONS as DOWNLOAD_REASONS
from chereme.download import Download
from chereme.live.serve import Serve
from chereme.run.settings import Build
from chereme.training.fit import Fit
from chereme.types import REASONS


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the tables where a page asks for them; called by mkdocs for each page."""
    for mark, table in (
        ("<!-- settings -->", settings),
        ("<!-- train settings -->", train_settings),
        ("<!-- serve settings -->", serve_settings),
        ("<!-- reasons -->", reasons),
        ("<!-- hostile cases -->", hostile_cases),
        ("<!-- download settings -->", download_settings),
        ("<!-- download reasons -->", download_reasons),
    ):
        if mark in markdown:
            markdown = markdown.replace(mark, table())
    return markdown


def reasons() -> str:
    """Every reason a clip may be dropped for."""
    return "\n".join(["| reason | what it means |", "|---|---|", *(f"| `{k}` | {v} |" for k, v in REASONS.items())])


def hostile_cases() -> str:
    """How many hostile cases of each kind the tests try, as they count them themselves."""
    counts: dict[str, int] = json.loads((Path(__file__).parent.parent / "tests/hostile/counts.json").read_text("utf-8"))
    cases = sum(number for kind, number in counts.items() if kind != "names")  # which are among those of metadata
    lines = (f"| {kind} | {number:,} |" for kind, number in counts.items())
    return "\n".join(["| kind | cases |", "|---|---|", *lines, f"| all but names | {cases:,} |"])


def download_settings() -> str:
    """The settings of downloading that are its own."""
    kinds = get_type_hints(Download)
    return "\n".join(_table(Download, [each for each in fields(Download) if not is_dataclass(kinds[each.name])]))


def download_reasons() -> str:
    """Every reason for which a download may fail."""
    again = {"soon": "in the same run", "later": "by the next run", "never": "when you ask by `--retry`"}
    rows = [f"| `{name}` | {each.meaning} | {again[each.again]} |" for name, each in DOWNLOAD_REASONS.items()]
    return "\n".join(["| reason | what it means | asked again |", "|---|---|---|", *rows])


def settings() -> str:
    """Every setting of a run: first those of no section, then section by section."""
    return "\n".join(["## The run itself", "", *_plain(Build), *_sections(Build, "##", "`[{}]`")])


def train_settings() -> str:
    """Every setting of training: first those of no section, then of each recognizer and of what changes clips."""
    lines = [*_plain(Train), *_plain(Fit)[2:]]
    return "\n".join([*lines, *_sections(Train, "###", "`--{}.…`"), *_sections(Fit, "###", "`--{}.…`")])


def serve_settings() -> str:
    """Every setting of the web page; those of `live` are the command's of that name too."""
    return "\n".join([*_plain(Serve), *_sections(Serve, "###", "`--{}.…`")])


def _plain(kind: Any) -> list[str]:
    """The table of the settings that are in no section."""
    kinds = get_type_hints(kind)
    return _table(kind, [each for each in fields(kind) if not is_dataclass(kinds[each.name])])


def _sections(kind: Any, level: str, title: str) -> list[str]:
    """A heading and a table for each section."""
    kinds = get_type_hints(kind)
    lines: list[str] = []
    for name in (each.name for each in fields(kind) if is_dataclass(kinds[each.name])):
        section = kinds[name]
        about = inspect.cleandoc(section.__doc__)
        head = f"{level} {title.format(name.replace('_', '-') if level == '###' else name)}"
        lines += ["", head, "", about, "", *_table(section, fields(section), name)]
    return lines


def _table(kind: Any, which: "tuple[Field[Any], ...] | list[Field[Any]]", section: str = "") -> list[str]:
    said = _said(kind)
    lines = ["| flag | default | what it does |", "|---|---|---|"]
    for each in which:
        flag = f"--{section}.{each.name}" if section else f"--{each.name}"
        lines.append(f"| `{flag.replace('_', '-')}` | {_default(each)} | {said[each.name].replace('|', '&#124;')} |")
    return lines


def _said(kind: type) -> dict[str, str]:
    """What each field's docstring says: the string literal right below it."""
    said: dict[str, str] = {}
    for each in reversed(kind.__mro__[:-1]):
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0].body  # type: ignore[attr-defined]
        for field, below in pairwise(body):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    said[name] = " ".join(words.split())
    return said


def _default(field: "Field[Any]") -> str:
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    match value:
        case None | "" | () | {}:
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return " ".join(f"`{each}`" for each in value)
        case _:
            return f"`{value}`"
