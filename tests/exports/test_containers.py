"""Exports in other people's forms, read back by their own readers."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pandas
import pyarrow.parquet as pq
import pytest
from pose_format import Pose

from chereme.contracts import Export
from chereme.errors import SettingsError
from chereme.exports.clips import Clips
from chereme.exports.huggingface import HuggingFace
from chereme.exports.kaggle import Kaggle
from chereme.exports.kinetics import Kinetics
from chereme.exports.webdataset import WebDataset
from chereme.frames.probe import probe
from chereme.plan import Every, FramePlan
from chereme.skeleton import HOLISTIC
from chereme.types import Reject, Sample, Track, Vocabulary
from tests.exports.clips import sample, squares
from tests.exports.shards import read_shard
from tests.factories import make_entry, make_still

WORDS = Vocabulary(("book", "don't want"))


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """A hand that moves over 12 frames, of which every second is tracked."""
    places = [(80.0 + 8 * i, 120.0) for i in range(6)]
    return squares(tmp_path_factory.mktemp("video") / "a.mp4", places, index=range(0, 12, 2), frames=12)


@pytest.fixture(scope="module")
def samples(track: Track) -> list[Sample]:
    rows = (
        ("x.1", "book", "train"), ("x_1", "don't want", "train"), ("a/b", "book", "train"), ("2", "book", "val"),
        ("007", "don't want", "test"), ("7", "book", None),
    )  # fmt: skip
    return [sample(track, id=i, gloss=g, label=WORDS.glosses.index(g), split=s) for i, g, s in rows]  # type: ignore[arg-type]


def write(export: Export, samples: list[Sample], out: Path) -> list[Path]:
    out.mkdir(parents=True)
    return list(export.write(((each, export.prepare(each)) for each in samples), out, WORDS))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_webdataset_reads_its_shards(samples: list[Sample], track: Track, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(WebDataset(samples=2), samples, out)
    names = ["all-000000", "test-000000", "train-000000", "train-000001", "val-000000"]
    assert [path.stem for path in sorted(out.glob("*.tar"))] == names
    first, second = read_shard(out / "train-000000.tar")
    assert len(read_shard(out / "train-000001.tar")) == 1
    assert first["json"]["video_id"] == "x.1"
    assert "." not in first["__key__"]
    assert first["__key__"] != second["__key__"], "x.1 and x_1 stay apart"
    assert (first["cls"], second["cls"]) == (0, 1)
    assert first["npy"].shape == (12, len(track.skeleton), 3)
    np.testing.assert_array_equal(first["npy"][track.index], track.points)
    assert np.isnan(first["npy"][1::2]).all(), "frames that were not tracked"
    (tmp_path / "clip.mp4").write_bytes(first["mp4"])
    assert probe(tmp_path / "clip.mp4").media.frames == 12 == first["json"]["frames"]


def test_webdataset_holds_what_is_asked_for(samples: list[Sample], tmp_path: Path) -> None:
    spec = WebDataset(video=False, landmarks=False, pose=True, megabytes=1e-6)
    assert spec.needs == FramePlan((Every(),))
    assert WebDataset(landmarks=False).needs == FramePlan(())
    paths = write(spec, samples, tmp_path / "out")
    (item,) = read_shard(tmp_path / "out" / "train-000000.tar")
    assert {key for key in item if not key.startswith("__")} == {"pose", "cls", "json"}
    assert Pose.read(item["pose"]).body.data.shape[:2] == (12, 1)
    assert len([path for path in paths if path.suffix == ".tar"]) == len(samples), "a shard is full at once"
    with pytest.raises(SettingsError):
        WebDataset(samples=0)


LOAD = """
import json, sys
from datasets import Video, load_dataset
loaded = load_dataset("videofolder", data_dir=sys.argv[1], cache_dir=sys.argv[2])
rows = {split: list(table.cast_column("video", Video(decode=False))) for split, table in loaded.items()}
print(json.dumps(rows))
"""


@pytest.mark.parametrize("metadata", ["csv", "parquet"])
def test_datasets_reads_a_folder_of_videos(
    metadata: Literal["csv", "parquet"], samples: list[Sample], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write(HuggingFace(metadata=metadata), samples[:-1], out)
    # In a process of its own: the library leaves files and threads behind.
    command = [sys.executable, "-c", LOAD, str(out), str(tmp_path / "cache")]
    told = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"}, timeout=120
    )
    assert told.returncode == 0, told.stderr
    loaded = json.loads(told.stdout)
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 3, "validation": 1, "test": 1}
    assert [row["gloss"] for row in loaded["train"]] == ["book", "don't want", "book"]
    assert [row["label"] for row in loaded["train"]] == [0, 1, 0]
    if metadata == "parquet":
        assert [row["video_id"] for rows in loaded.values() for row in rows] == ["x.1", "x_1", "a/b", "2", "007"]
    for row in loaded["train"]:
        with av.open(row["video"]["path"]) as film:
            assert sum(1 for _ in film.decode(video=0)) == row["frames"] == 12


@pytest.mark.parametrize("prefix", ["", "/data/clips/"])
def test_kinetics_lists(prefix: str, samples: list[Sample], tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(Kinetics(prefix=prefix), samples, out)
    listed = pandas.read_csv(out / "train.csv", sep=" ", header=None)
    assert listed[1].tolist() == [0, 1, 0]
    for path in listed[0]:
        assert path.startswith(prefix)
        assert (out / path.removeprefix(prefix)).is_file()
    assert [len((out / f"{name}.csv").read_text().splitlines()) for name in ("val", "test", "all")] == [1, 1, 1]
    with pytest.raises(SettingsError, match="space"):
        Kinetics(prefix="a b")


def test_clips_tell_what_they_cover(samples: list[Sample], tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(Clips(), samples, out)
    rows = table(out / "coverage.csv")
    assert [(row["split"], row["gloss"], row["clips"]) for row in rows if row["split"] == "train"] == [
        ("train", "book", "2"),
        ("train", "don't want", "1"),
    ]
    assert {row["clips"] for row in rows if row["split"] == "val"} == {"0", "1"}
    durations = json.loads((out / "durations.json").read_text())
    assert durations["all"]["clips"] == len(samples)
    assert durations["all"]["mean"] == durations["splits"]["train"]["p95"] == pytest.approx(12 / 25)
    assert Clips().intact(out)
    row = table(out / "manifest.csv")[0]
    (out / row["path"]).write_bytes((out / row["path"]).read_bytes()[:-1] + b"x")
    assert not Clips().intact(out)


def signed(skeleton: Any, **facts: Any) -> Sample:
    """A still clip of 4 frames, of which the last is unseen."""
    track = make_still(skeleton, 4, seen=3)
    shot = replace(track.shot, entry=make_entry(**facts))
    base = sample(track)
    return replace(base, track=replace(track, shot=shot), label=WORDS.glosses.index(shot.entry.gloss))


def test_kaggle_layout(tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = [
        signed(HOLISTIC, id="00335", signer="118", split="train"),
        signed(HOLISTIC, id="335", gloss="don't want", signer="anna"),
        signed(HOLISTIC, id="clip"),
    ]
    write(Kaggle(), given, out)
    train = pandas.read_csv(out / "train.csv")
    assert train.columns.tolist() == ["path", "participant_id", "sequence_id", "sign"]
    assert train["sign"].tolist() == ["book", "don't want", "book"]
    assert train["sequence_id"].is_unique
    assert train["sequence_id"].dtype == train["participant_id"].dtype == np.int64
    assert train["path"][0] == "train_landmark_files/118/335.parquet"
    assert train["participant_id"][2] == 0
    assert json.loads((out / "sign_to_prediction_index_map.json").read_text()) == {"book": 0, "don't want": 1}
    clip = pq.read_table(out / train["path"][0])
    assert clip.schema.names == ["frame", "row_id", "type", "landmark_index", "x", "y", "z"]
    assert len(clip) == 4 * 543
    # As the winning programs of the competition read it.
    data = pandas.read_parquet(out / train["path"][0], columns=["x", "y", "z"]).to_numpy().reshape(-1, 543, 3)
    points = given[0].track.points
    for start, part in ((0, "face"), (468, "left_hand"), (489, "body"), (522, "right_hand")):
        inside = HOLISTIC[part]
        np.testing.assert_array_equal(data[:, start : start + inside.stop - inside.start], points[:, inside])
    assert np.isnan(data[3]).all()
    rows = clip.slice(543 + 467, 2).to_pylist()
    assert [(r["frame"], r["row_id"], r["type"], r["landmark_index"]) for r in rows] == [
        (1, "1-face-467", "face", 467),
        (1, "1-left_hand-0", "left_hand", 0),
    ]


def test_kaggle_of_hands_alone_and_of_nobody(track: Track) -> None:
    data = Kaggle().prepare(sample(track))
    assert isinstance(data, bytes)
    points = pq.read_table(io.BytesIO(data)).to_pandas()[["x", "y", "z"]].to_numpy().reshape(12, 543, 3)
    assert np.isnan(points[:, :468]).all()
    np.testing.assert_array_equal(points[track.index, 522:], track.points[:, track.skeleton["right_hand"]])
    unseen = replace(track, points=np.full_like(track.points, np.nan), score=np.zeros_like(track.score))
    nobody = Kaggle().prepare(sample(unseen))
    assert isinstance(nobody, Reject)
    assert nobody.reason == "no_hands"
