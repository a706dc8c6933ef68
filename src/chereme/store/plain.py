"""Settings as plain values, and back: what JSON and a checkpoint can hold without a pickle."""

from dataclasses import fields, is_dataclass
from math import isfinite
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from chereme.errors import DatasetError

T = TypeVar("T")


def plain(value: Any) -> Any:
    """A frozen dataclass as a dict, a tuple as a list, numbers that JSON lacks as text; all else as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value


def restored(kind: type[T], value: Any) -> T:
    """The value of a dataclass that `plain` was made of; raises `DatasetError` where it is none of this kind."""
    try:
        made: T = _restored(kind, value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DatasetError(f"these are no settings of {kind.__name__}: {error}") from error
    return made


def _restored(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        return _one_of(get_args(kind), value)
    if is_dataclass(kind) and isinstance(kind, type):
        types = get_type_hints(kind)
        known = {each.name for each in fields(kind) if each.init}
        if unknown := sorted(set(value) - known):
            raise ValueError(f"{kind.__name__} has no setting '{unknown[0]}'")
        return kind(**{name: _restored(types[name], each) for name, each in value.items()})
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(_restored(kinds[0], each) for each in value)
        return tuple(_restored(each, item) for each, item in zip(kinds, value, strict=True))
    return float(value) if kind is float else value


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    for kind in kinds:
        if is_dataclass(kind) and isinstance(value, dict) and set(value) == {each.name for each in fields(kind)}:
            return _restored(kind, value)
    others = [kind for kind in kinds if kind is not type(None) and not is_dataclass(kind)]
    return _restored(others[0], value) if len(others) == 1 else value
