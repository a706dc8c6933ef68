"""Builds of clips: without networks, every file read once, what is whole kept, what is broken made anew."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import pytest

from chereme.catalog.table import Table
from chereme.errors import Rejected
from chereme.exports.clips import Clips
from chereme.exports.cutting import Clip
from chereme.exports.huggingface import HuggingFace
from chereme.exports.kinetics import Kinetics
from chereme.frames import cut as cutting
from chereme.frames.decode import decode, pictures
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.report import write_report
from chereme.run.ahead import ahead
from chereme.run.deliver import deliver
from chereme.run.judge import refined
from chereme.run.local import Pool
from chereme.run.progress import Silent
from chereme.run.settings import Build
from chereme.run.stages import build, estimate
from chereme.run.untracked import Untracked
from chereme.samples.refine import Refine
from chereme.skeleton import HANDS
from chereme.types import Reject, Sample, Shot, Vocabulary
from tests.factories import make_entry
from tests.run.conftest import digests

ALL = ("clips", "huggingface", "kinetics")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no network may be opened or fetched."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a network was asked for")

    monkeypatch.setattr(Hands, "open", refuse)
    monkeypatch.setattr(Hands, "fetch", refuse)


def gray(frame: int) -> int:
    """Of neighbors far enough apart to be told after encoding."""
    return 20 + 16 * (frame % 13)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Four glosses signed twice each in one recording, whose frames are of one gray each, and one that is missing."""
    folder = tmp_path_factory.mktemp("recording")
    write_video(
        folder / "long.mp4", (np.full((48, 64, 3), gray(i), np.uint8) for i in range(200)), 25, crf=10, keyframe=400
    )
    rows = [
        f"{id},{gloss},{file},{start},{start + 18},{split}"
        for id, gloss, file, start, split in (
            *((f"s{i}", f"gloss {i % 4}", "long.mp4", 5 + 21 * i, ("train", "test")[i // 4]) for i in range(8)),
            ("gone", "gloss 0", "gone.mp4", 0, "train"),
        )
    ]
    (folder / "clips.csv").write_text("\n".join(["id,gloss,file,start,end,split", *rows]))
    return Build(
        dataset="csv",
        csv=Table(unit="frames"),
        metadata=folder / "clips.csv",
        videos=(folder,),
        executor="here",
        export=("clips",),
        clips=Clips(copy=False),
        kinetics=Kinetics(copy=False),
        huggingface=HuggingFace(copy=False),
    )


@pytest.mark.usefixtures("blind")
def test_clips_alone_need_no_network_and_no_hands(recording: Build, tmp_path: Path) -> None:
    strict = Refine(min_hand_share=1.0, max_gap=0.0, min_hand_px=1000, max_jitter=0.0)
    summary = build(replace(recording, out=tmp_path, export=ALL, refine=strict))
    assert (summary["kept"], summary["rejected"]) == (8, {"missing_file": 1})
    assert not (tmp_path / "tracks").exists()
    for name in ALL:
        out = tmp_path / "exports" / name
        assert len(list(out.rglob("*.mp4"))) == 8
        assert [row["reason"] for row in table(out / "preprocess_errors.csv")] == ["missing_file"]
    assert "gone" in write_report(tmp_path).read_text("utf-8")
    assert estimate(replace(recording, out=tmp_path)).frames == 0


@pytest.mark.usefixtures("blind")
def test_a_list_of_clips_needs_no_network_either(recording: Build, tmp_path: Path) -> None:
    build(replace(recording, out=tmp_path, export=("clips", "manifest")))
    rows = table(tmp_path / "exports" / "manifest" / "manifest.csv")
    assert [row["video_id"] for row in rows] == [f"s{i}" for i in range(8)]
    assert not (tmp_path / "tracks").exists()


@pytest.mark.usefixtures("blind")
def test_a_limit_of_length_holds_without_tracks(recording: Build, tmp_path: Path) -> None:
    summary = build(replace(recording, out=tmp_path, refine=Refine(min_frames=19)))
    assert summary["rejected"] == {"too_few_frames": 8, "missing_file": 1}


def test_the_manifest_says_what_each_clip_is(recording: Build, tmp_path: Path) -> None:
    build(replace(recording, out=tmp_path))
    rows = table(tmp_path / "exports" / "clips" / "manifest.csv")
    assert len(rows) == 8
    for row in rows:
        number = int(row["video_id"][1:])
        path = tmp_path / "exports" / "clips" / row["path"]
        assert path.relative_to(tmp_path / "exports" / "clips").parts[:2] == ("videos", row["split"])
        media = probe(path).media
        assert (media.frames, media.fps) == (int(row["frames"]), float(row["fps"])) == (18, 25)
        assert float(row["start_seconds"]) == pytest.approx((5 + 21 * number) / 25)
        assert row["decision"] == "cut from a longer recording"
        assert row["made"] == "encoded: copying is off"
        assert int(row["bytes"]) == path.stat().st_size
        whole = Shot(entry=make_entry(), media=media, first=0, stop=18)
        (frames,) = decode(whole, np.arange(18))
        grays = [gray(5 + 21 * number + i) for i in range(18)]
        assert np.abs(frames.pixels.mean((1, 2, 3)) - grays).max() < 6
    durations = json.loads((tmp_path / "exports" / "clips" / "durations.json").read_text())
    assert durations["all"] | {"p5": 0.72, "p95": 0.72} == durations["all"]
    coverage = table(tmp_path / "exports" / "clips" / "coverage.csv")
    assert [row["clips"] for row in coverage] == ["1"] * 8


def test_one_recording_is_decoded_once(recording: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []

    def counted(shot: Shot, index: Any) -> Any:
        passes.append(len(index))
        return pictures(shot, index)

    monkeypatch.setattr(cutting, "pictures", counted)
    build(replace(recording, out=tmp_path))
    assert passes == [8 * 18]


def test_what_is_whole_stays_and_what_is_broken_is_made_anew(
    recording: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(recording, out=tmp_path, export=ALL)
    build(asked)
    before = digests(tmp_path / "exports")
    made: list[str] = []
    plain = cutting.Cut._encode

    def told(self: Any, pieces: Any, line: Any) -> Any:
        made.extend(piece.shot.entry.id for piece in pieces)
        return plain(self, pieces, line)

    monkeypatch.setattr(cutting.Cut, "_encode", told)
    build(asked)
    assert not made, "nothing has changed"
    for name in ALL:
        rmtree(tmp_path / "exports" / name)
    build(asked)
    assert not made, "laid out again from what is kept"
    assert digests(tmp_path / "exports") == before
    row = table(tmp_path / "exports" / "clips" / "manifest.csv")[3]
    broken = tmp_path / "exports" / "clips" / row["path"]
    data = broken.read_bytes()
    with broken.open("r+b") as file:  # in place, so that its other names break too
        file.seek(len(data) - 40)
        file.write(bytes(20))
    assert broken.stat().st_size == len(data), "its size does not tell"
    build(asked)
    assert set(made) == {row["video_id"]}
    assert digests(tmp_path / "exports") == before
    gone = tmp_path / "exports" / "kinetics" / row["path"]
    gone.unlink()
    made.clear()
    build(asked)
    assert not made, "the clip is kept, only its place was empty"
    assert digests(tmp_path / "exports") == before


def test_other_settings_leave_nothing_of_the_old(recording: Build, tmp_path: Path) -> None:
    asked = replace(recording, out=tmp_path)
    build(asked)
    old = {path.name for path in (tmp_path / "cut").rglob("*.mp4")}
    build(replace(asked, clips=replace(asked.clips, crf=40)))
    new = list((tmp_path / "cut").rglob("*.mp4"))
    assert len(old) == len(new) == 8
    assert all(path.stat().st_nlink == 2 for path in new)
    assert len(list((tmp_path / "cut").rglob("*.json"))) == 8


def test_the_same_files_whoever_works(recording: Build, tmp_path: Path) -> None:
    build(replace(recording, out=tmp_path / "here", export=ALL))
    build(replace(recording, out=tmp_path / "pool", export=ALL, workers=2, executor="pool"))
    assert digests(tmp_path / "here" / "exports") == digests(tmp_path / "pool" / "exports")


def test_clips_beside_landmarks_are_those_that_passed(asked: Build, tmp_path: Path) -> None:
    few = replace(asked, out=tmp_path, limit=1, export=("clips", "arrays"), refine=Refine(min_hand_px=1000))
    summary = build(few)
    assert summary["rejected"] == {"small_hands": 3}
    assert not list((tmp_path / "exports" / "clips").rglob("*.mp4"))
    assert len(table(tmp_path / "exports" / "clips" / "preprocess_errors.csv")) == 3
    summary = build(replace(few, refine=Refine(), export=("clips", "arrays", "webdataset")))
    assert summary["exports"]["clips"]["samples"] == summary["exports"]["webdataset"]["samples"] == 3


def test_a_clip_that_cannot_be_cut_is_counted(
    recording: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = cutting.Cut._piece

    def picky(self: Any, path: Path, shot: Shot, line: Any) -> Any:
        if shot.entry.id == "s3":
            raise Rejected("undecodable", "spoiled")
        return plain(self, path, shot, line)

    monkeypatch.setattr(cutting.Cut, "_piece", picky)
    summary = build(replace(recording, out=tmp_path))
    assert summary["exports"]["clips"]["samples"] == 7
    assert summary["exports"]["clips"]["rejected"] == {"undecodable": 1}
    errors = table(tmp_path / "exports" / "clips" / "preprocess_errors.csv")
    assert [(row["id"], row["reason"]) for row in errors] == [("gone", "missing_file"), ("s3", "undecodable")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadly(Clips):
    """Clips whose process dies when they are cut together, and when the third is cut alone."""

    def ahead(self, shots: Sequence[Shot], kept: Path) -> Iterator[tuple[str, Any]]:
        os._exit(9)

    def prepare(self, sample: Sample) -> Clip | Reject:
        if sample.entry.id == "s2":
            os._exit(9)
        return Clips.prepare(self, sample)


def test_a_clip_that_kills_its_worker_takes_no_other_with_it(recording: Build, tmp_path: Path) -> None:
    with Pool(workers=1).open() as run:
        shots = [
            Shot(entry=make_entry(f"s{i}", split="train"), media=media, first=5 * i, stop=5 * i + 5)
            for media in [probe(recording.videos[0] / "long.mp4").media]
            for i in range(4)
        ]
        assert ahead(Deadly(copy=False), shots, tmp_path / "cut", run, Silent()) == {}
        samples = refined(Refine(), shots, Untracked(tmp_path, HANDS), {"book": 0})
        words = Vocabulary(("book",))
        done = deliver(Deadly(copy=False), samples, words, tmp_path / "out", "mark", run=run, progress=Silent())
    assert done.samples == 3
    assert [(reject.id, reject.reason) for reject in done.rejects] == [("s2", "worker_died")]
