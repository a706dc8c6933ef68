import csv
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chereme.catalog.wlasl import Wlasl
from chereme.exports.manifest import COLUMNS, DETAILS, Manifest
from chereme.types import Media, Reject, Sample, Shot, Span, Vocabulary
from tests.exports.clips import sample
from tests.factories import make_entry
from tests.samples.clips import clip

WORDS = Vocabulary(("don't want", "book"))


def kept(path: str = "/data/a.mp4", first: int = 0, stop: int = 40, note: str = "", **facts: Any) -> Sample:
    entry = make_entry(**facts)
    media = Media(
        path=Path(path),
        bytes=1,
        width=320,
        height=240,
        fps=30000 / 1001,
        frames=40,
        seconds=40 * 1001 / 30000,
        whole=True,
    )
    shot = Shot(entry=entry, media=media, first=first, stop=stop, note=note)
    base = sample(clip([(1.0, 1.0)], index=[first], first=first, frames=stop))
    return replace(base, track=replace(base.track, shot=shot), label=WORDS.index(entry.gloss))


def write(spec: Manifest, given: list[Sample], out: Path) -> list[dict[str, str]]:
    """The manifest's rows; the files are only names here, so there is no checksum unless the test has written them."""
    spec = replace(spec, checksums=all(each.track.shot.media.path.exists() for each in given))
    prepared: list[Any] = [(each, spec.prepare(each)) for each in given]
    list(spec.write(iter(prepared), out, WORDS))
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_clip(tmp_path: Path) -> None:
    rows = write(
        Manifest(details=False),
        [kept(id="00335", gloss="book", split="val"), kept(id='b,"2', gloss="don't want", path="/data/sub dir/b.mp4")],
        tmp_path,
    )
    assert rows == [
        {"split": "val", "gloss": "book", "label": "1", "video_id": "00335", "path": "/data/a.mp4"},
        {"split": "", "gloss": "don't want", "label": "0", "video_id": 'b,"2', "path": "/data/sub dir/b.mp4"},
    ]
    assert json.loads((tmp_path / "label_map.json").read_text()) == {"don't want": 0, "book": 1}


def test_details_say_where_the_clip_lies_in_its_file(tmp_path: Path) -> None:
    (row,) = write(Manifest(), [kept(first=15, stop=30, note="native frames", signer="4", source="asl5200")], tmp_path)
    assert tuple(row) == COLUMNS + DETAILS
    assert (row["first_frame"], row["stop_frame"], row["width"], row["height"]) == ("15", "30", "320", "240")
    assert float(row["start_seconds"]) == pytest.approx(15 * 1001 / 30000)
    assert float(row["end_seconds"]) == pytest.approx(1.001)
    assert float(row["fps"]) == pytest.approx(29.97003)
    assert (row["signer"], row["source"], row["note"], row["url"]) == ("4", "asl5200", "native frames", "")


@pytest.mark.parametrize(
    ("note", "base", "decision"),
    [
        (
            "base 25 a second; 1.000 to 2.600 s; cut from a longer recording",
            "25 a second",
            "cut from a longer recording",
        ),
        (
            "base the file's own frames; 0.000 to 1.600 s; already cut: 40 frames where the span asks for 41",
            "the file's own frames",
            "already cut: 40 frames where the span asks for 41",
        ),
        ("by hand", "", "by hand"),
    ],
)
def test_details_say_how_the_span_was_resolved(note: str, base: str, decision: str, tmp_path: Path) -> None:
    (row,) = write(Manifest(), [kept(first=10, stop=30, note=note)], tmp_path)
    assert (row["frame_base"], row["decision"], row["note"], row["frames"]) == (base, decision, note, "20")


def test_size_and_checksum_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (row,) = write(Manifest(), [kept(path=str(path))], tmp_path)
    assert row["sha256"] == sha256(b"film").hexdigest()
    path.unlink()
    gone = Manifest().prepare(kept(path=str(path)))
    assert isinstance(gone, Reject)
    assert (gone.stage, gone.reason) == ("deliver", "missing_file")


