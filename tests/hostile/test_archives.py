"""A build out of broken archives: each clip is had whole, inside the output folder, or has its reason."""

import os
from pathlib import Path

from tests.hostile import archives
from tests.hostile.building import Building, check, inventory, listed
from tests.hostile.cases import KEPT, counted
from tests.hostile.videos import encoded


def test_each_is_kept_or_has_its_reason(tmp_path: Path, build: Building) -> None:
    cases = archives.cases()
    counted("archives", cases)
    out, videos = tmp_path / "out", tmp_path / "in"
    videos.mkdir()
    for each in cases:
        (videos / f"{each.name}.zip").write_bytes(each.data)
    metadata = listed((each.name for each in cases), tmp_path / "m.csv")
    before = inventory(tmp_path, out)
    check(cases, build(out=out, videos=videos, dataset="csv", metadata=metadata))
    assert inventory(tmp_path, out) == before
    top = os.path.realpath(out / "videos")
    for path in (out / "videos").rglob("*"):
        assert os.path.realpath(path).startswith(top)
        assert path.is_dir() or (path.is_file() and not path.is_symlink() and path.stat().st_size < 10**6)


def test_no_more_is_unpacked_than_asked_for(tmp_path: Path, build: Building) -> None:
    data, ids = encoded(), [str(i) for i in range(5)]
    (tmp_path / "a.zip").write_bytes(archives.zipped(*((f"{i}.mp4", data + i.encode()) for i in ids)))
    metadata = listed(ids, tmp_path / "m.csv")
    most = ("--files.most-unpacked-gigabytes", f"{3.5 * len(data) / 1e9:.12f}")
    done = build(*most, out=tmp_path / "out", videos=tmp_path / "a.zip", dataset="csv", metadata=metadata)
    assert done.became == {i: [KEPT] if int(i) < 3 else ["too_large"] for i in ids}


def test_links_and_pipes_in_a_folder(tmp_path: Path, build: Building) -> None:
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
    metadata = listed(ids, tmp_path / "m.csv")
    done = build(out=tmp_path / "out", videos=folder, dataset="csv", metadata=metadata)
    assert done.became == {id: [KEPT] if id == "plain" else ["missing_file"] for id in ids}
    done = build(out=tmp_path / "other", videos=folder / "pipe.zip", dataset="csv", metadata=metadata)
    assert done.code == 2
