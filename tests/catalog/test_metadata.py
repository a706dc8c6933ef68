"""Large lists of JSON read an item at a time say what they say when read as a whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chereme.catalog import metadata
from chereme.catalog.metadata import read_items, read_lines
from chereme.errors import DatasetError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def items(path: Path) -> list[Any]:
    return [place.value for place in read_items(path)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value is cut off by a block's end."""
    monkeypatch.setattr(metadata, "_BLOCK", 3)


@given(value=st.lists(VALUES, max_size=6), indent=st.sampled_from([None, 1]), ascii=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_items_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, value: list[Any], indent: int | None, ascii: bool
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=ascii), "utf-8")
    assert items(path) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no valid JSON at line 1, column 1"),
        ("[1, 2", "no valid JSON at line 1, column 6"),
        ('[1,\n {"a": }]', "no valid JSON at line 2, column 8"),
        ("[1] 2", "no valid JSON at line 1, column 5: Extra data"),
        ("[1 2]", "no valid JSON at line 1, column 4"),
        ("[1,]", "no valid JSON"),
        ("[,]", "no valid JSON"),
        ("[" * 100_000, "no JSON that can be read"),
        ('{"a": 1}', "the top level must be a list, not an object"),
        ("7", "the top level must be a list, not a number"),
    ],
)
def test_what_is_wrong_is_told_as_of_the_whole(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(DatasetError, match=r"a\.json") as trouble:
        items(path)
    assert said in str(trouble.value)


def test_places_know_where_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"gloss": "book"}, {"gloss": 7}]')
    _, second = read_items(path)
    with pytest.raises(DatasetError, match=r"\[1\]\.gloss must be a string"):
        second["gloss"].text()


@pytest.mark.parametrize(("data", "said"), [(b"a\n\xff\xfe", "not UTF-8 text"), (None, "there is no such file")])
def test_lines_that_cannot_be_read(tmp_path: Path, data: bytes | None, said: str) -> None:
    path = tmp_path / "a.csv"
    if data is not None:
        path.write_bytes(data)
    for read in (read_lines, read_items):
        with pytest.raises(DatasetError, match=said):
            list(read(path))


def test_lines_keep_their_ends_and_lose_the_mark_of_the_byte_order(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\n")
    assert list(read_lines(path)) == ["a,b\r\n", "1,2\n"]
