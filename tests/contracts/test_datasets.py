"""What every dataset keeps: registering one in `plugins.TABLES` tests it here, on its own fixture."""

import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from chereme.catalog.identity import trouble
from chereme.contracts import Dataset
from chereme.errors import DatasetError
from chereme.plugins import TABLES, load
from chereme.types import SPLITS, Entry

FIXTURES = Path(__file__).parent.parent / "catalog" / "fixtures"


def _folder(tmp_path: Path) -> Path:
    for name in ("book/1.mp4", "book/2.mp4", "don't want/1.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


FIXTURE: dict[str, Callable[[Path], Path]] = {
    "wlasl": lambda _: FIXTURES / "WLASL_v0.3.json",
    "nslt": lambda _: FIXTURES / "nslt_100.json",
    "msasl": lambda _: FIXTURES / "msasl",
    "asl_citizen": lambda _: FIXTURES / "asl_citizen",
    "csv": lambda _: FIXTURES / "clips.csv",
    "folder": _folder,
}
"""A small piece of metadata in each dataset's own form."""

datasets = pytest.mark.parametrize("name", list(TABLES["datasets"]))


def read(name: str, tmp_path: Path) -> list[Entry]:
    assert name in FIXTURE, f"write a fixture for the dataset '{name}'"
    dataset: Dataset = load("datasets", name)()
    return list(dataset.read(FIXTURE[name](tmp_path)))


@datasets
def test_its_fixture_gives_entries_with_ids_of_their_own(name: str, tmp_path: Path) -> None:
    entries = read(name, tmp_path)
    assert len(entries) > 1
    assert len({entry.id for entry in entries}) == len(entries)
    assert [trouble(entry.id) for entry in entries] == [""] * len(entries)


@datasets
def test_spans_run_forward_and_fields_are_of_their_kind(name: str, tmp_path: Path) -> None:
    for entry in read(name, tmp_path):
        assert entry.span.start >= 0
        assert entry.span.stop is None or entry.span.stop > entry.span.start
        assert entry.span.rate is None or entry.span.rate > 0
        assert entry.gloss == entry.gloss.strip() != ""
        assert entry.split in (*SPLITS, None)
        assert entry.box is None or (entry.box[0] < entry.box[2] and entry.box[1] < entry.box[3])


@datasets
def test_an_entry_can_be_looked_for_without_leaving_a_folder(name: str, tmp_path: Path) -> None:
    for entry in read(name, tmp_path):
        assert entry.files
        for file in entry.files:
            path = Path(file)
            assert not path.is_absolute()
            assert ".." not in path.parts
            assert path.name


@datasets
def test_it_reads_the_same_twice(name: str, tmp_path: Path) -> None:
    assert read(name, tmp_path) == read(name, tmp_path)


@datasets
def test_its_settings_travel_and_explain_themselves(name: str) -> None:
    spec = load("datasets", name)()
    assert is_dataclass(spec)
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert all(field.kw_only for field in fields(spec))


@datasets
@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe\x00", b"<html></html>"], ids=["none", "empty", "bytes", "html"]
)
def test_metadata_that_is_none_is_named(name: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "metadata"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=str(path)):
        list(load("datasets", name)().read(path))
