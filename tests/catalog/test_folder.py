"""Folders of clips: classes, splits above them, flat folders, ids."""

import logging
from collections import Counter
from pathlib import Path

import pytest

from chereme.catalog.folder import Folder
from chereme.errors import DatasetError
from chereme.types import Entry


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_folder_a_class(tmp_path: Path) -> None:
    make(tmp_path, "don't want/b.MP4", "book/1.mp4", "book/deep/2.webm", "book/notes.txt")
    assert list(Folder().read(tmp_path)) == [
        Entry(id="book-1", gloss="book", files=("book/1.mp4",)),
        Entry(id="book-deep-2", gloss="book", files=("book/deep/2.webm",)),
        Entry(id="don~27t~20want-b", gloss="don't want", files=("don't want/b.MP4",)),
    ]


def test_splits_above_the_classes(tmp_path: Path) -> None:
    make(tmp_path, "train/book/1.mp4", "valid/book/1.mp4", "test/tea/x/1.mp4")
    entries = {(entry.id, entry.gloss, entry.split) for entry in Folder().read(tmp_path)}
    assert entries == {
        ("train-book-1", "book", "train"),
        ("valid-book-1", "book", "val"),
        ("test-tea-x-1", "tea", "test"),
    }


@pytest.mark.parametrize(
    "names",
    [("train/1.mp4", "test/1.mp4"), ("train/a/1.mp4", "book/1.mp4"), ("train/a/1.mp4", "train/1.mp4")],
    ids=["videos in them", "another beside them", "both"],
)
def test_train_and_test_can_be_signs(tmp_path: Path, names: tuple[str, ...]) -> None:
    entries = list(Folder().read(make(tmp_path, *names)))
    assert {entry.split for entry in entries} == {None}
    assert {entry.gloss for entry in entries} == {name.split("/")[0] for name in names}


def test_files_in_a_flat_folder_are_named_by_their_gloss(tmp_path: Path) -> None:
    make(tmp_path, "don't want.mp4", "tea_1.mp4", "tea_02.mp4", "tea (3).mp4", "book2.mp4", "7.mp4", "_1.mp4")
    glosses = {entry.files[0]: entry.gloss for entry in Folder().read(tmp_path)}
    assert glosses == {
        "don't want.mp4": "don't want",
        "tea_1.mp4": "tea",
        "tea_02.mp4": "tea",
        "tea (3).mp4": "tea",
        "book2.mp4": "book2",
        "7.mp4": "7",
        "_1.mp4": "_1",
    }
    assert "tea_02" in {entry.gloss for entry in Folder(takes=False).read(tmp_path)}


def test_videos_beside_class_folders_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, "intro.mp4", "book/1.mp4")
    with caplog.at_level(logging.WARNING):
        assert [entry.id for entry in Folder().read(tmp_path)] == ["book-1"]
    assert "1 videos lie beside the class folders, left out: intro.mp4" in caplog.text


def test_files_that_differ_in_the_suffix_alone_keep_it(tmp_path: Path) -> None:
    make(tmp_path, "book/1.mp4", "book/1.avi", "book/2.avi")
    assert [entry.id for entry in Folder().read(tmp_path)] == ["book-1~~avi", "book-1~~mp4", "book-2"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, ".trash/1.mp4", "book/._1.mp4", "__MACOSX/book/1.mp4", "book/1.mp4")
    assert [entry.id for entry in Folder().read(tmp_path)] == ["book-1"]


def test_what_was_made_of_the_clips_beside_them_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "tea/1.mp4", "built/catalog.parquet", "built/run.log", "built/exports/clips/videos/train/tea/1.mp4")
    make(tmp_path, "tea/1.drawn.mp4")
    assert [entry.id for entry in Folder().read(tmp_path)] == ["tea-1"]


def test_links_to_folders_are_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make(tmp_path, "tea/1.mp4")
    (tmp_path / "tea" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "tea" / "2.mp4").symlink_to(tmp_path / "tea" / "1.mp4")
    with caplog.at_level(logging.WARNING):
        assert [entry.id for entry in Folder().read(tmp_path)] == ["tea-1", "tea-2"]
    assert "again is a link to a folder: passed over" in caplog.text


def test_signers_and_glosses_come_from_the_table_beside_the_clips(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, "dont_want/1.mp4", "dont_want/2.mp4")
    (tmp_path / "signers.csv").write_text("clip,gloss,signer\ndont_want/1.mp4,don't want,Ann\nnone/1.mp4,x,Ben\n")
    with caplog.at_level(logging.WARNING):
        entries = [(entry.gloss, entry.signer) for entry in Folder().read(tmp_path)]
    assert entries == [("don't want", "Ann"), ("dont_want", None)]
    assert "names 1 clips that are not there: none/1.mp4" in caplog.text


def test_no_video_and_no_folder_are_named(tmp_path: Path) -> None:
    make(tmp_path, "book/1.txt")
    with pytest.raises(DatasetError, match=r"holds no video; looked at all depths for \.3g2 \.3gp"):
        list(Folder().read(tmp_path))
    with pytest.raises(DatasetError, match="there is no such folder"):
        list(Folder().read(tmp_path / "none"))
    with pytest.raises(DatasetError, match="is a file, and this dataset is a folder: unpack"):
        list(Folder().read(tmp_path / "book" / "1.txt"))


def test_the_real_words(shared_data: Path) -> None:
    entries = list(Folder().read(shared_data / "words"))
    assert len(entries) == len({entry.id for entry in entries}) == 48
    assert set(Counter(entry.gloss for entry in entries).values()) == {6}
    assert Counter(entry.signer for entry in entries) == {"A": 13, "B": 8, "C": 8, "D": 11, "E": 8}


def test_the_real_odd_names(shared_data: Path) -> None:
    glosses = [entry.gloss for entry in Folder().read(shared_data / "odd")]
    assert glosses == ["99999", "don't want", "french fries", "hard of hearing", "header_only", "no_stream"]


def test_landmarks_tracked_before_count_where_there_is_no_video_beside_them(tmp_path: Path) -> None:
    make(tmp_path, "book/1.mp4", "book/1.pose", "book/2.POSE", "tea/1.pose")
    assert [(entry.id, entry.files) for entry in Folder().read(tmp_path)] == [
        ("book-1", ("book/1.mp4",)),
        ("book-2", ("book/2.POSE",)),
        ("tea-1", ("tea/1.pose",)),
    ]
