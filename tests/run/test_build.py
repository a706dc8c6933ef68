import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import pyarrow.parquet as pq
import pytest

from chereme.errors import SettingsError
from chereme.exports.arrays import Arrays
from chereme.exports.augmented import Augmented
from chereme.exports.crops import Crops
from chereme.exports.pose import Poses
from chereme.frames.encode import write_video
from chereme.landmarks.holistic import Holistic
from chereme.landmarks.pose import Pose
from chereme.run.settings import Build
from chereme.run.stages import build, estimate
from chereme.samples.refine import Refine
from chereme.types import Reject
from tests.run.conftest import GLOSSES, digests


class Told:
    """Remembers what a run tells."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[int, int]] = {}
        self.steps: dict[str, int] = {}
        self._now = ""

    def stage(self, name: str, total: int, done: int = 0) -> None:
        self._now, self.stages[name], self.steps[name] = name, (total, done), 0

    def step(self, reject: Reject | None = None) -> None:
        self.steps[self._now] += 1


def test_an_output_folder_tells_what_was_asked_found_and_kept(uninterrupted: Path) -> None:
    summary = json.loads((uninterrupted / "summary.json").read_bytes())
    assert (summary["asked"], summary["found"], summary["kept"], summary["rejected"]) == (18, 18, 18, {})
    assert set(summary["exports"]) == {"arrays", "crops", "manifest"}
    assert summary["splits"] == "official"
    assert {"acquire", "extract", "refine"} <= summary["seconds"].keys()
    assert (uninterrupted / "rejects.csv").read_text() == "id,stage,reason,detail\n"
    assert (uninterrupted / "run.log").read_text().count("\n") >= 2
    catalog = pq.read_table(uninterrupted / "catalog.parquet").to_pylist()
    assert {row["gloss"] for row in catalog} == set(GLOSSES)
    assert all(row["reason"] is None and row["stop"] == row["frames"] for row in catalog)


def test_sequences_show_hands_and_carry_their_labels(uninterrupted: Path) -> None:
    arrays = np.load(uninterrupted / "exports/arrays/landmarks.npz", allow_pickle=False)
    assert arrays["sequences"].shape == (18, 32, 126)
    assert [sorted(GLOSSES)[label] for label in arrays["labels"]] == arrays["glosses"].tolist()
    assert set(arrays["splits"]) == {"train", "val", "test"}
    seen = (arrays["sequences"] != 0).any(axis=2).sum(axis=1)
    assert (seen >= 8).all()


def test_crops_lie_in_class_folders_of_every_split(uninterrupted: Path) -> None:
    crops = [path.relative_to(uninterrupted / "exports/crops").parts for path in uninterrupted.rglob("*.jpg")]
    assert {part[:2] for part in crops} == {(split, g) for split in ("train", "val", "test") for g in GLOSSES}
    assert len(crops) == 18


def test_the_same_again_does_nothing(asked: Build, uninterrupted: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (uninterrupted / "exports").rglob("*")}
    told = Told()
    build(replace(asked, out=uninterrupted), told)
    assert told.stages["extract"] == (18, 18)
    assert told.stages["acquire"] == (18, 18)
    assert not {"arrays", "crops", "manifest"} & told.stages.keys()
    assert {path: path.stat().st_mtime_ns for path in (uninterrupted / "exports").rglob("*")} == before


def test_two_workers_give_the_same_bytes(asked: Build, uninterrupted: Path, tmp_path: Path) -> None:
    build(replace(asked, out=tmp_path, workers=2, executor="pool"))
    assert digests(tmp_path / "exports") == digests(uninterrupted / "exports")


def test_a_new_setting_of_refining_tracks_nothing_anew(asked: Build, uninterrupted: Path, tmp_path: Path) -> None:
    told = Told()
    settings = replace(
        asked, out=uninterrupted, export=("arrays",), arrays=Arrays(length=16), refine=Refine(fill_gap=0)
    )
    build(settings, told)
    assert told.steps["extract"] == 0
    assert np.load(uninterrupted / "exports/arrays/landmarks.npz")["sequences"].shape == (18, 16, 126)
    build(replace(asked, out=uninterrupted))  # as it was, for whoever comes next


def test_crops_cut_in_passing_equal_those_read_again(asked: Build, uninterrupted: Path, tmp_path: Path) -> None:
    few = replace(asked, out=tmp_path, limit=1, export=("crops",))
    build(few)
    in_passing = digests(tmp_path / "exports")
    assert not list((tmp_path / "tracks").rglob("part-*.*.parquet")), "delivered, so no longer kept"
    rmtree(tmp_path / "exports")
    told = Told()
    build(few, told)
    assert told.steps["extract"] == 0
    assert digests(tmp_path / "exports") == in_passing


def test_asking_for_more_later_adds_what_is_missing(asked: Build, uninterrupted: Path, tmp_path: Path) -> None:
    few = replace(asked, out=tmp_path, limit=2)
    told = Told()
    build(replace(few, export=("crops",)), told)
    assert told.steps["extract"] == 6
    assert len(list((tmp_path / "tracks").iterdir())) == 1
    build(few, told)  # other frames are needed: new tracks, beside the old ones
    assert told.steps["extract"] == 6
    assert len(list((tmp_path / "tracks").iterdir())) == 2
    build(replace(few, export=("arrays",)), told)  # the wider tracks serve
    assert told.steps["extract"] == 0
    build(replace(asked, out=tmp_path), told)  # more clips: only those
    assert told.steps["extract"] == 12
    assert digests(tmp_path / "exports") == digests(uninterrupted / "exports")


def test_an_export_of_more_or_less_than_its_clips_says_both(
    asked: Build, uninterrupted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copytree(uninterrupted, tmp_path / "out")
    several = replace(asked, out=tmp_path / "out", export=("arrays", "augmented", "manifest"))
    for _ in range(2):  # made, and found there
        made = build(several)["exports"]
        assert (made["augmented"]["samples"], made["augmented"]["rows"]) == (12, 36), "of the train split, three forms"
        assert made["arrays"]["samples"] == made["manifest"]["samples"] == 18
        assert "rows" not in made["arrays"] | made["manifest"]
    build(replace(several, augmented=Augmented(below=1)))
    assert "export augmented is empty: none of 18 clips is one for it" in caplog.text


def test_single_stages(asked: Build, tmp_path: Path) -> None:
    few = replace(asked, out=tmp_path, limit=1, export=("arrays",))
    build(replace(few, only="acquire"))
    assert (tmp_path / "catalog.parquet").exists()
    assert not (tmp_path / "tracks").exists()
    assert build(replace(few, only="deliver"))["unfinished"] == 3
    build(replace(few, only="extract"))
    assert build(replace(few, only="deliver"))["exports"]["arrays"]["samples"] == 3


def test_an_estimate_leaves_nothing(asked: Build, tmp_path: Path) -> None:
    work = estimate(replace(asked, out=tmp_path / "new", limit=1, export=("crops",)))
    assert (work.asked, work.found, work.finished, work.frames) == (3, 3, 0, 15)
    assert 0 < work.seconds < 60
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def troubled(tmp_path: Path, drawn: Path) -> Build:
    """A folder of clips most of which are no good."""
    videos = tmp_path / "videos"
    for gloss in ("good", "bad"):
        (videos / gloss).mkdir(parents=True)
    source = sorted((drawn / "videos").iterdir())[0].read_bytes()
    (videos / "good" / "1.mp4").write_bytes(source)
    (videos / "bad" / "empty.mp4").write_bytes(b"")
    (videos / "bad" / "page.mp4").write_bytes(b"<!DOCTYPE html><html><body>404</body></html>")
    (videos / "bad" / "torn.mp4").write_bytes(source[: len(source) // 2])
    write_video(videos / "bad" / "gray.mp4", np.full((30, 96, 96, 3), 128, np.uint8), 25)
    return Build(dataset="folder", videos=(videos,), out=tmp_path / "out", executor="here")


def test_trouble_with_a_clip_is_counted_and_stops_nothing(troubled: Build) -> None:
    summary = build(troubled)
    assert summary["asked"] == 5
    assert summary["kept"] + sum(summary["rejected"].values()) == 5
    assert summary["rejected"]["empty_file"] == 1
    assert summary["rejected"]["not_a_video"] >= 1
    assert summary["rejected"]["no_hands"] == 1
    assert troubled.out is not None
    lines = (troubled.out / "rejects.csv").read_text().splitlines()
    assert {"bad-empty", "bad-page", "bad-torn", "bad-gray"} <= {line.split(",")[0] for line in lines}


def test_a_clip_that_was_mended_is_found_again(troubled: Build, drawn: Path) -> None:
    build(replace(troubled, export=("arrays",)))
    mended = troubled.videos[0] / "bad" / "empty.mp4"
    mended.write_bytes(sorted((drawn / "videos").iterdir())[1].read_bytes())
    summary = build(replace(troubled, export=("arrays",)))
    assert "empty_file" not in summary["rejected"]


def test_all_odd_files_are_read_or_rejected_with_a_reason(shared_data: Path, tmp_path: Path) -> None:
    summary = build(Build(dataset="folder", videos=(shared_data / "odd",), out=tmp_path, executor="here"))
    assert summary["asked"] == 6
    assert summary["kept"] + sum(summary["rejected"].values()) == 6
    rows = {row["id"]: row for row in pq.read_table(tmp_path / "catalog.parquet").to_pylist()}
    assert rows["99999"]["frames"] > 0, "its metadata is not UTF-8, its pictures are fine"
    assert rows["header_only"]["reason"] == "no_frames"
    assert rows["no_stream"]["reason"] in ("no_video_stream", "not_a_video")


def test_a_split_of_which_nothing_is_there_is_said(
    asked: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = tmp_path / "clips.csv"
    table.write_text("gloss,file,split\nhello,0100101.mp4,train\nhello,none.mp4,train\nhello,gone.mp4,val\n")
    build(
        Build(dataset="csv", metadata=table, videos=asked.videos, out=tmp_path / "o", executor="here", only="acquire")
    )
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [
        "no clip of the split 'val' was found; asked for: 1"
    ]


def test_real_wlasl_clips_are_found_and_taken_whole(shared_data: Path, tmp_path: Path) -> None:
    settings = Build(
        metadata=shared_data / "wlasl/WLASL_v0.3_partial.json",
        videos=(shared_data / "wlasl_videos",),
        out=tmp_path,
        executor="here",
        only="acquire",
    )
    summary = build(settings)
    assert (summary["asked"], summary["found"], summary["rejected"]) == (6817, 16, {"missing_file": 6801})
    # Two of the 18 clips, 00335 and 69527, have no record in the partial metadata; nslt_2000.json names all.
    assert set(summary["unclaimed"]) == {"00335.mp4", "69527.mp4"}
    found = [row for row in pq.read_table(tmp_path / "catalog.parquet").to_pylist() if row["file"]]
    assert all((row["first"], row["stop"]) == (0, row["frames"]) for row in found)


def test_what_will_not_be_tracked_is_refused_before_work_starts(asked: Build, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'face' is not in tracks of hands"):
        build(replace(asked, out=tmp_path / "out", export=("crops",), crops=Crops(region="face")))
    assert not (tmp_path / "out").exists()


def test_a_model_and_an_export_of_one_name_have_their_own_settings() -> None:
    asked = Build(body=Pose(back=3), pose=Poses(raw=False))
    assert asked.spec("models", "pose") == Pose(back=3)
    assert asked.spec("exports", "pose") == Poses(raw=False)


def test_a_build_of_bodies_faces_and_hands(asked: Build, tmp_path: Path) -> None:
    arrays = Arrays(length=8, min_frames=1, parts=("body", "left_hand", "right_hand"), normalize="body")
    settings = replace(asked, out=tmp_path / "out", landmarks="holistic", limit=1, arrays=arrays,
                       crops=Crops(complete_classes=False), holistic=Holistic(back=4))  # fmt: skip
    summary = build(settings)
    assert {name: each["samples"] for name, each in summary["exports"].items()} == dict.fromkeys(asked.export, 3)
    saved = np.load(tmp_path / "out/exports/arrays/landmarks.npz", allow_pickle=False)
    assert saved["sequences"].shape == (3, 8, (33 + 42) * 3)
    names = saved["feature_names"].tolist()
    shoulders = [saved["sequences"][:, 0, names.index(f"body.{side}_SHOULDER.x")] for side in ("LEFT", "RIGHT")]
    assert np.allclose(np.subtract(*shoulders), 1, atol=0.1), "the shoulders are one apart"
    qualities = pq.read_table(tmp_path / "out/samples.parquet").to_pylist()
    assert all(row["body"] == 1 and row["face"] > 0.9 and row["any_hand"] > 0.3 for row in qualities)


def test_parts_that_will_not_be_tracked_are_refused_before_work_starts(asked: Build, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="hands have no part 'body'"):
        build(replace(asked, out=tmp_path / "out", arrays=Arrays(parts=("body",))))
    assert not (tmp_path / "out" / "tracks").exists()
