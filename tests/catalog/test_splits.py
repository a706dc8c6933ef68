"""Splits: official, stratified, by signer, none."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.splits import Splits, apportion
from chereme.errors import SettingsError
from chereme.types import SPLITS, Entry, Split


def corpus(glosses: int = 8, clips: int = 10, signers: int = 5) -> list[Entry]:
    return [
        Entry(id=f"{g}-{c}", gloss=f"gloss {g}", signer=f"signer {(g + c) % signers}")
        for g in range(glosses)
        for c in range(clips)
    ]


def with_splits(*splits: Split | None) -> list[Entry]:
    return [Entry(id=str(i), gloss="tea", split=split) for i, split in enumerate(splits)]


def shares(entries: Sequence[Entry]) -> dict[str | None, int]:
    return dict(Counter(entry.split for entry in entries))


def test_without_official_splits_they_are_stratified() -> None:
    assert Splits().divide(corpus()).by == "stratified"
    divided = Splits().divide(with_splits("train", "val", "test"))
    assert divided.by == "official"
    assert [entry.split for entry in divided.entries] == ["train", "val", "test"]


def test_twins_across_official_splits_are_told_and_not_moved() -> None:
    divided = Splits().divide(with_splits("train", "train", "test", "val"), {"0": "x", "2": "x", "1": "y", "3": "z"})
    assert [entry.split for entry in divided.entries] == ["train", "train", "test", "val"]
    assert [(twins.ids, twins.splits) for twins in divided.crossing] == [(("0", "2"), ("train", "test"))]


def test_an_entry_without_a_split_joins_its_twin_or_train() -> None:
    entries = with_splits("train", "val", "test", None, None, None)
    divided = Splits().divide(entries, {"0": "x", "1": "x", "3": "x", "2": "y", "4": "y"})
    assert [entry.split for entry in divided.entries[3:]] == ["val", "test", "train"]
    assert divided.placed == ("3", "4", "5")


def test_none_takes_all_splits_away() -> None:
    assert shares(Splits(by="none").divide(with_splits("train", "val", None)).entries) == {None: 3}


@pytest.mark.parametrize(
    ("clips", "parts", "counts"),
    [
        (10, (0.8, 0.1, 0.1), (8, 1, 1)),
        (6, (0.8, 0.1, 0.1), (4, 1, 1)),
        (3, (0.8, 0.1, 0.1), (1, 1, 1)),
        (2, (0.8, 0.1, 0.1), (2, 0, 0)),
        (20, (70, 15, 15), (14, 3, 3)),
        (10, (0.5, 0, 0.5), (5, 0, 5)),
        (10, (1, 0, 0), (10, 0, 0)),
    ],
)
def test_every_gloss_is_shared_out_alike(
    clips: int, parts: tuple[float, float, float], counts: tuple[int, ...]
) -> None:
    divided = Splits(by="stratified", shares=parts).divide(corpus(clips=clips))
    for gloss in {entry.gloss for entry in divided.entries}:
        there = Counter(entry.split for entry in divided.entries if entry.gloss == gloss)
        assert tuple(there[split] for split in SPLITS) == counts


def test_a_seed_gives_the_same_splits_for_any_order_and_another_seed_others() -> None:
    entries = corpus()
    first = {entry.id: entry.split for entry in Splits(by="stratified").divide(entries).entries}
    shuffled = random.Random(1).sample(entries, len(entries))
    assert {entry.id: entry.split for entry in Splits(by="stratified").divide(shuffled).entries} == first
    assert {entry.id: entry.split for entry in Splits(by="stratified", seed=1).divide(entries).entries} != first


def test_more_glosses_do_not_reshuffle_the_others() -> None:
    few = {entry.id: entry.split for entry in Splits(by="stratified").divide(corpus(glosses=4)).entries}
    many = {entry.id: entry.split for entry in Splits(by="stratified").divide(corpus(glosses=8)).entries}
    assert few.items() <= many.items()


HALF = {f"{g}-{c}" for g in range(8) for c in range(10) if (3 * g + 7 * c) % 10 < 5}
"""Of `corpus()`, five clips of each gloss."""


@pytest.mark.parametrize("by", ["stratified", "signer"])
def test_clips_stay_where_they_are_when_more_are_found(by: Any) -> None:
    before = Splits(by=by).divide(corpus(), found=HALF).entries
    assert before == Splits(by=by).divide(corpus(), found={entry.id for entry in corpus()}).entries


def test_shares_may_be_of_what_is_found() -> None:
    divided = Splits(by="stratified", shares_of="found").divide(corpus(), found=HALF).entries
    for gloss in {entry.gloss for entry in divided}:
        there = Counter(entry.split for entry in divided if entry.gloss == gloss and entry.id in HALF)
        assert tuple(there[split] for split in SPLITS) == (3, 1, 1)
    assert all(entry.split for entry in divided), "missing ones too, among themselves"
    without = Splits(by="stratified", shares_of="found").divide(corpus()).entries
    assert without == Splits(by="stratified").divide(corpus()).entries, "where nothing was looked for"


def test_signers_that_are_found_fill_every_split() -> None:
    entries = corpus(signers=6)
    found = {entry.id for entry in entries if entry.signer in ("signer 1", "signer 3", "signer 5")}
    divided = Splits(by="signer", shares_of="found").divide(entries, found=found).entries
    where = defaultdict(set)
    for entry in divided:
        where[entry.signer].add(entry.split)
    assert all(len(splits) == 1 for splits in where.values())
    assert {split for signer in ("signer 1", "signer 3", "signer 5") for split in where[signer]} == set(SPLITS)
    few = {entry.id for entry in entries if entry.signer in ("signer 1", "signer 3")}
    with pytest.raises(SettingsError, match="there are 2"):
        Splits(by="signer", shares_of="found").divide(entries, found=few)


def test_entries_keep_their_order_and_all_but_the_split() -> None:
    entries = corpus()
    divided = Splits(by="stratified").divide(entries)
    assert [replace(entry, split=None) for entry in divided.entries] == entries


@given(st.data())
def test_no_group_is_ever_parted(data: st.DataObject) -> None:
    entries = corpus(glosses=data.draw(st.integers(1, 5)), clips=data.draw(st.integers(3, 9)))
    keys = data.draw(st.lists(st.sampled_from("xyzuvw"), max_size=len(entries)))
    groups = {entry.id: key for entry, key in zip(entries, keys, strict=False)}
    where = defaultdict(set)
    for entry in Splits(by="stratified").divide(entries, groups).entries:
        where[groups.get(entry.id)].add(entry.split)
    assert not [key for key, splits in where.items() if key and len(splits) > 1]


def test_twins_count_towards_the_shares() -> None:
    entries = corpus(glosses=20)
    groups = {entry.id: f"{int(entry.id.split('-')[0]) // 2}/{entry.id.split('-')[1]}" for entry in entries}
    divided = Splits(by="stratified").divide(entries, groups)
    assert shares(divided.entries) == {"train": 160, "val": 20, "test": 20}


def test_signers_are_never_in_two_splits_and_glosses_are_covered() -> None:
    divided = Splits(by="signer", shares=(0.6, 0.2, 0.2)).divide(corpus())
    signers = {split: {entry.signer for entry in divided.entries if entry.split == split} for split in SPLITS}
    assert sum(len(each) for each in signers.values()) == 5
    assert [len(signers[split]) for split in SPLITS] == [3, 1, 1]
    for split in SPLITS:
        assert len({entry.gloss for entry in divided.entries if entry.split == split}) == 8


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=12, max_size=80))
def test_signers_of_any_corpus_stay_apart_and_no_split_is_empty(clips: list[tuple[int, int]]) -> None:
    three = [(g, s) for s in range(3) for g in range(2)]
    entries = [Entry(id=str(i), gloss=f"g{g}", signer=f"s{s}") for i, (g, s) in enumerate(clips + three)]
    where = defaultdict(set)
    for entry in Splits(by="signer").divide(entries).entries:
        where[entry.signer].add(entry.split)
    assert all(len(splits) == 1 for splits in where.values())
    assert set().union(*where.values()) == set(SPLITS)


def test_signers_with_common_clips_stay_together() -> None:
    entries = corpus(signers=6)
    groups = {"0-0": "x", "0-1": "x", "0-2": "x"}
    where = {entry.id: entry.split for entry in Splits(by="signer").divide(entries, groups).entries}
    assert len({where["0-0"], where["0-1"], where["0-2"]}) == 1


def test_clips_without_a_signer_are_trained_on() -> None:
    entries = [*corpus(), Entry(id="x", gloss="gloss 0"), Entry(id="y", gloss="gloss 0")]
    divided = Splits(by="signer").divide(entries)
    assert divided.placed == ("x", "y")
    assert [entry.split for entry in divided.entries[-2:]] == ["train", "train"]


@pytest.mark.parametrize(
    ("settings", "entries", "message"),
    [
        ({"by": "official"}, corpus(), "needs a dataset with splits"),
        ({"by": "signer"}, [Entry(id="1", gloss="a")], "needs? signers, and no entry has one"),
        ({"by": "signer"}, corpus(signers=2), "3 splits by signer need as many signers .* there are 2"),
    ],
)
def test_splits_that_cannot_be_made_are_refused(settings: dict[str, Any], entries: list[Entry], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Splits(**settings).divide(entries)


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "speaker"},
        {"shares": (0.0, 0.0, 0.0)},
        {"shares": (1.0, -0.1, 0.1)},
        {"shares": (float("nan"), 1.0, 1.0)},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Splits(**settings)


def test_nothing_divides_into_nothing() -> None:
    assert Splits().divide([]).entries == ()


@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any))
def test_apportioned_numbers_add_up_and_are_near_the_ideal(number: int, parts: list[int]) -> None:
    given_ = apportion(number, parts, key="k")
    assert sum(given_) == number
    assert min(given_) >= 0
    open_ = [s for s, part in enumerate(parts) if part]
    assert not [s for s, part in enumerate(parts) if given_[s] and not part]
    if number >= len(open_):
        assert all(given_[s] for s in open_)
    assert all(given_[s] <= number * parts[s] / sum(parts) + 1 for s in open_)


@pytest.mark.parametrize("by", ["stratified", "signer"])
def test_the_time_grows_with_the_entries(by: Any) -> None:
    def seconds(number: int) -> float:
        entries = [Entry(id=str(i), gloss=str(i % 500), signer=str(i * 7919 % (number // 10))) for i in range(number)]
        before = time.process_time()
        Splits(by=by).divide(entries, {str(i): str(i - i % 2) for i in range(0, number, 5)})
        return time.process_time() - before

    def least(number: int) -> float:
        return min(seconds(number) for _ in range(3))  # what else the machine does makes it longer, never shorter

    assert least(16_000) < 24 * max(least(2_000), 0.01)
