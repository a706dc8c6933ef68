"""How to make the same again: where the data came from, and the command."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from chereme.report.facts import Facts
from chereme.run.settings import Build


def dataset(facts: Facts) -> str:
    """The name of the dataset; empty where no settings are told."""
    settings = facts.section("settings")
    return str(settings.get("dataset", Build().dataset)) if settings else ""


def origins(facts: Facts) -> list[tuple[str, str]]:
    """What the data came out of: version, frames, model, tracks, then the settings in words."""
    known = (("chereme", "chereme"), ("frames tracked", "plan"), ("model", "model"), ("tracks", "tracks"))
    told = [(name, str(facts.summary[key])) for name, key in known if facts.summary.get(key)]
    return told + [(flag, str(value)) for flag, value in facts.section("settings").items()]


def command(settings: Mapping[str, Any]) -> str:
    """The command that makes the same again, one setting a line; `settings` are the summary's flags and values."""
    several = set(_of_several(Build()))
    flags = []
    for name, value in settings.items():
        text = str(value)
        values = text.split(", ") if name in several else [text]
        if text == "True":
            flags.append(f"--{name}")
        elif text == "False" or any(each.startswith("-") for each in values):
            flags += [f"--{name}={shlex.quote(each)}" for each in values]
        else:
            flags.append(f"--{name} " + " ".join(shlex.quote(each) for each in values))
    return " \\\n    ".join(["chereme build", *flags])


def _of_several(settings: Any, section: str = "") -> Iterator[str]:
    """Flags of several values: the summary joins these by commas."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            yield from _of_several(value, f"{section}{each.name}.")
        elif isinstance(value, tuple):
            yield section + each.name.replace("_", "-")
