"""A recipe: a whole run's settings in a TOML file, checked against the settings' own fields."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from chereme.errors import SettingsError
from chereme.inert import visible
from chereme.plugins import suggest

MOST_BYTES = 1 << 20
"""Of a recipe."""
MOST_DOTS = 500
"""In a line of it: the time that reading keys in keys takes grows with the square of their number."""


def read_recipe(path: Path, settings: type) -> dict[str, Any]:
    """The recipe's tables, every key known to `settings`; paths stay relative to where the command is given.

    Raises `SettingsError` naming the line or the key.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode()
        if len(text) > MOST_BYTES or any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise SettingsError(
                f"{path} is no recipe: one has at most {MOST_BYTES:,} bytes and {MOST_DOTS} dots a line"
            )
        recipe = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"cannot read the recipe {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"the recipe {path} is not UTF-8 text: {error}") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, tables in tables
        raise SettingsError(f"the recipe {path} is not TOML: {error}") from None
    return _checked(recipe, settings, path, "")


def _checked(values: dict[str, Any], settings: type, recipe: Path, section: str) -> dict[str, Any]:
    types = get_type_hints(settings)
    known = {field.name: types[field.name] for field in fields(settings)}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        place = f"[{section}]" if section else recipe.name
        if name not in known:
            raise SettingsError(f"{place} has no setting '{key}'; {suggest(name, list(known))}")
        kind = known[name]
        if is_dataclass(kind):
            if not isinstance(value, dict):
                raise SettingsError(f"{place} {key} is a section of settings: write [{key}], not {key} = {value!r}")
            checked[name] = _checked(value, kind, recipe, f"{section}.{key}" if section else key)  # type: ignore[arg-type]
        else:
            if hidden := next((text for text in _words(value) if visible(text, len(text)) != text), None):
                said = visible(hidden, 60)
                raise SettingsError(f"{place} {key} holds characters that cannot be seen: {said}")
            checked[name] = value
    return checked


def _words(value: Any) -> Iterator[str]:
    """The strings in a value, but for single characters: a table's cells may be separated by tabs."""
    if isinstance(value, str):
        if len(value) > 1:
            yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _words(key)
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
