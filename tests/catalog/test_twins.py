"""Which entries show the same signing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.twins import Twins, crossing, groups, twins
from chereme.types import Entry, Span, Split

URL = "https://youtu.be/chEreme_001"


def entry(
    id: str,
    span: tuple[float, float | None] = (0, None),
    *,
    url: str | None = URL,
    rate: float | None = 25,
    files: tuple[str, ...] = (),
    gloss: str = "tea",
    split: Split | None = None,
) -> Entry:
    place = Span() if span == (0, None) else Span(start=span[0], stop=span[1], rate=rate)
    return Entry(id=id, gloss=gloss, span=place, url=url, files=files or (id,), split=split)


def sets(grouped: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(id for id, key in grouped.items() if key == each) for each in grouped.values()}


@pytest.mark.parametrize(
    ("spans", "together"),
    [
        ([(0, 10), (10, 20)], set()),
        ([(0, 10), (9, 20)], {frozenset("ab")}),
        ([(0, None), (500, 510)], {frozenset("ab")}),
        ([(20, 30), (0, 5), (4, 6)], {frozenset("bc")}),
        ([(0, 100), (10, 20), (90, 110), (200, 210)], {frozenset("abc")}),
    ],
    ids=["touching", "overlapping", "whole", "unsorted", "chain"],
)
def test_overlapping_parts_of_one_recording(
    spans: list[tuple[float, float | None]], together: set[frozenset[str]]
) -> None:
    assert sets(groups([entry(id, span) for id, span in zip("abcd", spans, strict=False)])) == together


def test_all_forms_of_a_url_are_one_recording() -> None:
    forms = [URL, "http://www.youtube.com/watch?v=chEreme_001", "https://example.org/chEreme_001"]
    assert sets(groups([entry(id, url=url) for id, url in zip("abc", forms, strict=True)])) == {frozenset("ab")}


def test_frame_bases_that_cannot_be_compared_count_as_overlapping() -> None:
    assert sets(groups([entry("a", (0, 10), rate=25), entry("b", (100, 110), rate=None)])) == {frozenset("ab")}


def test_without_a_url_the_file_is_the_recording() -> None:
    entries = [
        entry("a", (0, 10), url=None, files=("long.mp4",)),
        entry("b", (5, 15), url=None, files=("long.mp4",)),
        entry("c", (20, 30), url=None, files=("long.mp4",)),
        entry("d", (0, 10), url=None, files=("other.mp4",)),
    ]
    assert sets(groups(entries)) == {frozenset("ab")}


def test_files_of_the_same_bytes() -> None:
    entries = [
        entry(id, span, url=f"http://example.org/{id}") for id, span in (("a", (0, 9)), ("b", (50, 60)), ("c", (0, 9)))
    ]
    assert sets(groups(entries, {"a": "x", "b": "x", "c": "y", "none": "x"})) == {frozenset("ab")}


def test_parts_of_one_long_file_are_no_twins_for_having_its_bytes() -> None:
    entries = [entry("a", (0, 10)), entry("b", (20, 30)), entry("c", (25, 35), url="http://example.org/copy")]
    assert sets(groups(entries, dict.fromkeys("abc", "x"))) == {frozenset("bc")}


def test_twins_of_twins_are_one_group() -> None:
    entries = [entry("a"), entry("b"), entry("c", url=None), entry("d", url=None)]
    assert sets(groups(entries, {"b": "x", "c": "x", "d": "y"})) == {frozenset("abc")}


def test_groups_are_described_and_those_across_splits_found() -> None:
    entries = [
        entry("a", gloss="able", split="test"),
        entry("b", gloss="can", split="train"),
        entry("c", url="http://example.org/c", split="val"),
        entry("d", url="http://example.org/c", split="val"),
        entry("e", url="http://example.org/e", split="test"),
    ]
    across = Twins(ids=("a", "b"), glosses=("able", "can"), splits=("train", "test"))
    grouped = groups(entries)
    assert crossing(entries, grouped) == [across]
    assert twins(entries, grouped) == [across, Twins(ids=("c", "d"), glosses=("tea",), splits=("val",))]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), min_size=2, max_size=14))
def test_groups_are_the_connected_parts_of_the_graph_of_overlaps(spans: list[tuple[int, int]]) -> None:
    entries = [entry(str(i), (start + 1, start + 1 + length)) for i, (start, length) in enumerate(spans)]
    parts: list[tuple[set[str], set[int]]] = []
    for each, (start, length) in zip(entries, spans, strict=True):
        ids, ticks = {each.id}, set(range(start, start + length))
        for other in [part for part in parts if part[1] & ticks]:
            parts.remove(other)
            ids |= other[0]
            ticks |= other[1]
        parts.append((ids, ticks))
    assert sets(groups(entries)) == {frozenset(ids) for ids, _ in parts if len(ids) > 1}


def test_the_time_for_one_long_recording_grows_with_its_entries() -> None:
    def seconds(number: int) -> float:
        entries = [entry(str(i), (i + 1, i + 3)) for i in range(number)]
        before = time.process_time()
        assert len(set(groups(entries, {each.id: "x" for each in entries}).values())) == 1
        return time.process_time() - before

    assert seconds(16_000) < 24 * max(seconds(2_000), 0.01)
