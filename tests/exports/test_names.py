import json
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.exports.names import Names, folders, split_folder
from chereme.exports.tables import write_label_map
from chereme.types import Vocabulary


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("book", "book"),
        ("thank you", "thank_you"),
        ("don't want", "don_t_want"),
        ("../x", "_x"),
        ("..", "unnamed"),
        (".x", "x"),
        ("x.", "x"),
        ("v1.2", "v1.2"),
        ("a/b\\c", "a_b_c"),
        ("", "unnamed"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("console", "console"),
        ("lpt1", "_lpt1"),
        ("a\x00b\n", "a_b_"),
        ("Straße", "Straße"),
        ("नमस्ते", "नमस्ते"),
        ("手", "手"),
    ],
)
def test_names_are_safe_and_readable(value: str, name: str) -> None:
    assert Names()(value) == name


@given(st.lists(st.text(max_size=200), unique=True, max_size=12))
def test_every_value_has_a_safe_name_of_its_own(values: list[str]) -> None:
    names = Names()
    given = [names(value) for value in values]
    same = {unicodedata.normalize("NFKC", name).casefold() for name in given}
    assert len(same) == len(values)
    assert [names(value) for value in values] == given
    for name in given:
        assert 0 < len(name.encode()) <= 140
        assert not name.startswith(".")
        assert not name.endswith(".")
        assert Path(name).name == PureWindowsPath(name).name == name
        assert not set(name) & set('<>:"|?* \t\n')


def test_a_value_that_looks_like_a_hashed_name_is_no_trap() -> None:
    names = Names()
    names("a b")
    taken = names("a_b")
    assert taken.startswith("a_b-")
    other = Names()
    assert other(taken) == taken
    assert other("a b") == "a_b"
    assert other("a_b") not in ("a_b", taken)


def test_folders_that_differ_in_case_alone_are_kept_apart() -> None:
    named = folders(Vocabulary(("Book", "book", "BOOK")))
    assert named["Book"] == "Book"
    assert len({name.casefold() for name in named.values()}) == 3


def test_clips_without_a_split_are_all() -> None:
    assert [split_folder("val"), split_folder(None)] == ["val", "all"]


def test_the_label_map_is_the_vocabulary(tmp_path: Path) -> None:
    path = write_label_map(tmp_path, Vocabulary(("手", "don't want")))
    assert path.name == "label_map.json"
    assert json.loads(path.read_text("utf-8")) == {"手": 0, "don't want": 1}
