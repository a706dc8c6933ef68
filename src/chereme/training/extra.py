"""The way to what needs the extra `train`: imported when it is used, with the pip line where it is not installed."""

from importlib import import_module
from typing import Any

from chereme.errors import ExtraMissing


def networks(name: str) -> Any:
    """A module of `chereme.training.networks`; raises `ExtraMissing` where a library of it is not there."""
    return imported(f"chereme.training.networks.{name}", "training and recognizing")


def imported(name: str, need: str) -> Any:
    """A module of the extra; raises `ExtraMissing`, saying that `need` wants it, where a library is not there."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("chereme"):
            raise
        raise ExtraMissing(need, "train") from None
