"""Tables: columns by alias or by setting, units, and what is wrong named by line."""

import re
from pathlib import Path
from typing import Any

import pytest

from chereme.catalog.table import Table
from chereme.errors import DatasetError, SettingsError
from chereme.types import Entry, Span

FIXTURE = Path(__file__).parent / "fixtures" / "clips.csv"


def read(tmp_path: Path, text: str, **settings: Any) -> list[Entry]:
    path = tmp_path / "clips.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return list(Table(**settings).read(path))


def test_columns_are_found_by_their_usual_names() -> None:
    first, second, third = Table().read(FIXTURE)
    assert first == Entry(
        id="c1",
        gloss="tea",
        span=Span(start=0.5, stop=2.25, rate=1),
        split="train",
        signer="Ann",
        box=(10, 20, 110, 220),
        files=("tea/1.mp4",),
    )
    assert second == Entry(id="c2", gloss="don't know", split="val", signer="Ben", files=("odd, name/2.mp4",))
    assert third == Entry(id="c3", gloss="tea", split="test", span=Span(start=1, stop=None, rate=1), files=("c3",))


def test_settings_name_other_columns(tmp_path: Path) -> None:
    text = "Nr;Bedeutung;gloss\n7;Tee;wrong\n"
    assert read(tmp_path, text, id="Nr", gloss="Bedeutung") == [Entry(id="7", gloss="Tee", files=("7",))]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    text = "id,gloss,signer\n1,a,b\n".replace(",", delimiter)
    assert read(tmp_path, text) == [Entry(id="1", gloss="a", signer="b", files=("1",))]


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ({}, 1.0),
        ({"unit": "milliseconds"}, 1000.0),
        ({"unit": "frames"}, None),
        ({"unit": "frames", "fps": 25.0}, 25.0),
    ],
)
def test_spans_count_in_the_unit_asked(tmp_path: Path, settings: dict[str, Any], rate: float | None) -> None:
    (entry,) = read(tmp_path, "id,gloss,start,end\n1,a,10,20\n", **settings)
    assert entry.span == Span(start=10, stop=20, rate=rate)


def test_an_end_of_0_or_less_one_is_the_end_of_the_file(tmp_path: Path) -> None:
    spans = [entry.span for entry in read(tmp_path, "id,gloss,start,end\n1,a,0,0\n2,a,0,-1\n3,a,5,-1\n")]
    assert spans == [Span(), Span(), Span(start=5, stop=None, rate=1)]


def test_without_ids_they_come_from_the_paths(tmp_path: Path) -> None:
    entries = read(tmp_path, "path,gloss\nbook/1.mp4,book\nbook\\2.mp4,book\n")
    assert [(entry.id, entry.files) for entry in entries] == [("book-1", ("book/1.mp4",)), ("book-2", ("book/2.mp4",))]


def test_a_base_is_taken_off_the_paths(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "path,gloss\n/data/videos/book/1.mp4,book\n", base="/data/videos")
    assert entry.files == ("book/1.mp4",)


def test_a_box_in_one_column(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, 'id,gloss,bbox\n1,a,"[1, 2.5, 30, 40]"\n')
    assert entry.box == (1, 2.5, 30, 40)


def test_an_url_gives_names_when_there_is_no_path(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "id,gloss,url\n1,a,https://example.org/x/tea.mp4\n")
    assert entry.files == ("1", "tea.mp4")


