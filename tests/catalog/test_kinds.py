from pathlib import Path

import pytest

from chereme.catalog.kinds import kind_of

FORMS = {
    '[{"gloss": "book", "instances": []}]': "wlasl",
    '\ufeff[{"gloss": "book", "instances": []}]': "wlasl",
    '{"05237": {"subset": "train", "action": [77, 1, 55]}}': "nslt",
    '[{"org_text": "match", "clean_text": "match", "label": 830}]': "msasl",
    "Participant ID,Video file,Gloss,ASL-LEX Code\n": "asl_citizen",
    '{"name": "another"}': None,
    "": None,
}


@pytest.mark.parametrize("text", FORMS)
def test_a_form_is_known_by_its_first_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "metadata"
    path.write_text(text, encoding="utf-8")
    assert kind_of(path) == FORMS[text]


def test_a_table_is_known_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "clips.CSV").write_text("word,file\n")
    assert kind_of(tmp_path / "clips.CSV") == "csv"


@pytest.mark.parametrize(
    ("file", "kind"),
    [("MSASL_val.json", "msasl"), ("test.csv", "asl_citizen"), ("splits/train.csv", "asl_citizen"), ("a.csv", None)],
)
def test_a_folder_is_known_by_its_lists(file: str, kind: str | None, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    assert kind_of(tmp_path) == kind


def test_what_cannot_be_read_has_no_form(tmp_path: Path) -> None:
    assert kind_of(tmp_path) is None
    assert kind_of(tmp_path / "none.csv") is None
