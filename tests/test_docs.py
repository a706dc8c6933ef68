"""What the pages and recipes say is what the code has."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from chereme.cli.recipe import read_recipe
from chereme.cli.train import Train
from chereme.download import REASONS as DOWNLOAD_REASONS
from chereme.live.serve import Serve
from chereme.run.settings import Build
from chereme.training.fit import Fit
from chereme.types import REASONS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))
KINDS = get_type_hints(Build)
COMMANDS = [get_type_hints(command) for command in (Build, Train, Fit, Serve)]

FLAG = re.compile(r"--([a-z-]+)\.(?:no-)?([a-z-]+)")
PLAIN = re.compile(r"--([a-z-]+)(?![a-z.-])")
RETRIED = re.compile(r"--retry ([a-z_]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_flag_on_a_page_exists(page: Path) -> None:
    for section, name in FLAG.findall(page.read_text("utf-8")):
        kinds = [kind for each in COMMANDS if is_dataclass(kind := each.get(section.replace("-", "_")))]
        assert kinds, f"there is no section [{section}]"
        known = [field.name for kind in kinds for field in fields(kind)]
        assert name.replace("-", "_") in known, f"[{section}] has no {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_flag_of_build_on_a_page_exists(page: Path) -> None:
    for line in page.read_text("utf-8").splitlines():
        if "chereme build" in line:
            unknown = {flag.replace("-", "_") for flag in PLAIN.findall(line)} - set(KINDS)
            assert not unknown, f"{line.strip()}: build has no {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_reason_on_a_page_exists(page: Path) -> None:
    assert set(RETRIED.findall(page.read_text("utf-8"))) <= set(REASONS) | set(DOWNLOAD_REASONS)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_every_recipe_can_be_followed(recipe: Path) -> None:
    settings = read_recipe(recipe, Build)
    made = Build(**{name: made_of(KINDS[name], value) for name, value in settings.items()})
    assert made != Build()


def made_of(kind: Any, value: Any) -> Any:
    """A section's settings from its table; lists are tuples there."""
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: made_of(None, each) for name, each in value.items()})
    return tuple(value) if isinstance(value, list) else value


def test_there_are_pages_and_recipes_to_look_at() -> None:
    assert len(PAGES) > 10
    assert {recipe.stem for recipe in RECIPES} >= {"folder", "wlasl100", "wlasl300"}
