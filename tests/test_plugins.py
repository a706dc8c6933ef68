from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from chereme import plugins
from chereme.errors import SettingsError
from chereme.skeleton import Skeleton


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package that offers two datasets, one under a name of ours, and an export."""
    points = EntryPoints(
        [
            EntryPoint(name="phoenix", value="chereme.skeleton:Skeleton", group="chereme.datasets"),
            EntryPoint(name="wlasl", value="nowhere:Impostor", group="chereme.datasets"),
            EntryPoint(name="gone", value="nowhere:Gone", group="chereme.exports"),
        ]
    )

    def select(**wanted: Any) -> EntryPoints:
        return points.select(**wanted)

    monkeypatch.setattr(plugins, "entry_points", select)
    monkeypatch.setitem(plugins.TABLES, "datasets", {"wlasl": "chereme.skeleton:Part", "csv": "chereme.types:Span"})


def test_names_are_ours_then_theirs() -> None:
    assert plugins.names("datasets") == ["wlasl", "csv", "phoenix"]
    assert plugins.names("exports")[-1] == "gone"
    assert "phoenix" not in plugins.names("exports")


def test_another_package_adds_a_name() -> None:
    assert plugins.load("datasets", "phoenix") is Skeleton


def test_our_names_are_not_taken_over() -> None:
    assert plugins.load("datasets", "wlasl").__module__ == "chereme.skeleton"


def test_a_broken_package_says_which_module_it_lacks() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        plugins.load("exports", "gone")


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(SettingsError, match=r"^dataset: there is no 'wlsal'; did you mean 'wlasl'\?$"):
        plugins.load("datasets", "wlsal")


def test_an_acronym_is_known_in_capitals() -> None:
    with pytest.raises(SettingsError, match=r"^dataset: there is no 'WLASL'; did you mean 'wlasl'\?$"):
        plugins.load("datasets", "WLASL")


def test_a_far_name_is_answered_with_all() -> None:
    with pytest.raises(SettingsError, match=r"^dataset: there is no 'zzz'; there are: wlasl, csv, phoenix$"):
        plugins.load("datasets", "zzz")


def test_a_long_list_is_cut() -> None:
    assert plugins.suggest("?", [str(number) for number in range(13)]).endswith("10, 11, …")
    assert plugins.suggest("?", [str(number) for number in range(12)]).endswith("10, 11")


def test_names_run_together_are_taken_apart() -> None:
    assert 'as book "don\'t want", and' in plugins.suggest("book, don't want", ["book", "don't want"])
    assert plugins.suggest("book,dud", ["book", "dad"]) == "did you mean 'book'?"


@pytest.mark.parametrize("table", plugins.TABLES)
def test_every_table_has_a_setting_by_which_its_names_are_chosen(table: str) -> None:
    with pytest.raises(SettingsError, match=f"^{plugins.SETTINGS[table]}: there is no '§'"):
        plugins.load(table, "§")


def test_every_table_has_names() -> None:
    assert set(plugins.TABLES) == {"datasets", "models", "runtimes", "exports", "executors", "recognizers"}
    assert all(plugins.TABLES.values())
