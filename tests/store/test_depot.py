"""A folder at a URL: what is there, in which order it comes to be there, and what happens when the far side fails."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from chereme.errors import OutputError, SettingsError
from chereme.store import Depot, depot, url_of

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depot, "PAUSE", 0.001)


def fill(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def held(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (Path("s3://bucket/some/folder"), "s3://bucket/some/folder"),
        ("s3://bucket/some/folder/", "s3://bucket/some/folder"),
        (Path("gs://bucket"), "gs://bucket"),
        (Path("file:///tmp/x"), "file:///tmp/x"),
        (Path("out"), None),
        (Path("/tmp/s3:/x"), None),
        (Path("C:/out"), None),
        (Path("s3:"), None),
    ],
)
def test_which_paths_are_urls(path: Path | str, url: str | None) -> None:
    assert url_of(path) == url


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_is_published_is_fetched_elsewhere(kind: str, url: str, tmp_path: Path) -> None:
    url = url if kind == "memory" else f"file://{tmp_path}/far"
    here, there = tmp_path / "here", tmp_path / "there"
    first = Depot(url, here, left_out=["cut"])
    first.fetch()
    assert held(here) == {}
    fill(here, tracks__part_json="{}", exports__arrays__a="some", cut__clip="big", __lock="")
    (here / ".hidden").write_text("")
    first.publish()
    second = Depot(url, there)
    (there / "stale").mkdir(parents=True)
    second.fetch()
    assert held(there) == {"exports/arrays/a": "some", "tracks/part.json": "{}"}
    fill(there, exports__arrays__a="other")
    (there / "tracks" / "part.json").unlink()
    second.publish(there / "exports")
    first.fetch()
    assert held(here) == {"exports/arrays/a": "other", "tracks/part.json": "{}"}
    second.publish()
    first.fetch()
    assert held(here) == {"exports/arrays/a": "other"}


class Recorded:
    """A far side that tells what was done to it, and fails as asked."""

    def __init__(self, far: Any, *, failing: int = 0, torn: int = 0) -> None:
        self._far, self.failing, self.torn = far, failing, torn
        self.done: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._far, name)

    def put_file(self, local: str, path: str) -> None:
        self.done.append(f"put {path.rpartition('/')[2]}")
        if self.failing:
            self.failing -= 1
            raise OSError("a cable was pulled")
        self._far.put_file(local, path)
        if self.torn:
            self.torn -= 1
            self._far.pipe_file(path, self._far.cat_file(path)[:1])

    def rm_file(self, path: str) -> None:
        self.done.append(f"remove {path.rpartition('/')[2]}")
        self._far.rm_file(path)


def recorded(depot: Depot, **faults: int) -> Recorded:
    depot._far = far = Recorded(depot._far, **faults)
    return far


def test_what_vouches_for_others_comes_last_and_goes_first(url: str, tmp_path: Path) -> None:
    here = Depot(url, tmp_path / "here")
    here.fetch()
    fill(here.folder, **{"exports__crops__export_json": "1", "exports__crops__a": "1", "tracks__m__part-1_json": "1"})
    fill(here.folder, **{"tracks__m__part-1.parquet": "1", "exports__crops__z": "1"})
    far = recorded(here)
    here.publish()
    assert {*far.done[:3]} == {"put a", "put z", "put part-1.parquet"}
    assert {*far.done[3:]} == {"put export.json", "put part-1.json"}
    far.done.clear()
    fill(here.folder, **{"exports__crops__export_json": "22", "exports__crops__a": "22"})
    (here.folder / "exports/crops/z").unlink()
    here.publish(here.folder / "exports")
    assert far.done == ["remove export.json", "put a", "put export.json", "remove z"]
    far.done.clear()
    for name in ("part-1.json", "part-1.parquet"):
        (here.folder / "tracks/m" / name).unlink()
    fill(here.folder, **{"tracks__m__part-2_json": "1"})
    here.publish()
    assert far.done == ["put part-2.json", "remove part-1.json", "remove part-1.parquet"]
    far.done.clear()
    here.publish()
    assert far.done == []


def test_of_a_file_that_is_published_no_other_is_looked_at(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Depot(url, tmp_path / "here")
    here.fetch()
    fill(here.folder, tracks__part="1", tracks__another="1")
    here.publish()
    fill(here.folder, tracks__part="22", tracks__another="22", tracks__third="22")
    far, looks = recorded(here), Mock(wraps=depot._mark)
    monkeypatch.setattr(depot, "_mark", looks)
    here.publish(here.folder / "tracks" / "third")
    assert far.done == ["put third"]
    assert {call.args[0].name for call in looks.call_args_list} == {"third"}
    (here.folder / "tracks" / "part").unlink()
    here.publish(here.folder / "tracks" / "part")
    assert far.done == ["put third", "remove part"]
    here.publish()
    assert far.done == ["put third", "remove part", "put another"]


def test_a_put_that_fails_or_tears_is_tried_again(url: str, tmp_path: Path) -> None:
    here = Depot(url, tmp_path / "here")
    here.fetch()
    fill(here.folder, a="some text")
    far = recorded(here, failing=2, torn=1)
    here.publish()
    assert far.done == ["put a"] * 4
    other = Depot(url, tmp_path / "other")
    other.fetch()
    assert held(other.folder) == {"a": "some text"}


def test_one_that_never_succeeds_is_one_clear_error(url: str, tmp_path: Path) -> None:
    here = Depot(url, tmp_path / "here")
    here.fetch()
    fill(here.folder, a="some text")
    far = recorded(here, failing=1000)
    with pytest.raises(OutputError, match=r"cannot put a .*a cable was pulled.*the same command goes on"):
        here.publish()
    assert far.done == ["put a"] * depot.TRIES
    here.publish()  # it was said once
    assert far.done == ["put a"] * depot.TRIES


def test_a_url_that_nothing_reaches(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nosuch://x/y"):
        Depot("nosuch://x/y", tmp_path / "here")
