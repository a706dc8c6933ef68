"""A build out of broken archives: each clip is had whole, inside the output folder, or has its reason."""

import os
from pathlib import Path

import pytest

from tests.hostile import archives
from tests.hostile.building import built, inventory, with_steady
from tests.hostile.cases import KEPT, counted
from tests.hostile.videos import encoded


def listed(path: Path, ids: list[str]) -> Path:
    path.write_text("id,gloss\n" + "".join(f"{id},book\n" for id in ids))
    return path


def test_each_is_kept_or_has_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_steady(monkeypatch)
    cases = archives.cases()
    counted("archives", cases)
    (tmp_path / "in").mkdir()
    for each in cases:
        (tmp_path / "in" / f"{each.name}.zip").write_bytes(each.data)
    metadata = listed(tmp_path / "m.csv", [each.name for each in cases])
    before = inventory(tmp_path, tmp_path / "out")
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "csv",
        "--metadata",
        metadata,
        "--videos",
        tmp_path / "in",
        "--executor",
        "here",
        "--export",
        "crops",
        "--no-report",
    )
    assert done.code == 0, done.said
    assert "Traceback" not in done.said
    wrong = {
        each.name: (found, sorted(each.expected))
        for each in cases
        if len(found := done.became.get(each.name, [])) != 1 or found[0] not in each.expected
    }
    assert not wrong, wrong
    assert done.became.keys() == {each.name for each in cases}
    assert inventory(tmp_path, tmp_path / "out") == before
    top = os.path.realpath(tmp_path / "out" / "videos")
    for path in (tmp_path / "out" / "videos").rglob("*"):
        assert os.path.realpath(path).startswith(top)
        assert path.is_dir() or (path.is_file() and not path.is_symlink() and path.stat().st_size < 10**6)


def test_no_more_is_unpacked_than_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_steady(monkeypatch)
    data = encoded()
    (tmp_path / "a.zip").write_bytes(archives.zipped(*((f"{i}.mp4", data + bytes([i])) for i in range(5))))
    metadata = listed(tmp_path / "m.csv", [str(i) for i in range(5)])
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "csv",
        "--metadata",
        metadata,
        "--videos",
        tmp_path / "a.zip",
        "--executor",
        "here",
        "--export",
        "crops",
        "--no-report",
        "--files.most-unpacked-gigabytes",
        f"{3.5 * len(data) / 1e9:.12f}",
    )
    assert done.became == {str(i): [KEPT] if i < 3 else ["too_large"] for i in range(5)}


def test_links_and_pipes_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_steady(monkeypatch)
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret.mp4").write_bytes(encoded())
    (folder / "plain.mp4").write_bytes(encoded())
    (folder / "out.mp4").symlink_to(tmp_path / "secret.mp4")
    (folder / "round.mp4").symlink_to("round.mp4")
    (folder / "round").symlink_to(".")
    (folder / "up").symlink_to(tmp_path)
    (folder / "dangling.mp4").symlink_to("nothing")
    (folder / "full.mp4").symlink_to("/dev/full")
    os.mkfifo(folder / "pipe.mp4")
    os.mkfifo(folder / "pipe.zip")
    (folder / "folder.mp4").mkdir()
    ids = ["plain", "out", "round", "dangling", "full", "pipe", "folder", "secret"]
    done = built(
        capsys,
        tmp_path / "out",
        "--dataset",
        "csv",
        "--metadata",
        listed(tmp_path / "m.csv", ids),
        "--videos",
        folder,
        "--executor",
        "here",
        "--export",
        "crops",
        "--no-report",
    )
    assert done.became == {id: [KEPT] if id == "plain" else ["missing_file"] for id in ids}
    done = built(
        capsys,
        tmp_path / "other",
        "--dataset",
        "csv",
        "--metadata",
        tmp_path / "m.csv",
        "--videos",
        folder / "pipe.zip",
        "--executor",
        "here",
    )
    assert done.code == 2
