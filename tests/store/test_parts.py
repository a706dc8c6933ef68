from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import OutputError
from chereme.store import Outcome, Parts
from chereme.types import Reject, Shot, Track
from tests.factories import make_shot, make_track


def outcome(id: str, *, rejected: str = "") -> Outcome:
    shot = make_shot(id)
    result = Reject(id=id, stage="extract", reason=rejected) if rejected else make_track(shot, unseen=(3, 4))
    return Outcome(shot=shot, result=result, seconds=0.5)


def same(one: Track | Reject, other: Track | Reject) -> bool:
    if isinstance(one, Reject) or isinstance(other, Reject):
        return one == other
    arrays = ("index", "points", "score", "seconds")
    equal = all(np.array_equal(getattr(one, a), getattr(other, a), equal_nan=True) for a in arrays)
    return equal and (one.shot, one.skeleton, one.model) == (other.shot, other.skeleton, other.model)


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=4), max_size=4))
def test_what_was_appended_is_read_back_the_last_word_standing(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, bool]]]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    last: dict[str, Outcome] = {}
    for batch in batches:
        outcomes = {str(n): outcome(str(n), rejected="undecodable" * bad) for n, bad in batch}
        Parts(folder).append(outcomes.values())
        last |= outcomes
    parts = Parts(folder)
    asked = [make_shot(str(n)) for n in range(10)]
    assert len(parts) == len(last)
    assert [shot.entry.id for shot in asked if shot in parts] == sorted(last)
    for shot, result in zip([s for s in asked if s in parts], parts.read(asked), strict=True):
        assert same(result, last[shot.entry.id].result)


def test_reading_keeps_the_order_that_is_asked_for(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    for id in "cadbe":
        parts.append([outcome(id)])
    shots = [make_shot(id) for id in "ebacd"]
    assert [t.shot.entry.id for t in parts.read(shots) if isinstance(t, Track)] == list("ebacd")


def test_a_part_without_its_ledger_does_not_count(tmp_path: Path) -> None:
    Parts(tmp_path).append([outcome("a")])
    next(tmp_path.glob("*.json")).unlink()
    parts = Parts(tmp_path)
    assert make_shot("a") not in parts
    parts.append([outcome("a")])
    assert make_shot("a") in Parts(tmp_path)


def test_a_torn_ledger_does_not_count_and_is_written_anew(tmp_path: Path) -> None:
    Parts(tmp_path).append([outcome("a")])
    ledger = next(tmp_path.glob("*.json"))
    ledger.write_bytes(ledger.read_bytes()[:40])
    parts = Parts(tmp_path)
    assert len(parts) == 0
    parts.append([outcome("a")])
    assert len(Parts(tmp_path)) == 1


def test_another_file_under_the_same_id_is_not_finished(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.append([outcome("a")])
    longer: Shot = make_shot("a", frames=41)
    assert make_shot("a") in parts
    assert longer not in parts
    assert list(parts.read([longer])) == []


def test_rejects_are_finished_and_say_why(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.append([outcome("a", rejected="undecodable"), outcome("b")])
    reject = Parts(tmp_path).reject(make_shot("a"))
    assert reject == Reject(id="a", stage="extract", reason="undecodable")
    assert Parts(tmp_path).reject(make_shot("b")) is None
    assert Parts(tmp_path).seconds() == 1.0


def test_parts_do_not_tell_in_which_order_work_ended(tmp_path: Path) -> None:
    Parts(tmp_path / "one").append([outcome("a"), outcome("b")])
    Parts(tmp_path / "two").append([outcome("b"), outcome("a")])
    one, two = (sorted((tmp_path / f).iterdir()) for f in ("one", "two"))
    assert [p.name for p in one] == [p.name for p in two]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_a_note_of_a_track_is_kept_in_the_ledger(tmp_path: Path) -> None:
    noted = replace(make_track(make_shot("a")), note="several people in view")
    Parts(tmp_path).append([Outcome(shot=track.shot, result=track) for track in (noted, make_track(make_shot("b")))])
    parts = Parts(tmp_path)
    assert [parts.note(make_shot(id)) for id in "abc"] == ["several people in view", "", ""]
    tracks = list(parts.read([make_shot("a"), make_shot("b")]))
    assert [track.note for track in tracks if isinstance(track, Track)] == ["several people in view", ""]


@pytest.mark.parametrize("how", ["gone", "cut off", "empty", "zeros"])
def test_a_part_whose_tracks_are_gone_or_cut_off_does_not_count(tmp_path: Path, how: str) -> None:
    Parts(tmp_path).append([outcome("a")])
    Parts(tmp_path).append([outcome("b"), outcome("c", rejected="undecodable")])
    torn = max(tmp_path.glob("*.parquet"))
    whole = torn.read_bytes()
    torn.write_bytes({"cut off": whole[:-9], "zeros": whole[:100] + bytes(len(whole) - 100)}.get(how, b""))
    if how == "gone":
        torn.unlink()
    parts = Parts(tmp_path)
    assert [shot.entry.id for shot in map(make_shot, "abc") if shot in parts] == ["a"]
    parts.append([outcome("b"), outcome("c", rejected="undecodable")])
    assert len(list(Parts(tmp_path).read(map(make_shot, "abc")))) == 3


def test_bytes_that_changed_among_tracks_are_noticed(tmp_path: Path) -> None:
    Parts(tmp_path).append([outcome("a")])
    (path,) = tmp_path.glob("*.parquet")
    data = bytearray(path.read_bytes())
    place = data.index(b"a", 4)  # in the page of the ids, before everything else
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(OutputError, match=rf"{path.name} is damaged.*remove it"):
        list(Parts(tmp_path).read([make_shot("a")]))


def test_what_was_prepared_and_is_cut_off_counts_as_not_prepared(tmp_path: Path) -> None:
    shot = make_shot("a")
    Parts(tmp_path).append([Outcome(shot=shot, result=make_track(shot), prepared={"crops": b"data"})])
    assert Parts(tmp_path).prepared("crops", [shot]) == {"a": b"data"}
    (path,) = tmp_path.glob("*.crops.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    assert Parts(tmp_path).prepared("crops", [shot]) == {}
