"""Many small parts made one: nothing said otherwise, whenever the machine stops."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from chereme.store import Outcome, Parts, merge
from chereme.store.index import Index
from chereme.types import Reject, Track
from tests.factories import make_shot, make_track
from tests.store.test_parts import outcome, same

IDS = [f"{number:02}" for number in range(20)]


@pytest.fixture(autouse=True)
def few_make_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four parts are merged, in groups of three clips."""
    monkeypatch.setattr(merge, "TOGETHER", 4)
    monkeypatch.setattr(merge, "GROUP", 3)


def fill(folder: Path) -> None:
    """Ten parts of two clips and rejects; the last part has another word on the first clip."""
    parts = Parts(folder)
    for a, b in zip(IDS[::2], IDS[1::2], strict=True):
        parts.append([outcome(a), outcome(b, rejected="undecodable" * (b == "05"))])


def said(folder: Path) -> list[Track | Reject]:
    return list(Parts(folder).read([make_shot(id) for id in IDS]))


def test_merged_parts_say_the_same_with_fewer_files(tmp_path: Path) -> None:
    fill(tmp_path)
    before, seconds = said(tmp_path), Parts(tmp_path).seconds()
    parts = Parts(tmp_path)
    parts.merge()
    assert len(list(tmp_path.glob("part-*.json"))) == 4  # two of four, and two that are too few to merge
    assert all(same(*pair) for pair in zip(said(tmp_path), before, strict=True))
    assert all(same(*pair) for pair in zip(parts.read([make_shot(id) for id in IDS]), before, strict=True))
    assert len(Parts(tmp_path)) == len(parts) == len(IDS)
    assert Parts(tmp_path).seconds() == seconds
    assert not list(tmp_path.glob("*.tmp"))


def test_the_last_word_stands_also_when_it_came_before_the_merging(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    for round_ in range(4):
        parts.append([outcome("a", rejected="" if round_ == 3 else "undecodable"), outcome(f"b{round_}")])
    parts.append([outcome("b1", rejected="no_frames")])
    parts.merge()
    for each in (parts, Parts(tmp_path)):
        assert each.reject(make_shot("a")) is None
        assert each.reject(make_shot("b1")) == Reject(id="b1", stage="extract", reason="no_frames")
        assert len(each) == 5


def test_parts_with_one_and_the_same_clips_are_merged_into_the_last(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    for _ in range(4):
        parts.append([outcome("a"), outcome("b")])
    parts.merge()
    Parts(tmp_path).merge()
    assert len(list(tmp_path.glob("part-*"))) == 2
    assert len(list(Parts(tmp_path).read([make_shot("a"), make_shot("b")]))) == 2


def test_what_was_prepared_in_passing_keeps_its_part_as_it_is(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    for id in IDS[:9]:
        extra = {"crops": id.encode()} if id == "02" else {}
        shot = make_shot(id)
        parts.append([Outcome(shot=shot, result=make_track(shot), prepared=extra)])
    parts.merge()
    shots = [make_shot(id) for id in IDS[:9]]
    assert parts.prepared("crops", shots) == Parts(tmp_path).prepared("crops", shots) == {"02": b"02"}
    assert len(list(tmp_path.glob("part-*.json"))) == 6  # 0 1 | 2 | 3 to 6 | 7 8
    assert len(list(parts.read(shots))) == 9


def test_torn_parts_are_not_merged_but_removed(tmp_path: Path) -> None:
    fill(tmp_path)
    torn = sorted(tmp_path.glob("*.parquet"))[5]
    torn.write_bytes(torn.read_bytes()[:-9])
    ledger = sorted(tmp_path.glob("*.json"))[7]
    ledger.write_bytes(ledger.read_bytes()[:50])
    before = said(tmp_path)
    assert len(before) == len(IDS) - 4
    Parts(tmp_path).merge()
    assert all(same(*pair) for pair in zip(said(tmp_path), before, strict=True))
    assert not list(tmp_path.glob(f"{torn.stem}*")) + list(tmp_path.glob(f"{ledger.stem}*"))


@dataclass
class Stops:
    """Lets so many changes of the disk happen, then the machine stops."""

    left: int

    def before(self, change: Callable[..., None]) -> Callable[..., None]:
        def changed(*arguments: object, **named: object) -> None:
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            change(*arguments, **named)

        return changed


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    fill(folder)
    return folder


@pytest.mark.parametrize("changes", range(20))
def test_stopped_at_any_moment_nothing_is_lost(filled: Path, tmp_path: Path, changes: int) -> None:
    for path in filled.iterdir():
        os.link(path, tmp_path / path.name)
    stops = Stops(left=changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", stops.before(Path.replace))
        patch.setattr(Path, "unlink", stops.before(Path.unlink))
        with suppress(KeyboardInterrupt):
            Parts(tmp_path).merge()
    before = said(filled)
    assert all(same(*pair) for pair in zip(said(tmp_path), before, strict=True))
    Parts(tmp_path).merge()
    assert all(same(*pair) for pair in zip(said(tmp_path), before, strict=True))
    assert len([path for path in tmp_path.glob("part-*") if path.suffix == ".json"]) == 4
    ledgers = {path.stem for path in tmp_path.glob("part-*.json")}
    assert {path.stem for path in tmp_path.glob("part-*.parquet")} <= ledgers


def test_a_reader_goes_on_when_parts_are_merged_under_it(tmp_path: Path) -> None:
    fill(tmp_path)
    reader = Parts(tmp_path)
    Parts(tmp_path).merge()
    assert len(list(reader.read([make_shot(id) for id in IDS]))) == len(IDS)


def test_merged_ledgers_name_what_they_are_made_of(tmp_path: Path) -> None:
    fill(tmp_path)
    names = sorted(path.stem for path in tmp_path.glob("part-*.json"))
    Parts(tmp_path).merge()
    first = min(tmp_path.glob("part-*.json"))
    assert json.loads(first.read_bytes())["merged"] == names[:4]


def test_an_index_of_many_tells_which_it_holds() -> None:
    index = Index()
    index.fill([([5, 2**64 - 1], 0, [0, 1]), ([5], 1, [7])])
    index.put(9, 2, 3)
    assert index.get(5) == (1, 7)
    assert index.get(2**64 - 1) == (0, 1)
    assert index.get(6) is None
    assert len(index) == 3
    held = index.holds(np.array([2**64 - 1, 6, 9, 5, 0], np.uint64))
    assert held.tolist() == [True, False, True, True, False]
