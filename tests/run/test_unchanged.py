"""A run that asks the same of the same files uses what the one before found; any change makes it look again."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pyarrow.parquet as pq
import pytest

from chereme.catalog.choose import Choose
from chereme.catalog.wlasl import Wlasl
from chereme.run import walk
from chereme.run.acquire import survey
from chereme.run.collection import GROUP, Collection, Located, save
from chereme.run.deliver import fingerprint, fingerprint_of, made_of
from chereme.run.settings import Build
from chereme.run.shots import Catalog, Shots, remembered
from chereme.run.stages import build
from chereme.types import Shot, Span, Vocabulary
from tests.factories import make_shot


@pytest.fixture
def mine(asked: Build, tmp_path: Path) -> Build:
    """One gloss of the drawn collection, in a folder of its own."""
    assert asked.metadata is not None
    (tmp_path / "in").mkdir()
    shutil.copy(asked.metadata, tmp_path / "in" / "metadata.json")
    shutil.copytree(asked.videos[0], tmp_path / "in" / "videos", copy_function=os.link)
    return replace(
        asked,
        metadata=tmp_path / "in" / "metadata.json",
        videos=(tmp_path / "in" / "videos",),
        choose=Choose(glosses=("hello",)),
        out=tmp_path / "out",
        only="acquire",
    )


def looked(asked: Build, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a build looks at the metadata again."""
    looks = Mock(wraps=survey)
    with monkeypatch.context() as patch:
        patch.setattr(walk, "survey", looks)
        build(asked)
    return looks.called


def test_the_same_question_is_not_asked_twice(mine: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(mine, monkeypatch)
    assert mine.out is not None
    before = (mine.out / "summary.json").read_text()
    assert not looked(mine, monkeypatch)
    after = (mine.out / "summary.json").read_text()
    assert before.partition('"seconds"')[0] == after.partition('"seconds"')[0]
    assert not looked(replace(mine, workers=7, report=False), monkeypatch)


def test_another_question_is(mine: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(mine, monkeypatch)
    assert looked(replace(mine, choose=Choose(glosses=("book",))), monkeypatch)
    assert looked(replace(mine, choose=Choose(glosses=("book",)), wlasl=Wlasl(bases={"a": "30"})), monkeypatch)


@pytest.mark.parametrize("what", ["touched", "gone", "more", "metadata", "beside"])
def test_any_change_of_a_file_is_seen(mine: Build, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    assert looked(mine, monkeypatch)
    assert mine.metadata is not None
    video = sorted(mine.videos[0].rglob("*.mp4"))[0]
    if what == "touched":
        copy = video.read_bytes()
        video.unlink()
        video.write_bytes(copy)
        os.utime(video, ns=(1, 1))
    elif what == "gone":
        video.unlink()
    elif what == "more":
        os.link(video, video.with_name("another.mp4"))
    elif what == "metadata":
        mine.metadata.write_text(mine.metadata.read_text() + "\n")
    else:
        (mine.metadata.parent / "nslt_100.json").write_text("{}")
    assert looked(mine, monkeypatch)
    assert not looked(mine, monkeypatch)


def test_an_earlier_catalog_without_the_question_is_read_as_none(mine: Build, tmp_path: Path) -> None:
    build(mine)
    assert mine.out is not None
    path = mine.out / "catalog.parquet"
    assert Catalog.read(path)
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    assert Catalog.read(path) is None
    assert Catalog.read(tmp_path / "none.parquet") is None
    build(mine)
    assert Catalog.read(path)


def test_shots_are_read_in_any_part(mine: Build) -> None:
    build(mine)
    assert mine.out is not None
    shots = remembered(mine.out / "catalog.parquet").shots
    all_ = list(shots)
    assert len(shots) == len(all_) > 3
    assert [int(shot.key, 16) for shot in all_] == shots.keys.tolist()
    assert list(shots[1:3]) == all_[1:3]
    assert shots[-1] == all_[-1]
    some = shots.where(shots.keys != shots.keys[1])
    assert isinstance(some, Shots)
    assert list(some) == [all_[0], *all_[2:]]
    assert shots.of_files(lambda path: path == all_[0].media.path).tolist() == [s == all_[0] for s in all_]
    assert list(shots[:0]) == []


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_fingerprint_of_many_is_that_of_their_list(number: int, tmp_path: Path) -> None:
    shots = [make_shot(str(i), "é'", span=Span(start=i, rate=2), box=(1.0, 2.0, 3.0, 4.5), files=("a", "b")) for i in
             range(number)]  # fmt: skip
    shots += [make_shot(url='https://x.org/"', split="val", variant=3, signer="s'", source="\\", span=Span(stop=9.5))]
    catalog = saved(shots, tmp_path)
    for several in (shots, catalog, catalog[-1:]):
        facts = [(shot.key, str(shot.media.path), shot.note, shot.entry) for shot in several]
        assert fingerprint_of(("a", None, 1.5), made_of(several)) == fingerprint("a", None, 1.5, facts)
    assert fingerprint_of(("a", 7), made_of([])) == fingerprint_of(("a", 7), made_of(catalog[:0]))
    assert fingerprint_of(("a", 7), made_of([])) == fingerprint("a", 7, [])


def test_catalogs_of_many_rows_are_read_in_order(tmp_path: Path) -> None:
    shots = saved([make_shot(str(number)) for number in range(GROUP + 1500)], tmp_path)
    assert [shot.entry.id for shot in shots] == [str(number) for number in range(GROUP + 1500)]
    some = shots.where(shots.keys % 3 == 0)
    ids = list(some.column("id"))
    assert ids == [id for id, key in zip(shots.column("id"), shots.keys.tolist(), strict=True) if key % 3 == 0]
    assert [text.split("Entry(id=")[1].split(",")[0] for text in made_of(some)] == [f"'{id}'" for id in ids]


def saved(shots: list[Shot], folder: Path) -> Shots:
    """Shots as a catalog file holds them."""
    collection = Collection(
        entries=[shot.entry for shot in shots],
        vocabulary=Vocabulary(tuple(dict.fromkeys(shot.entry.gloss for shot in shots))),
        located={shot.entry.id: Located(result=shot) for shot in shots},
    )
    save(collection, folder / "catalog.parquet")
    return remembered(folder / "catalog.parquet").shots
