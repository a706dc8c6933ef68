"""Each recording once, under names by which all its entries find it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.address import file_names
from chereme.download.targets import Target, targets
from chereme.types import Entry


def entry(id: str, url: str | None, *files: str, source: str | None = None) -> Entry:
    named = files or (id, *(file_names(url) if url else ()))
    return Entry(id=id, gloss="a", url=url, files=named, source=source)


def names(entries: list[Entry], chosen: list[Entry] | None = None) -> list[tuple[str, ...]]:
    return [target.names for target in targets(entries, entries if chosen is None else chosen)]


def test_a_lone_entry_gives_its_id() -> None:
    (target,) = targets([e := entry("00335", "http://a.org/x/book.swf", source="aslpro")], [e])
    assert target == Target(
        key="a.org/x/book.swf",
        url="http://a.org/x/book.swf",
        host="a.org",
        source="aslpro",
        kind="direct",
        ids=("00335",),
        names=("00335",),
    )


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://a.org/x.mp4", "direct"),
        ("http://a.org/x.MOV?y=1", "direct"),
        ("http://a.org/watch?v=x.mp4", "site"),
        ("http://a.org/x", "site"),
        ("https://www.youtube.com/watch?v=chEreme_001", "site"),
    ],
)
def test_plain_files_and_pages(url: str, kind: str) -> None:
    (target,) = targets([e := entry("1", url)], [e])
    assert target.kind == kind


def test_youtube_is_one_host_by_all_its_names() -> None:
    entries = [entry("1", "https://youtu.be/chEreme_001"), entry("2", "https://m.youtube.com/watch?v=chEreme_002")]
    assert {target.host for target in targets(entries, entries)} == {"www.youtube.com"}


def test_entries_that_share_a_recording_share_its_name() -> None:
    urls = ("https://www.youtube.com/watch?v=chEreme_001", "https://youtu.be/chEreme_001")
    assert names([entry("1", urls[0]), entry("2", urls[1])]) == [("chEreme_001",)]
    assert names([entry("1", "http://a.org/b/Sign%20Tea.mp4"), entry("2", "https://www.a.org/b/Sign%20Tea.mp4")]) == [
        ("Sign%20Tea",)
    ]


def test_a_name_that_another_may_look_for_gives_way_to_ids() -> None:
    shared = [entry("1", "http://a.org/book.mp4"), entry("2", "http://a.org/book.mp4")]
    assert names(shared) == [("book",)]
    other = entry("3", "http://b.org/Book.swf")
    assert names([*shared, other]) == [("1", "2"), ("3",)]
    assert names([*shared, other], shared) == [("1", "2")], "the choice must not change the names"
    assert names([*shared, entry("book", None)]) == [("1", "2")]


def test_a_name_that_the_dataset_does_not_look_for_gives_way_to_ids() -> None:
    url = "http://a.org/14326.mp4"
    assert names([entry("1", url, "1"), entry("2", url, "2")]) == [("1", "2")]
    assert names([entry("1", "http://a.org/"), entry("2", "http://a.org/")]) == [("1", "2")]


def test_a_path_of_the_dataset_is_kept() -> None:
    assert names([entry("b-1", "http://a.org/x.mp4", "book/1.mp4")]) == [("book/1",)]
    assert names([entry("b-1", "http://a.org/x.mp4", "../1.mp4")]) == [("b-1",)]
    assert names([entry("x", "http://a.org/x.mp4", "y.mp4")]) == [("y",)]


def test_names_that_differ_in_case_alone_lie_apart() -> None:
    assert names([entry("a", "http://a.org/x.mp4"), entry("A", "http://a.org/y.mp4")]) == [("a",), ("2/A",)]


def test_entries_without_a_url_are_passed_over() -> None:
    assert names([entry("1", None), entry("2", " "), entry("3", "http://a.org/x.mp4")]) == [("3",)]


URLS = st.sampled_from(
    ["http://a.org/book.mp4", "http://b.org/book.mp4", "http://a.org/Book.swf", "http://a.org/7.mp4"]
)


@given(st.dictionaries(st.sampled_from(["1", "7", "a", "A", "book"]), URLS))
def test_no_two_files_have_a_name_in_common(urls: dict[str, str]) -> None:
    entries = [entry(id, url) for id, url in urls.items()]
    found = targets(entries, entries)
    assert sorted(id for target in found for id in target.ids) == sorted(urls)
    folded = [name.lower() for target in found for name in target.names]
    assert len(set(folded)) == len(folded)
