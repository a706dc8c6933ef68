"""What every export keeps: registering one in `plugins.TABLES` tests it here."""

import csv
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow.parquet as pq
import pytest
from pose_format import Pose

from chereme.contracts import ByFile, Counted, Export
from chereme.exports.arrays import Arrays
from chereme.exports.augmented import FORMS, Augmented
from chereme.exports.clips import Clips
from chereme.exports.crops import Crops
from chereme.exports.huggingface import HuggingFace
from chereme.exports.kaggle import Kaggle
from chereme.exports.kinetics import Kinetics
from chereme.exports.lexicon import Lexicon
from chereme.exports.manifest import Manifest
from chereme.exports.pose import Poses
from chereme.exports.webdataset import WebDataset
from chereme.frames.probe import probe
from chereme.plan import FramePlan
from chereme.plugins import load, names
from chereme.types import SPLITS, Reject, Sample, Track, Vocabulary
from tests.exports.clips import sample, squares
from tests.exports.shards import read_shard
from tests.people import whole
from tests.samples.clips import clip

HOSTILE = (
    "../x",
    ".x",
    "a/b",
    "a\\b",
    "CON",
    "",
    "..",
    "x/../../y",
    "/etc/passwd",
    "A",
    "a",
    "don't want",
    "a\tb\nc",
    "手",
)
"""Glosses and ids that try to leave the folder, or mean something else to some file system or format."""
WORDS = Vocabulary((*HOSTILE, "unseen"))

exports = pytest.mark.parametrize("name", names("exports"))


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """A whole person with a hand that moves over 20 frames."""
    places = [(80.0 + 4 * i, 120.0) for i in range(20)]
    return whole(squares(tmp_path_factory.mktemp("video") / "a.mp4", places, [*[None] * 10, *[(200.0, 120.0)] * 10]))


@pytest.fixture(scope="module")
def samples(track: Track) -> list[Sample]:
    """One clip a gloss, with the gloss for an id, in every split and in none."""
    splits = (*SPLITS, None)
    return [sample(track, id=g, gloss=g, label=i, split=splits[i % 4]) for i, g in enumerate(HOSTILE)]


def write(export: Export, samples: list[Sample], out: Path) -> list[Path]:
    def prepared() -> Iterator[tuple[Sample, Any]]:
        for each in samples:
            made = export.prepare(each)
            assert not isinstance(made, Reject), made
            yield each, made

    out.mkdir(parents=True)
    return list(export.write(prepared(), out, WORDS))


def spec(name: str) -> Export:
    made: Export = load("exports", name)()
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@exports
def test_settings_are_frozen_and_have_defaults(name: str) -> None:
    made: Any = spec(name)
    assert made.costly in (True, False)
    assert is_dataclass(made)
    assert hash(made) == hash(spec(name))
    assert pickle.loads(pickle.dumps(made)) == made
    for each in fields(made):
        with pytest.raises(FrozenInstanceError):
            setattr(made, each.name, getattr(made, each.name))


@exports
def test_it_says_which_frames_it_needs(name: str) -> None:
    needs = spec(name).needs
    assert isinstance(needs, FramePlan)
    frames = needs.frames(10, 50)
    assert len(frames) or isinstance(spec(name), ByFile), "without frames, an export of what needs no landmarks"
    if not len(frames):
        return
    assert 10 <= frames.min() <= frames.max() < 50


@exports
def test_preparing_is_pure_and_can_travel(name: str, samples: list[Sample], tmp_path: Path) -> None:
    once, again = spec(name), spec(name)
    out = [tmp_path / "here", tmp_path / "travelled"]
    write(once, samples, out[0])
    out[1].mkdir()
    travelled = [(each, pickle.loads(pickle.dumps(again.prepare(each)))) for each in samples]
    list(again.write(iter(travelled), out[1], WORDS))
    assert contents(out[0]) == contents(out[1])


@exports
def test_it_yields_what_it_wrote_and_nothing_leaves_the_folder(
    name: str, samples: list[Sample], tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "er" / "out"
    paths = write(spec(name), samples, out)
    assert len(paths) == len(set(paths))
    assert {path.resolve() for path in paths} == {path.resolve() for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.resolve().is_relative_to(out.resolve()) for path in paths)


@exports
def test_the_same_bytes_twice(name: str, samples: list[Sample], tmp_path: Path) -> None:
    for run in ("one", "two"):
        write(spec(name), samples, tmp_path / run / "out")
    assert contents(tmp_path / "one" / "out") == contents(tmp_path / "two" / "out")


@exports
def test_a_clip_that_it_cannot_use_is_a_reject(name: str) -> None:
    made = spec(name).prepare(sample(clip([None] * 20), id="empty"))
    if isinstance(made, Reject):
        assert (made.id, made.stage) == ("empty", "deliver")
    else:
        assert name == "manifest"


@exports
def test_nothing_to_write_is_written(name: str, tmp_path: Path) -> None:
    write(spec(name), [], tmp_path / "out")


Row = tuple[str, str, int, str | None]


def from_arrays(out: Path) -> list[Row]:
    rows = pq.read_table(out / "landmarks.parquet").to_pylist()
    with np.load(out / "landmarks.npz", allow_pickle=False) as npz:
        columns = (npz[key].tolist() for key in ("video_ids", "glosses", "labels", "splits"))
        npz_rows = [(id, gloss, label, split or None) for id, gloss, label, split in zip(*columns, strict=True)]
    assert npz_rows == [(row["id"], row["gloss"], row["label"], row["split"]) for row in rows]
    return npz_rows


def from_augmented(out: Path) -> list[Row]:
    with np.load(out / "augmented.npz", allow_pickle=False) as npz:
        columns = (npz[key].tolist() for key in ("origin_ids", "glosses", "labels", "splits"))
        rows = [(id, gloss, label, split or None) for id, gloss, label, split in zip(*columns, strict=True)]
        made = [(id, form) for id, _, _, _ in rows[:: len(FORMS)] for form in FORMS]
        assert npz["video_ids"].tolist() == [f"{id}-{form}" for id, form in made]
    return rows[:: len(FORMS)]


def from_crops(out: Path) -> list[Row]:
    rows = pq.read_table(out / "crops.parquet").to_pylist()
    folder = {each["gloss"]: each["folder"] for each in json.loads((out / "label_mapping.json").read_text("utf-8"))}
    for row in rows:
        assert Path(row["path"]).parts[:2] == (row["split"] or "all", folder[row["gloss"]])
    return [(row["id"], row["gloss"], row["label"], row["split"]) for row in rows]


def from_manifest(out: Path) -> list[Row]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["video_id"], row["gloss"], int(row["label"]), row["split"] or None) for row in rows]


