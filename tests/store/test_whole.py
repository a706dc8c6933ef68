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