@pytest.mark.parametrize(("base", "path"), [("/data", "x/a.mp4"), ("/data/y", "../x/a.mp4"), ("", "/data/x/a.mp4")])
def test_paths_are_relative_to_a_base(base: str, path: str, tmp_path: Path) -> None:
    (row,) = write(Manifest(base=base), [kept(path="/data/x/a.mp4")], tmp_path)
    assert row["path"] == path


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (row,) = write(Manifest(), [kept(path="clips/a.mp4")], tmp_path)
    assert row["path"] == (tmp_path / "clips" / "a.mp4").as_posix()


@pytest.mark.parametrize(
    "facts",
    [
        {"source": "aslpro", "url": "http://x/y.swf", "variant": 2, "signer": "118", "box": (10.0, 20.0, 300.0, 230.0)},
        {"source": "asl5200", "span": Span(start=9, stop=40, rate=None)},
        {"source": "northtexas", "span": Span(start=0, stop=50, rate=25)},
        {"source": "lillybauer", "span": Span(start=3, rate=25)},
        {"split": "train"},
    ],
)
def test_metadata_reads_back_as_the_entries(facts: dict[str, Any], tmp_path: Path) -> None:
    given = kept(id="00335", **facts)
    write(Manifest(), [given], tmp_path)
    (entry,) = Wlasl().read(tmp_path / "metadata.json")
    was = given.entry
    assert (entry.id, entry.gloss, entry.span, entry.split) == (was.id, was.gloss, was.span, was.split)
    assert (entry.signer, entry.source, entry.url) == (was.signer, was.source, was.url)
    assert entry.variant == (was.variant or 0)
    assert entry.box == (was.box or (0, 0, 320, 240))


@pytest.mark.parametrize(
    ("span", "frames"),
    [
        (Span(), (1, -1)),
        (Span(start=1000, stop=2000, rate=1000), (26, 50)),
        (Span(start=2, rate=1), (51, -1)),
    ],
)
def test_other_units_become_frames_at_25(span: Span, frames: tuple[int, int], tmp_path: Path) -> None:
    write(Manifest(), [kept(span=span)], tmp_path)
    (gloss,) = json.loads((tmp_path / "metadata.json").read_text())
    (instance,) = gloss["instances"]
    assert (instance["frame_start"], instance["frame_end"]) == frames
    assert instance["fps"] == 25


def test_a_file_s_own_frames_are_at_the_file_s_own_rate(tmp_path: Path) -> None:
    write(Manifest(), [kept(span=Span(start=9, stop=40))], tmp_path)
    (gloss,) = json.loads((tmp_path / "metadata.json").read_text())
    (instance,) = gloss["instances"]
    assert (instance["frame_start"], instance["frame_end"]) == (10, 40)
    assert instance["fps"] == pytest.approx(30000 / 1001)


def test_metadata_holds_what_was_kept_in_label_order(tmp_path: Path) -> None:
    clips = [kept(id="1", gloss="book"), kept(id="2", gloss="don't want"), kept(id="3", gloss="book")]
    write(Manifest(), clips, tmp_path)
    found = json.loads((tmp_path / "metadata.json").read_text())
    names = [(gloss["gloss"], [(i["video_id"], i["instance_id"]) for i in gloss["instances"]]) for gloss in found]
    assert names == [("don't want", [("2", 0)]), ("book", [("1", 0), ("3", 1)])]


def test_without_metadata(tmp_path: Path) -> None:
    write(Manifest(metadata=False), [kept()], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["label_map.json", "manifest.csv"]


def test_metadata_is_laid_out_as_other_json(tmp_path: Path) -> None:
    write(Manifest(), [kept(id="1", gloss="book"), kept(id="2", gloss="don't want", url='"é'), kept(id="3")], tmp_path)
    text = (tmp_path / "metadata.json").read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    assert [each["gloss"] for each in json.loads(text)] == ["don't want", "book"]
    assert [each["instance_id"] for each in json.loads(text)[1]["instances"]] == [0, 1]
