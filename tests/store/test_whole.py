import errno
import os
import sys
from pathlib import Path

import pytest

from chereme.store import replace_folder, write_json, write_text


def test_a_file_is_there_whole(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", {"gloss": "don't want", "é": 1})
    assert (tmp_path / "new" / "a.json").read_text() == '{\n  "gloss": "don\'t want",\n  "é": 1\n}\n'


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, float("nan"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for word in ("old", "new"):
        with replace_folder(tmp_path / "export") as folder:
            (folder / f"{word}.txt").write_text(word)
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["new.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_a_folder_that_fails_midway_leaves_the_old_one(tmp_path: Path) -> None:
    with replace_folder(tmp_path / "export") as folder:
        (folder / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), replace_folder(tmp_path / "export") as folder:
        (folder / "half.txt").write_text("half")
        raise RuntimeError
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["old.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".export.abc.tmp").mkdir()
    with replace_folder(tmp_path / "export"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what is flushed is told by /proc")


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is flushed and renamed below the folder, in order."""
    seen: list[str] = []
    flush, rename = os.fsync, Path.rename

    def name(path: Path) -> str:
        return path.name if path.is_relative_to(tmp_path) else ""

    def fsync(opened: int) -> None:
        seen.append(f"flush {name(Path(f'/proc/self/fd/{opened}').readlink())}")
        flush(opened)

    monkeypatch.setattr(os, "fsync", fsync)

    def renamed(old: Path, new: Path) -> Path:
        seen.append(f"rename {name(new)}")
        return rename(old, new)

    for each in ("rename", "replace"):
        monkeypatch.setattr(Path, each, renamed)
    return seen


@LINUX
def test_a_file_is_on_the_disk_before_its_name_is_and_then_the_name(tmp_path: Path, changes: list[str]) -> None:
    write_text(tmp_path / "folder" / "a.txt", "new")
    assert changes == [f"flush .a.txt.{os.getpid()}.tmp", "rename a.txt", "flush folder"]


@LINUX
def test_all_of_a_folder_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, changes: list[str]) -> None:
    with replace_folder(tmp_path / "top" / "export") as folder:
        (folder / "below").mkdir()
        for each in ("a.txt", "b.txt", "below/c.txt"):
            (folder / each).write_text(each)
    assert sorted(changes[:3]) == ["flush a.txt", "flush b.txt", "flush c.txt"]
    assert sorted(changes[3:5]) == sorted([f"flush {folder.name}", "flush below"])
    assert changes[5:] == ["rename export", "flush top"]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replace_folder(tmp_path / "export") as folder:
        (folder / "old.txt").write_text("old")
    rename = Path.rename

    def fails(old: Path, new: Path) -> Path:
        if new.name == "export" and old.name != "old":
            raise OSError(errno.EIO, "the disk fails")
        return rename(old, new)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="the disk fails"), replace_folder(tmp_path / "export") as folder:
        (folder / "new.txt").write_text("new")
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["old.txt"]


@LINUX
def test_a_disk_that_cannot_flush_folders_is_none_the_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = os.fsync

    def fsync(opened: int) -> None:
        if Path(f"/proc/self/fd/{opened}").readlink().is_dir():
            raise OSError(errno.EINVAL, "no folders")
        flush(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"
