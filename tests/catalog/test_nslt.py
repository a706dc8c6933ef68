"""WLASL's subsets: class numbers, class list, splits."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chereme.catalog.nslt import Nslt, class_list, membership
from chereme.catalog.vocabulary import vocabulary
from chereme.errors import DatasetError
from chereme.types import Entry

FIXTURE = Path(__file__).parent / "fixtures" / "nslt_100.json"


def test_entries_are_whole_files_by_class_number() -> None:
    entries = list(Nslt().read(FIXTURE))
    assert [entry.id for entry in entries] == ["00012", "00011", "00023", "00021", "00099"]
    assert entries[3] == Entry(id="00021", gloss="don't know", split="train", files=("00021",))
    assert all(entry.span.whole for entry in entries)


def test_membership_gives_class_and_split() -> None:
    assert membership(FIXTURE)["00023"] == (1, "test")


def test_the_class_list_may_lie_elsewhere(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("0 cup of tea\n1 know\n\n2 b\n3 z\n")
    assert {entry.gloss for entry in Nslt(classes=names).read(FIXTURE)} == {"cup of tea", "know", "z"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"subset": "train"}, "['00011'] has no 'action'; it has 'subset'"),
        ({"subset": "dev2", "action": [0, 1, 2]}, "['00011'].subset must be train, val or test, not a string ('dev2')"),
        ({"subset": "train", "action": []}, "['00011'].action must be a class number from 0"),
        ({"subset": "train", "action": [-1, 1, 2]}, "['00011'].action must be a class number from 0"),
        ({"subset": "train", "action": ["0", 1, 2]}, "['00011'].action[0] must be a whole number"),
        ({"subset": "train", "action": [4, 1, 2]}, "'00011' has class 4, but"),
        ([0, 1], "['00011'] must be an object, not a list"),
    ],
)
def test_what_is_malformed_is_named_with_its_place(tmp_path: Path, record: Any, message: str) -> None:
    path = tmp_path / "nslt_100.json"
    path.write_text(json.dumps({"00011": record}))
    settings = Nslt(classes=FIXTURE.with_name("wlasl_class_list.txt"))
    with pytest.raises(DatasetError, match=re.escape(f"{path}: {message}")):
        list(settings.read(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\ttea\n2\ta\n", "line 2: must be '1<tab>gloss', not '2\\ta'"),
        ("0\ttea\n1\n", "line 2: must be '1<tab>gloss'"),
        ("0\ttea\n1\ttea\n", "holds tea more than once"),
    ],
)
def test_a_malformed_class_list_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wlasl_class_list.txt"
    path.write_text(text)
    with pytest.raises(DatasetError, match=re.escape(message)):
        class_list(path)


@pytest.mark.parametrize(
    ("size", "counts"),
    [(100, (1442, 338, 258)), (300, (3549, 901, 668)), (1000, (8978, 2320, 1876)), (2000, (14296, 3920, 2879))],
)
def test_the_real_subsets(shared_data: Path, size: int, counts: tuple[int, int, int]) -> None:
    path = shared_data / "wlasl" / f"nslt_{size}.json"
    entries = list(Nslt().read(path))
    assert Counter(e.split for e in entries) == dict(zip(("train", "val", "test"), counts, strict=True))
    labels = vocabulary(entries, "official")
    assert labels.glosses == class_list(path.with_name("wlasl_class_list.txt"))[:size]
    members = membership(path)
    assert all(labels.index(entry.gloss) == members[entry.id][0] for entry in entries[:: size // 50])
