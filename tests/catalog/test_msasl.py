"""MS-ASL's lists: spans in seconds, boxes as shares, labels with names."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from chereme.catalog.msasl import Msasl
from chereme.errors import DatasetError, SettingsError
from chereme.types import Entry, Span

FIXTURE = Path(__file__).parent / "fixtures" / "msasl"


def by_id(metadata: Path = FIXTURE, **settings: Any) -> dict[str, Entry]:
    return {entry.id: entry for entry in Msasl(**settings).read(metadata)}


def test_a_clip() -> None:
    entry = by_id()["train-00000"]
    assert entry == Entry(
        id="train-00000",
        gloss="match",
        span=Span(start=0.0, stop=2.767, rate=1.0),
        split="train",
        signer="0",
        box=entry.box,
        size=(640, 360),
        url="https://www.youtube.com/watch?v=chEreme_101",
        files=("train-00000", "chEreme_101"),
    )
    assert entry.box == pytest.approx((0.2 * 640, 0.05 * 360, 0.734375 * 640, 360))
    x0, y0, x1, y1 = entry.box or (0, 0, 0, 0)
    assert x1 - x0 == pytest.approx(y1 - y0, abs=1), "boxes are about square"


def test_classes_come_in_their_official_order_and_lists_one_after_the_other() -> None:
    entries = list(Msasl().read(FIXTURE))
    assert [e.id for e in entries] == [
        "train-00001", "train-00003", "test-00000", "train-00002", "val-00000", "train-00000",
    ]  # fmt: skip
    assert list(dict.fromkeys(e.gloss for e in entries)) == ["tea", "book", "match"]


def test_one_list_alone() -> None:
    assert list(by_id(FIXTURE / "MSASL_val.json")) == ["val-00000"]
    assert by_id(FIXTURE / "MSASL_val.json")["val-00000"].split == "val"


def test_the_same_ids_alone_and_together() -> None:
    together = by_id()
    for name in ("train", "val", "test"):
        for id, entry in by_id(FIXTURE / f"MSASL_{name}.json").items():
            assert together[id] == entry


def test_a_subset() -> None:
    assert {entry.gloss for entry in by_id(subset=2).values()} == {"tea", "book"}
    with pytest.raises(SettingsError, match="subset must be 0 or above"):
        Msasl(subset=-1)


def test_urls_without_a_scheme_and_the_names_of_downloads() -> None:
    entries = by_id()
    assert entries["train-00001"].url == "https://www.youtube.com/watch?v=chEreme_102"
    assert entries["train-00001"].files == ("train-00001", "chEreme_102")
    assert entries["train-00002"].files == ("train-00002", "chEreme_103")
    assert entries["val-00000"].files == ("val-00000", "chEreme_104")


def test_without_the_list_of_classes_most_texts_decide(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "m")
    (tmp_path / "m" / "MSASL_classes.json").unlink()
    clips = json.loads((tmp_path / "m" / "MSASL_train.json").read_text())
    clips[1]["text"] = "chai"
    (tmp_path / "m" / "MSASL_train.json").write_text(json.dumps(clips))
    assert [e.gloss for e in Msasl().read(tmp_path / "m")][:3] == ["tea"] * 3


def changed(tmp_path: Path, **facts: Any) -> Path:
    clips = json.loads((FIXTURE / "MSASL_test.json").read_text())
    clips[0] |= facts
    path = tmp_path / "MSASL_test.json"
    path.write_text(json.dumps([{k: v for k, v in clip.items() if v is not ...} for clip in clips], default=str))
    return path


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"label": "x"}, r"\[0\].label must be a whole number"),
        ({"label": -1}, r"\[0\].label must be a class number from 0"),
        ({"end_time": 0.0}, r"\[0\].end_time must be seconds after start_time"),
        ({"start_time": -1.0}, r"\[0\].end_time must be seconds after start_time"),
        ({"box": [0, 1]}, r"\[0\].box must be a list of the four numbers y0, x0, y1, x1"),
        ({"url": 3}, r"\[0\].url must be a string"),
    ],
)
def test_what_is_wrong_is_named(facts: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = changed(tmp_path, **facts)
    with pytest.raises(DatasetError, match=words):
        list(Msasl().read(path))


def test_a_label_without_a_class(tmp_path: Path) -> None:
    shutil.copy(FIXTURE / "MSASL_classes.json", tmp_path)
    with pytest.raises(DatasetError, match=r"\[0\].label must be a class number below 3, the classes in MSASL_classes"):
        list(Msasl().read(changed(tmp_path, label=3)))


@pytest.mark.parametrize("facts", [{"box": None}, {"width": None}, {"box": [0.5, 0.1, 0.5, 0.2]}])
def test_clips_without_a_box(facts: dict[str, Any], tmp_path: Path) -> None:
    (entry,) = Msasl().read(changed(tmp_path, **facts))
    assert entry.box is None


def test_a_folder_without_lists(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds none of MSASL_train\.json"):
        list(Msasl().read(tmp_path))
