"""ASL Citizen's splits: glosses by their column, signers, classes in sorted order."""

from pathlib import Path

import pytest

from chereme.catalog.asl_citizen import AslCitizen
from chereme.errors import DatasetError
from chereme.sources import Library
from chereme.types import Entry

FIXTURE = Path(__file__).parent / "fixtures" / "asl_citizen"


def read(metadata: Path = FIXTURE) -> list[Entry]:
    return list(AslCitizen().read(metadata))


def test_a_clip() -> None:
    (entry,) = (e for e in read() if e.id == "014439537236845323-THANK YOU")
    assert entry == Entry(
        id="014439537236845323-THANK YOU",
        gloss="THANKYOU",
        split="train",
        signer="P1",
        files=("014439537236845323-THANK YOU.mp4",),
    )


def test_classes_are_sorted_and_splits_follow_each_other() -> None:
    entries = read()
    assert [e.gloss for e in entries] == ["APPLE"] * 3 + ["HURDLE/TRIP1", "REMEMBER2", "THANKYOU"]
    assert [e.split for e in entries[:3]] == ["train", "val", "test"]


def test_a_folder_its_splits_or_one_of_them() -> None:
    assert read(FIXTURE / "splits") == read()
    assert [e.id for e in read(FIXTURE / "splits" / "val.csv")] == ["4.729912950-APPLE"]


def test_clips_are_found(tmp_path: Path) -> None:
    for entry in read():
        (tmp_path / entry.files[0]).write_text(entry.id)
    library = Library.open((tmp_path,))
    assert [library.find(entry).path.read_text() for entry in read()] == [entry.id for entry in read()]


HEADER = "Participant ID,Video file,Gloss,ASL-LEX Code\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1 has no column 'Participant ID' or 'Video file' or 'Gloss'; it has nothing"),
        ("Participant ID,Video file\n", "line 1 has no column 'Gloss'; it has Participant ID, Video file"),
        (HEADER + "P1,a.mp4\n", "line 2 has no 'Gloss'"),
        (HEADER + "P1,a.mp4,A,x\nP1,,B,x\n", "line 3 has no 'Video file'"),
        (HEADER + "P1,..,B,x\n", "line 2: 'Video file' must name a file"),
        (HEADER + 'P1,"a.mp4,B,x\n', "is no CSV"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=words):
        read(path)


def test_forms_that_programs_write(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("\ufeff" + HEADER + "P1,videos\\a.mp4, APPLE ,x\n,a:b.mp4,B,x\n", encoding="utf-8")
    entries = read(path)
    assert [(e.id, e.gloss, e.signer, e.files) for e in entries] == [
        ("a", "APPLE", "P1", ("a.mp4",)),
        ("a~3ab", "B", None, ("a:b.mp4",)),
    ]


def test_a_folder_without_splits(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds none of train\.csv"):
        read(tmp_path)
