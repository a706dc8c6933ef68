"""Settings beyond their bounds, refused by name with what came."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from chereme.errors import SettingsError


def require(settings: object, names: Iterable[str], fits: Callable[[Any], bool], said: str, section: str = "") -> None:
    """Raise `SettingsError` for the first of the settings named that does not fit.

    `said` tells what does, as "is at least 1"; `section` stands before the name, as "[video] " or "live.".
    """
    for name in names:
        value = getattr(settings, name)
        if not fits(value):
            raise SettingsError(f"{section}{name.replace('_', '-')} {said}, not {value}")


def between(settings: object, bounds: Mapping[str, tuple[float, float]], section: str) -> None:
    """Raise `SettingsError` for the first of the settings named that is not from its least to its greatest value."""
    for name, (low, high) in bounds.items():
        require(settings, [name], _within(low, high), f"must be between {low} and {high}", section)


def one_of(settings: object, name: str, choices: Collection[str]) -> None:
    """Raise `SettingsError` where a setting is none of its choices."""
    value = getattr(settings, name)
    if value not in choices:
        raise SettingsError(f"{name} is one of {', '.join(choices)}, not '{value}'")


def _within(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: low <= value <= high
