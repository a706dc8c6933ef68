"""A recipe: a whole run's settings in a TOML file, checked against the settings' own fields."""

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from chereme.errors import SettingsError
from chereme.plugins import suggest


def read_recipe(path: Path, settings: type) -> dict[str, Any]:
    """The recipe's tables, every key known to `settings`; paths stay relative to where the command is given.

    Raises `SettingsError` naming the line or the key.
    """
    try:
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the recipe {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"the recipe {path} is not UTF-8 text: {error}") from None
    except tomllib.TOMLDecodeError as error:
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
            checked[name] = value
    return checked