def test_blank_lines_are_skipped_and_lines_within_quotes_counted(tmp_path: Path) -> None:
    text = 'id,gloss\n\n1,"a\nb"\n,,\n'
    with pytest.raises(DatasetError, match=r"clips\.csv, line 5: the id '' is empty"):
        read(tmp_path, text.replace(",,", ',"x"'))
    assert [entry.gloss for entry in read(tmp_path, text.replace(",,", " "))] == ["a\nb"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; its first line must name the columns"),
        (
            "a,b\n1,2\n",
            "has no column for the gloss (gloss, label, word, sign, class, glosses) and none for an id (id, ",
        ),
        (
            "a,id\n1,2\n",
            "has no column for the gloss (gloss, label, word, sign, class, glosses); it has a, id; say which",
        ),
        ("gloss,x\n1,2\n", "has no column for an id (id, video_id, clip_id, sample_id) or path (path,"),
        ("id,gloss\n1,a,b\n", "line 2: has 3 cells, but the first line names 2 columns"),
        ("id,gloss\n1,\n", "line 2: has no gloss"),
        ("id,gloss\na/b,x\n", "line 2: the id 'a/b' holds a slash"),
        ("path,gloss\n../1.mp4,x\n", "line 2: the path '../1.mp4' does not lie below the videos' folder"),
        ("path,gloss\n/etc/passwd,x\n", "line 2: the path '/etc/passwd' does not lie below"),
        ("path,gloss\nC:\\x\\1.mp4,x\n", "line 2: the path 'C:"),
        ("path,gloss\n.,x\n", "line 2: the path '.' does not lie below"),
        ("id,gloss,split\n1,a,trian\n", "line 2: the split must be train, val or test, not 'trian'"),
        ("id,gloss,start\n1,a,x\n", "line 2: start must be a number, not 'x'"),
        ("id,gloss,start\n1,a,0,5\n", "line 2: has 4 cells"),
        ("id;gloss;start\n1;a;0,5\n", "line 2: start must be a number, not '0,5'; decimals come after a point"),
        ("id,gloss,start\n1,a,nan\n", "line 2: start must be a number, not 'nan'"),
        ("id,gloss,start\n1,a,-2\n", "line 2: runs from -2 to the end, not forward from 0 or later"),
        ("id,gloss,start,end\n1,a,5,5\n", "line 2: runs from 5 to 5, not forward"),
        ("id,gloss,box\n1,a,1 2 3\n", "line 2: the box must be x0 y0 x1 y1"),
        ("id,gloss,box\n1,a,5 5 1 1\n", "line 2: the box must be x0 y0 x1 y1 with x0 < x1"),
        ("id,gloss,variant\n1,a,b\n", "line 2: variant must be a number"),
        ('id,gloss\n1,"a"b\n', "line 2: "),
        ('id,gloss\n1,"a\n', "line 2: "),
    ],
)
def test_what_is_malformed_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=r"clips\.csv(: |, )" + re.escape(message)):
        read(tmp_path, text)


def test_a_column_asked_for_but_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has no column 'Nr' for id; there are: id, gloss"):
        read(tmp_path, "id,gloss\n", id="Nr")
    with pytest.raises(DatasetError, match=r"has no column 'Persn' for signer; did you mean 'Person'\?"):
        read(tmp_path, "id,gloss,Person\n", signer="Persn")


def test_all_columns_that_are_lacking_are_named_with_their_flags(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"it has Datei, Zeichen; say .* --csv\.gloss and --csv\.id or --csv\.path$"):
        read(tmp_path, "Datei;Zeichen\n1.mp4;Baum\n")
    assert [e.gloss for e in read(tmp_path, "Datei;Zeichen\n1.mp4;Baum\n", gloss="Zeichen", path="Datei")] == ["Baum"]


@pytest.mark.parametrize(
    "settings",
    [{"unit": "hours"}, {"fps": -1.0}, {"fps": 25.0}, {"delimiter": ", "}, {"unit": "frames", "fps": float("nan")}],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Table(**settings)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_text("id,gloss\n1,a\n", encoding="utf-16")
    with pytest.raises(DatasetError, match="is not UTF-8 text"):
        list(Table().read(path))


def test_the_real_table_of_clips(shared_data: Path) -> None:
    entries = list(Table().read(shared_data / "wlasl_videos" / "clips.csv"))
    assert len(entries) == 18
    assert {entry.split for entry in entries} == {"train", "val", "test"}
    assert all((shared_data / "wlasl_videos" / f"{entry.files[0]}.mp4").exists() for entry in entries)
