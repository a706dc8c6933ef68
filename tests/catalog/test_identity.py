"""Ids: safe, unique, stable; later entries of the same id."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.identity import LONGEST, id_of, trouble, unique
from chereme.types import Entry

PART = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12).filter(
    lambda part: part not in (".", "..")
)
PATHS = st.builds(
    lambda parts, suffix: PurePosixPath(*parts[:-1], parts[-1] + suffix),
    st.lists(PART | st.sampled_from(["book", "book-1", "1", "1-2", "~", "~20", " "]), min_size=1, max_size=4),
    st.sampled_from([".mp4", ".avi"]),
)


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("book/1.mp4", "book-1"),
        ("train/book/12_b.mp4", "train-book-12_b"),
        ("thank you/take-2.mp4", "thank~20you-take~2d2"),
        ("../.x/1.5.mp4", "~2e~2e-~2ex-1~2e5"),
        ("größe/1.mp4", "größe-1"),
    ],
)
def test_an_id_is_made_from_a_path(path: str, id: str) -> None:
    assert id_of(PurePosixPath(path)) == id


@given(st.lists(PATHS, min_size=2, max_size=30, unique_by=lambda path: path.with_suffix("")))
def test_different_paths_have_different_and_safe_ids(paths: list[PurePosixPath]) -> None:
    ids = [id_of(path) for path in paths] + [id_of(path, suffix=True) for path in paths]
    assert len(set(ids)) == len(ids)
    assert [trouble(id) for id in ids] == [""] * len(ids)


@given(st.integers(1, 400), st.sampled_from("aé漢-"))
def test_ids_of_long_paths_fit_a_file_name_and_stay_apart(length: int, character: str) -> None:
    ids = {id_of(PurePosixPath(character * length, f"{i}.mp4")) for i in range(3)}
    assert len(ids) == 3
    assert not any(trouble(id) for id in ids)


@pytest.mark.parametrize("id", ["", ".", "..", ".x", "a/b", "a\\b", "a\0b", "a\nb", "c:x", "é" * LONGEST])
def test_ids_that_cannot_name_a_file_are_told(id: str) -> None:
    assert trouble(id)


@pytest.mark.parametrize("id", ["1", "00335", "don't want", "a.b", "a-b_c~20", "漢"])
def test_other_ids_are_fine(id: str) -> None:
    assert trouble(id) == ""


def test_later_entries_of_an_id_are_rejected() -> None:
    entries = [Entry(id="1", gloss="a"), Entry(id="2", gloss="a"), Entry(id="1", gloss="b"), Entry(id="1", gloss="a")]
    kept, rejects = unique(entries)
    assert kept == entries[:2]
    assert [(r.id, r.stage, r.reason) for r in rejects] == [("1", "acquire", "duplicate_id")] * 2
    assert rejects[0].detail == "gloss 'b'; the first has gloss 'a'"
