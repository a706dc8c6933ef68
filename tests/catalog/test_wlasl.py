"""WLASL's metadata: every quirk read, every wrong type named."""

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chereme.catalog.choose import Choose
from chereme.catalog.wlasl import Wlasl
from chereme.errors import DatasetError, SettingsError
from chereme.types import Entry, Span

FIXTURE = Path(__file__).parent / "fixtures" / "WLASL_v0.3.json"


def read(**settings: Any) -> dict[str, Entry]:
    return {entry.id: entry for entry in Wlasl(**settings).read(FIXTURE)}


GONE = object()


def broken(tmp_path: Path, at: tuple[int | str, ...], value: Any) -> Path:
    """The fixture with another value at a place, or none there."""
    metadata = json.loads(FIXTURE.read_text())
    inner = metadata
    for step in at[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(metadata))
    return path


def test_a_record_becomes_an_entry() -> None:
    assert read()["00012"] == Entry(
        id="00012",
        gloss="tea",
        span=Span(start=30, stop=75, rate=None),
        split="val",
        signer="2",
        source="asl5200",
        variant=0,
        box=(385.0, 37.0, 885.0, 720.0),
        url="https://www.youtube.com/watch?v=chEreme_001",
        files=("00012", "chEreme_001"),
    )


def test_entries_keep_the_order_of_the_file() -> None:
    assert list(dict.fromkeys(entry.gloss for entry in read().values())) == ["tea", "don't know", "a"]


@pytest.mark.parametrize(
    ("id", "span"),
    [
        ("00011", Span()),
        ("00014", Span(start=1, stop=None, rate=25)),
        ("00021", Span(start=119, stop=160, rate=None)),
        ("00013", Span(start=275, stop=320, rate=25)),
        ("00032", Span(start=0, stop=60, rate=25)),
    ],
    ids=["whole", "to the end", "asl5200 native", "northtexas 25", "lillybauer 25"],
)
def test_frames_are_counted_on_the_base_of_their_source(id: str, span: Span) -> None:
    assert read()[id].span == span


def test_a_setting_overrides_the_base_of_one_source() -> None:
    entries = read(bases={"asl5200": "29.97", "northtexas": "native"})
    assert entries["00012"].span.rate == 29.97
    assert entries["00013"].span.rate is None
    assert entries["00032"].span.rate == 25


@pytest.mark.parametrize("base", ["nativ", "0", "-25", "nan", ""])
def test_an_impossible_base_is_refused(base: str) -> None:
    with pytest.raises(SettingsError, match="frame base of 'asl5200'"):
        Wlasl(bases={"asl5200": base})


@pytest.mark.parametrize(
    ("id", "files"),
    [
        ("00011", ("00011", "tea.mp4")),
        ("00022", ("00022", "-chEreme_03")),
        ("00014", ("00014", "Sign%20Tea.mp4", "Sign Tea.mp4")),
        ("00023", ("00023",)),
    ],
    ids=["last part", "youtube", "encoded", "another record's id"],
)
def test_files_are_the_id_and_then_what_a_downloader_makes(id: str, files: tuple[str, ...]) -> None:
    assert read()[id].files == files


RECORD = (0, "instances", 3)


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        ((1,), "tea", "[1] must be an object, not a string ('tea')"),
        ((1, "gloss"), GONE, "[1] has no 'gloss'; it has 'instances'"),
        ((1, "gloss"), "  ", "[1].gloss must be a string that is not empty"),
        ((1, "instances"), {}, "[1].instances must be a list, not an object"),
        (RECORD, None, "[0].instances[3] must be an object, not null"),
        ((*RECORD, "video_id"), GONE, "[0].instances[3] has no 'video_id'; it has 'bbox', 'fps'"),
        ((*RECORD, "video_id"), 14, "[0].instances[3].video_id must be a string that is not empty, not a number (14)"),
        ((*RECORD, "video_id"), "../x", "[0].instances[3].video_id '../x' begins with a dot"),
        ((*RECORD, "bbox"), "1 2", "[0].instances[3].bbox must be a list of the four numbers x0, y0, x1, y1"),
        ((*RECORD, "bbox"), [1, 2, 3], "[0].instances[3].bbox must be a list of the four numbers"),
        ((*RECORD, "bbox"), [1, 2, 3, "4"], "[0].instances[3].bbox[3] must be a number, not a string ('4')"),
        ((*RECORD, "bbox"), [1, 2, 3, 10**400], "[0].instances[3].bbox[3] must be a number"),
        ((*RECORD, "frame_start"), 0, "[0].instances[3].frame_start must be a frame number from 1, not a number (0)"),
        ((*RECORD, "frame_start"), True, "[0].instances[3].frame_start must be a whole number, not a boolean"),
        ((*RECORD, "frame_end"), 1, "[0].instances[3].frame_end must be -1 or a frame number from frame_start (2)"),
        ((*RECORD, "frame_end"), -2, "[0].instances[3].frame_end must be -1 or a frame number"),
        ((*RECORD, "frame_end"), "9", "[0].instances[3].frame_end must be a whole number"),
        ((*RECORD, "fps"), 0, "[0].instances[3].fps must be a rate above 0"),
        ((*RECORD, "fps"), float("nan"), "[0].instances[3].fps must be a number"),
        ((*RECORD, "split"), "trian", "[0].instances[3].split must be train, val or test, not a string ('trian')"),
        ((*RECORD, "signer_id"), [1], "[0].instances[3].signer_id must be a whole number, not a list"),
        ((*RECORD, "variation_id"), 1.5, "[0].instances[3].variation_id must be a whole number"),
        ((*RECORD, "url"), 7, "[0].instances[3].url must be a string"),
        ((*RECORD, "source"), {}, "[0].instances[3].source must be a string"),
    ],
)
def test_what_is_malformed_is_named_with_its_place(tmp_path: Path, at: Any, value: Any, message: str) -> None:
    path = broken(tmp_path, at, value)
    with pytest.raises(DatasetError, match=re.escape(f"{path}: {message}")):
        list(Wlasl().read(path))


