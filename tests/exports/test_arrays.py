from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from chereme.exports.arrays import Arrays
from chereme.samples.sequence import FEATURES, Features
from chereme.skeleton import FACE
from chereme.types import Reject, Sample, Split, Vocabulary
from tests.exports.clips import sample
from tests.factories import make_still
from tests.samples.clips import clip

WORDS = Vocabulary(("book", "don't want"))


def samples() -> list[Sample]:
    def one(frames: int, x: float, **facts: Any) -> Sample:
        return sample(clip([(x, 100.0)] * frames), **facts)

    train: Split = "train"
    return [
        one(80, 100.0, id="b", gloss="book", label=0, split=train),
        one(20, 200.0, id="00335", gloss="don't want", label=1),
    ]


def write(spec: Arrays, given: list[Sample], out: Path) -> list[str]:
    prepared = ((each, spec.prepare(each)) for each in given)
    return [path.relative_to(out).as_posix() for path in spec.write(prepared, out, WORDS)]  # type: ignore[arg-type]


def test_npz_is_the_very_file_that_numpy_writes(tmp_path: Path) -> None:
    write(Arrays(), samples(), tmp_path)
    with np.load(tmp_path / "landmarks.npz", allow_pickle=False) as npz:
        np.savez(tmp_path / "again.npz", **dict(npz))
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "landmarks.npz").read_bytes()


def test_npz(tmp_path: Path) -> None:
    assert write(Arrays(), samples(), tmp_path) == ["landmarks.parquet", "landmarks.npz", "label_map.json"]
    with np.load(tmp_path / "landmarks.npz", allow_pickle=False) as npz:
        assert npz["sequences"].shape == (2, 32, 126)
        assert npz["sequences"].dtype == np.float32
        assert npz["labels"].dtype == np.int64
        assert npz["labels"].tolist() == [0, 1]
        assert npz["video_ids"].tolist() == ["b", "00335"]
        assert npz["glosses"].tolist() == ["book", "don't want"]
        assert npz["splits"].tolist() == ["train", ""]
        assert npz["lengths"].tolist() == [32, 10]
        assert npz["mask"].dtype == bool
        assert npz["mask"].sum(axis=1).tolist() == [32, 10]
        assert npz["feature_names"].tolist() == list(FEATURES)
        x = npz["sequences"][:, :, FEATURES.index("right_hand.WRIST.x")] * 320
        assert x[0].tolist() == pytest.approx([100] * 32)
        assert x[1].tolist() == pytest.approx([200] * 10 + [0] * 22)


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    write(Arrays(length=12), samples(), tmp_path)
    rows = pq.read_table(tmp_path / "landmarks.parquet").to_pylist()
    with np.load(tmp_path / "landmarks.npz") as npz:
        assert [row["id"] for row in rows] == npz["video_ids"].tolist()
        assert [row["gloss"] for row in rows] == npz["glosses"].tolist()
        assert [row["label"] for row in rows] == npz["labels"].tolist()
        assert [row["length"] for row in rows] == npz["lengths"].tolist()
        assert [row["split"] for row in rows] == ["train", None]
        assert np.array_equal([row["mask"] for row in rows], npz["mask"])
        values = np.array([row["values"] for row in rows], np.float32)
        assert np.array_equal(values.reshape(-1, 12, 126), npz["sequences"])


def test_many_clips_take_several_row_groups(tmp_path: Path) -> None:
    spec, one = Arrays(length=8), samples()[0]
    features = spec.prepare(one)
    assert isinstance(features, Features)
    list(spec.write(iter([(one, features)] * 600), tmp_path, WORDS))
    groups = pq.ParquetFile(tmp_path / "landmarks.parquet").metadata
    assert (groups.num_rows, groups.num_row_groups) == (600, 3)
    with np.load(tmp_path / "landmarks.npz") as npz:
        assert np.array_equal(npz["sequences"], np.stack([features.values] * 600))


@pytest.mark.parametrize(
    ("spec", "files"),
    [
        (Arrays(parquet=False), ["landmarks.npz", "label_map.json"]),
        (Arrays(npz=False), ["landmarks.parquet", "label_map.json"]),
    ],
)
def test_only_the_forms_asked_for(spec: Arrays, files: list[str], tmp_path: Path) -> None:
    assert write(spec, samples(), tmp_path) == files
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_no_clips_are_empty_arrays(tmp_path: Path) -> None:
    write(Arrays(), [], tmp_path)
    with np.load(tmp_path / "landmarks.npz") as npz:
        assert npz["sequences"].shape == (0, 32, 126)
        assert npz["mask"].shape == (0, 32)
        assert npz["video_ids"].shape == (0,)
    assert pq.read_table(tmp_path / "landmarks.parquet").num_rows == 0


def test_a_clip_too_short_is_a_reject() -> None:
    reject = Arrays(min_frames=8).prepare(sample(clip([(1.0, 1.0)] * 14), id="short"))
    assert isinstance(reject, Reject)
    assert (reject.id, reject.stage, reject.reason) == ("short", "deliver", "too_few_frames")


def test_a_face_is_a_sequence_too(tmp_path: Path) -> None:
    given = Sample(track=make_still(FACE), label=0, quality=samples()[0].quality)
    write(Arrays(length=8), [given], tmp_path)
    with np.load(tmp_path / "landmarks.npz") as npz:
        assert npz["sequences"].shape == (1, 8, 468 * 3)
        assert npz["feature_names"][-1] == "face.467.z"