def from_poses(out: Path) -> list[Row]:
    with (out / "poses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for kind in ("raw", "processed"):
            assert Path(row[kind]).parts[:3] == ("poses", kind, row["split"] or "all")
            assert Pose.read((out / row[kind]).read_bytes()).body.data.shape[1] == 1
    return [(row["video_id"], row["gloss"], int(row["label"]), row["split"] or None) for row in rows]


def from_lexicon(out: Path) -> list[Row]:
    with (out / "lexicon.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for folder in ("all", "train", "val", "test"):
        with (out / folder / "index.csv").open(encoding="utf-8", newline="") as file:
            index = list(csv.DictReader(file))
        assert len(index) == sum(folder in ("all", row["split"]) for row in rows)
        assert all((out / folder / row["path"]).is_file() for row in index)
    return [(row["video_id"], row["gloss"], int(row["label"]), row["split"] or None) for row in rows]


def in_order(rows: list[Row]) -> list[Row]:
    """Of files that are laid out by split: in catalog order, which here is that of the labels."""
    return sorted(rows, key=lambda row: row[2])


def from_clips(out: Path) -> list[Row]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert Path(row["path"]).parts[:2] == ("videos", row["split"] or "all")
        assert probe(out / row["path"]).media.frames == int(row["frames"])
    return [(row["video_id"], row["gloss"], int(row["label"]), row["split"] or None) for row in rows]


def from_kinetics(out: Path) -> list[Row]:
    known = {row[2]: row for row in from_clips(out)}
    found = []
    for split in (*SPLITS, "all"):
        rows = pandas.read_csv(out / f"{split}.csv", sep=" ", header=None, names=["path", "label"])
        assert all((out / path).is_file() for path in rows["path"])
        found += [(*known[label][:3], None if split == "all" else split) for label in rows["label"].tolist()]
    return in_order(found)


def from_huggingface(out: Path) -> list[Row]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tables = sorted(out.glob("*/metadata.csv"))
    listed = {table.parent / name for table in tables for name in pandas.read_csv(table)["file_name"]}
    assert listed == {out / row["path"] for row in rows} == set(out.rglob("*.mp4"))
    return [(row["video_id"], row["gloss"], int(row["label"]), row["split"] or None) for row in rows]


def from_webdataset(out: Path) -> list[Row]:
    rows = []
    for shard in sorted(out.glob("*.tar")):
        split = shard.name.split("-")[0]
        for item in read_shard(shard):
            assert {"mp4", "npy", "cls", "json"} <= set(item)
            row = item["json"]
            rows.append((row["video_id"], row["gloss"], item["cls"], None if split == "all" else split))
    return in_order(rows)


def from_kaggle(out: Path) -> list[Row]:
    train = pandas.read_csv(out / "train.csv", dtype={"sign": str}, keep_default_na=False)
    clips = pandas.read_csv(out / "clips.csv", dtype={"video_id": str}, keep_default_na=False)
    assert clips["gloss"].tolist() == train["sign"].tolist()
    for path, frames in zip(train["path"], clips["frames"], strict=True):
        assert len(pq.read_table(out / path, columns=["x", "y", "z"])) == 543 * frames
    columns = (clips[name].tolist() for name in ("video_id", "gloss", "label", "split"))
    return [(id, gloss, label, split or None) for id, gloss, label, split in zip(*columns, strict=True)]


READERS: dict[type, Callable[[Path], list[Row]]] = {
    Arrays: from_arrays,
    Augmented: from_augmented,
    Crops: from_crops,
    Manifest: from_manifest,
    Poses: from_poses,
    Lexicon: from_lexicon,
    Clips: from_clips,
    Kinetics: from_kinetics,
    HuggingFace: from_huggingface,
    WebDataset: from_webdataset,
    Kaggle: from_kaggle,
}
"""How to get id, gloss, label and split back out of each export's files; an export of ours without one is a failure."""


@exports
def test_round_trip_and_labels(name: str, samples: list[Sample], tmp_path: Path) -> None:
    made = spec(name)
    out = tmp_path / "out"
    write(made, samples, out)
    rows = READERS[type(made)](out)
    asked = [s for s in samples if s.entry.split == "train" or not isinstance(made, Augmented)]
    if isinstance(made, Counted):
        assert made.counted(out) == (len(asked), len(asked) * (len(FORMS) if isinstance(made, Augmented) else 1))
    assert rows == [(s.entry.id, s.entry.gloss, s.label, s.entry.split) for s in asked]
    assert all(WORDS.glosses[label] == gloss for _, gloss, label, _ in rows)
    mapped = json.loads((out / "label_map.json").read_text("utf-8"))
    assert mapped == {gloss: label for label, gloss in enumerate(WORDS.glosses)}