KINDS: list[Any] = [
    *(None, True, 0, -1, 3, 1.5, float("inf"), 10**30),
    *("", "x", "a/b", "\0", [], [1], [None] * 4, {}, {"a": 1}),
]


@pytest.mark.parametrize("key", list(json.loads(FIXTURE.read_text())[0]["instances"][0]))
def test_no_type_of_any_value_gives_a_traceback(tmp_path: Path, key: str) -> None:
    for value in KINDS:
        path = broken(tmp_path, (0, "instances", 0, key), value)
        try:
            assert len(list(Wlasl().read(path))) == 10
        except DatasetError as error:
            assert f"{path}: [0].instances[0].{key}" in str(error)  # noqa: PT017


def test_a_record_needs_no_more_than_its_id(tmp_path: Path) -> None:
    record = {"video_id": "1", "split": None, "bbox": None, "signer_id": "Ann"}
    path = tmp_path / "least.json"
    path.write_text(json.dumps([{"gloss": "tea", "instances": [record]}]))
    assert list(Wlasl().read(path)) == [Entry(id="1", gloss="tea", signer="Ann", files=("1",))]


def test_a_box_without_area_is_left_out(tmp_path: Path) -> None:
    path = broken(tmp_path, (0, "instances", 0, "bbox"), [5, 5, 5, 90])
    assert next(iter(Wlasl().read(path))).box is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"gloss": "tea"}', "the top level must be a list, not an object"),
        (b'[{"gloss": "tea",\n "instances": [}]', "no valid JSON at line 2, column 16"),
        (b"", "no valid JSON at line 1, column 1"),
        (b"[" * 100_000, "no JSON that can be read"),
        (b"[\xff]", "is not UTF-8 text (byte 1)"),
        (b"[" + b"9" * 5000 + b"]", "no JSON that can be read"),
    ],
    ids=["object", "syntax", "empty", "deep", "bytes", "digits"],
)
def test_a_file_that_is_no_json_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "metadata.json"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(f"{path}: {message}")):
        list(Wlasl().read(path))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.json: there is no such file"):
        list(Wlasl().read(tmp_path / "none.json"))
    with pytest.raises(DatasetError, match="is a folder; give the metadata file itself"):
        list(Wlasl().read(tmp_path))


def test_the_real_metadata(shared_data: Path) -> None:
    path = shared_data / "wlasl" / "WLASL_v0.3_partial.json"
    before = time.process_time()
    entries = list(Wlasl().read(path))
    chosen = Choose(subset="300", top=100, max_clips=10).choose(entries, folder=path.parent)
    # A third of the full file, for which a second is wanted; a busy machine is allowed to take three times as long.
    assert time.process_time() - before < 1
    assert len(chosen.entries) == 1000
    assert len(entries) == 6817
    assert len({entry.gloss for entry in entries}) == 2000
    assert len({entry.url for entry in entries}) < len(entries)
    spanned = Counter((entry.source, entry.span.rate) for entry in entries if entry.span.stop is not None)
    assert spanned == {("asl5200", None): 1556, ("northtexas", 25.0): 131, ("lillybauer", 25.0): 162}
    ids = {entry.id for entry in entries}
    assert not [e.id for e in entries if {name.rpartition(".")[0] for name in e.files[1:]} & ids]
