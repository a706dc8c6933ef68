"""What builds over the corpora share."""

import copy
from typing import Any

import pytest
from cyclopts import App
from cyclopts.argument import ArgumentCollection

from chereme import plugins
from tests.hostile.building import Building


@pytest.fixture
def build(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Building:
    monkeypatch.setitem(plugins.TABLES["models"], "steady", "tests.hostile.steady:Steady")
    return Building(capsys=capsys)


@pytest.fixture
def flags_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command's flags are put together at its first call, which takes longer than most of what a command does.

    Every call parses its own copy of them, in which nothing is copied but what parsing changes.
    """
    made: dict[object, ArgumentCollection] = {}
    assemble = App.assemble_argument_collection

    def once(self: App, **how: Any) -> ArgumentCollection:
        key = (id(self), repr(how))
        if key not in made:
            made[key] = assemble(self, **how)
        unchanged = (part for each in made[key] for part in (each.parameter, each.field_info))
        return copy.deepcopy(made[key], {id(part): part for part in unchanged})

    monkeypatch.setattr(App, "assemble_argument_collection", once)
