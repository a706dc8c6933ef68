"""Choosing glosses and clips."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.choose import Choose, at_most, per_split, read_glosses, subset
from chereme.catalog.wlasl import Wlasl
from chereme.errors import DatasetError, SettingsError
from chereme.types import SPLITS, Entry, Split

FIXTURES = Path(__file__).parent / "fixtures"


def corpus(**sizes: int) -> list[Entry]:
    return [Entry(id=f"{gloss}{i}", gloss=gloss) for gloss, size in sizes.items() for i in range(size)]


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    return dict(Counter(entry.gloss for entry in entries))


def chosen(entries: list[Entry], found: set[str] | None = None, **settings: Any) -> dict[str, int]:
    return counts(Choose(**settings).choose(entries, found).entries)


def test_by_default_all_are_chosen() -> None:
    entries = corpus(tea=2, book=1)
    assert Choose().choose(entries).entries == tuple(entries)
    assert Choose().choose([]).entries == ()


def test_glosses_by_name_from_settings_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "glosses.txt"
    path.write_text("\ufeffbook\r\n\r\n12\tthank you\n 7 \n")
    assert read_glosses(path) == ["book", "thank you", "7"]
    entries = [*corpus(tea=2, book=1, a=1), Entry(id="x", gloss="thank you"), Entry(id="y", gloss="7")]
    assert chosen(entries, glosses=("tea",), glosses_file=path) == {"tea": 2, "book": 1, "thank you": 1, "7": 1}


def test_a_file_without_glosses_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_text("\n \n")
    with pytest.raises(DatasetError, match=r"none\.txt: holds no gloss"):
        Choose(glosses_file=tmp_path / "none.txt").choose(corpus(a=1))


@pytest.mark.parametrize(
    ("gloss", "hint"),
    [("boook", "did you mean 'book'"), ("BOOK", "did you mean 'book'"), ("zzz", "there are: tea, book")],
)
def test_an_unknown_gloss_is_named_with_near_ones(gloss: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=f"no gloss '{gloss}': {hint}"):
        Choose(glosses=(gloss, "tea")).choose(corpus(tea=2, book=1))


def test_only_clips_on_disk_count_towards_the_least() -> None:
    entries = corpus(tea=3, book=2, a=1)
    assert chosen(entries, min_clips=2) == {"tea": 3, "book": 2}
    found = {"tea0", "book0", "book1", "else"}
    assert chosen(entries, found, min_clips=2) == {"book": 2}
    assert Choose(min_clips=2).choose(entries, found).scarce == {"tea": 1, "a": 0}
    with pytest.raises(SettingsError, match="no gloss has 3 clips on disk; 'book' has most, 2"):
        Choose(min_clips=3).choose(entries, found)


def test_the_most_frequent_and_of_equals_the_first() -> None:
    entries = corpus(a=1, b=2, c=3, d=2)
    assert chosen(entries, top=2) == {"b": 2, "c": 3}
    assert chosen(entries, {"a0", "d0", "d1"}, top=2) == {"a": 1, "d": 2}
    assert chosen(entries, top=9) == counts(entries)


def test_at_most_so_many_clips_of_a_gloss_from_as_many_signers_as_can_be() -> None:
    entries = [Entry(id=str(i), gloss="tea", signer=signer) for i, signer in enumerate("AAAABBC")]
    assert [entry.id for entry in at_most(entries, 3)] == ["0", "4", "6"]
    assert [entry.id for entry in at_most(entries, 5)] == ["0", "1", "4", "5", "6"]
    assert at_most(entries, 9) == entries


def test_clips_on_disk_are_taken_first() -> None:
    entries = [Entry(id=str(i), gloss="tea", signer=signer) for i, signer in enumerate("AAABB")]
    assert [entry.id for entry in at_most(entries, 2, {"1", "2"})] == ["1", "2"]
    assert [entry.id for entry in at_most(entries, 3, {"1", "2"})] == ["1", "2", "3"]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(SPLITS)), max_size=40), st.integers(1, 8))
def test_fewer_clips_keep_every_split_of_a_gloss(clips: list[tuple[str, Split]], most: int) -> None:
    entries = [Entry(id=str(i), gloss=gloss, split=split) for i, (gloss, split) in enumerate(clips)]
    kept = at_most(entries, most)
    assert counts(kept) == {gloss: min(n, most) for gloss, n in counts(entries).items()}
    assert sorted(kept, key=entries.index) == kept
    for gloss in "xyz":
        splits = {entry.split for entry in entries if entry.gloss == gloss}
        if len(splits) <= most:
            assert {entry.split for entry in kept if entry.gloss == gloss} == splits


def test_a_limit_per_split_spreads_over_glosses() -> None:
    where: dict[str, Split | None] = {"a": "train", "b": "train", "c": "test", "d": None}
    entries = [Entry(id=f"{gloss}{i}", gloss=gloss, split=split) for gloss, split in where.items() for i in range(3)]
    assert [entry.id for entry in per_split(entries, 3)] == ["a0", "a1", "b0", "c0", "c1", "c2", "d0", "d1", "d2"]
    assert [entry.id for entry in per_split(entries, 1, {"b2", "d1"})] == ["b2", "c0", "d1"]


def test_a_subset_has_its_own_splits_and_class_order() -> None:
    entries = list(Wlasl().read(FIXTURES / "WLASL_v0.3.json"))
    some = Choose(subset="100").choose(entries, folder=FIXTURES)
    assert [(entry.id, entry.split) for entry in some.entries] == [
        ("00011", "train"),
        ("00012", "val"),
        ("00021", "train"),
        ("00023", "test"),
    ]
    assert some.absent == ("00099",)
    assert some.order == ("tea", "don't know", "unsigned")
    assert subset(entries, FIXTURES / "nslt_100.json") == some


def test_a_class_takes_the_gloss_of_its_entries_before_that_of_the_list(tmp_path: Path) -> None:
    (tmp_path / "wlasl_class_list.txt").write_text("0\tlosear\n1\tnone\n")
    members = {"1": [0, 1, 9], "2": [0, 1, 9], "3": [1, 1, 9]}
    (tmp_path / "nslt_2.json").write_text(json.dumps({k: {"subset": "train", "action": v} for k, v in members.items()}))
    entries = [Entry(id="1", gloss="lose"), Entry(id="2", gloss="lose"), Entry(id="4", gloss="lose")]
    assert Choose(subset=str(tmp_path / "nslt_2.json")).choose(entries).order == ("lose", "none")


def test_a_subset_without_a_file_or_without_clips_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nslt_300\.json: there is no such file"):
        Choose(subset="300").choose(corpus(a=1), folder=tmp_path)
    with pytest.raises(SettingsError, match="the subset '100' and the catalog have no id in common"):
        Choose(subset="100").choose(corpus(a=1), folder=FIXTURES)


@pytest.mark.parametrize("settings", [{"min_clips": -1}, {"top": -1}, {"max_clips": -1}])
def test_negative_numbers_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="must be 0 or above, not -1"):
        Choose(**settings)


@pytest.mark.parametrize(
    ("size", "splits", "absent"), [("100", (1442, 338, 258), ()), ("300", (3549, 900, 668), ("20065",))]
)
def test_the_real_subsets(shared_data: Path, size: str, splits: tuple[int, ...], absent: tuple[str, ...]) -> None:
    folder = shared_data / "wlasl"
    entries = list(Wlasl().read(folder / "WLASL_v0.3_partial.json"))
    some = Choose(subset=size).choose(entries, folder=folder)
    assert Counter(entry.split for entry in some.entries) == dict(zip(SPLITS, splits, strict=True))
    assert some.absent == absent
    assert len(some.order) == int(size)
    assert some.order[:3] == ("book", "drink", "computer")
    assert size == "100" or some.order[163] == "lose"
