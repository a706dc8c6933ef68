"""Tables of asl-signs become tracks: what the export of that layout wrote comes back to the bit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chereme.catalog.table import Table
from chereme.errors import Rejected
from chereme.exports.kaggle import Kaggle, rows_of
from chereme.landmarks.recorded import is_recording, probe_recording, read_recording, read_track
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.skeleton import HANDS, HOLISTIC
from chereme.types import Shot, Vocabulary
from tests.exports.clips import sample
from tests.factories import make_entry, make_still


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twelve frames, the last two unseen."""
    pq.write_table(rows_of(make_still(HOLISTIC, 12, seen=10)), tmp_path / "1.parquet")
    return tmp_path / "1.parquet"


def shot_of(path: Path) -> Shot:
    media, seconds = probe_recording(path)
    assert len(seconds) == media.frames
    return Shot(entry=make_entry(), media=media, first=0, stop=media.frames)


def test_points_come_back(path: Path) -> None:
    was = make_still(HOLISTIC, 12, seen=10)
    assert is_recording(path)
    track = read_track(shot_of(path), np.arange(12), HOLISTIC)
    for part in ("face", "left_hand", "body", "right_hand"):
        np.testing.assert_allclose(track.points[:, HOLISTIC[part]], was.points[:, HOLISTIC[part]], rtol=1e-6)
    assert not track.score[:, HOLISTIC["body_world"]].any()
    assert not track.score[10:].any()
    hands = read_track(shot_of(path), np.array([1, 3]), HANDS)
    np.testing.assert_array_equal(hands.points, track.points[[1, 3], HOLISTIC["left_hand"].start :][:, :42])


def test_frames_count_from_the_first_and_may_lack_some(path: Path) -> None:
    rows = pq.read_table(path)
    later = rows.set_column(0, "frame", pa.array(rows["frame"].to_numpy() + 20))
    pq.write_table(pa.concat_tables([later.slice(0, 543), later.slice(3 * 543)]), path)
    found = read_recording(path)
    assert found.points.shape == (12, 543, 3)
    assert found.confidence.any(axis=1).tolist() == [True, False, False, *[True] * 7, False, False]


def _without(name: str) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: rows.drop_columns([name])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_without("type"), "not_a_pose"),
        (_without("z"), "not_a_pose"),
        (lambda rows: rows.slice(0, 0), "no_frames"),
        (lambda rows: rows.set_column(2, "type", pa.array(["ear"] * len(rows))), "not_a_pose"),
        (lambda rows: rows.set_column(3, "landmark_index", pa.array([468] * len(rows))), "not_a_pose"),
        (lambda rows: rows.set_column(0, "frame", pa.array(np.arange(len(rows)) * 10**9)), "not_a_pose"),
        (lambda rows: rows.set_column(0, "frame", pa.nulls(len(rows), pa.int16())), "not_a_pose"),
        (lambda rows: rows.set_column(4, "x", pa.array(["a"] * len(rows))), "not_a_pose"),
    ],
)
def test_other_tables_are_a_reason(spoil: Callable[[pa.Table], pa.Table], reason: str, path: Path) -> None:
    pq.write_table(spoil(pq.read_table(path)), path)
    with pytest.raises(Rejected, match=reason):
        read_recording(path)


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty_file"), (b"PAR1 no", "not_a_pose")])
def test_other_bytes_are_a_reason(data: bytes, reason: str, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(Rejected, match=reason):
        read_recording(path)
    path.unlink()
    with pytest.raises(Rejected, match="missing_file"):
        read_recording(path)


def test_a_collection_in_that_layout_is_built_without_video(tmp_path: Path) -> None:
    samples = []
    for number, gloss in enumerate(("book", "where")):
        track = make_still(HOLISTIC, 40, seed=number)
        base = sample(track, id=str(100 + number), gloss=gloss, label=number)
        entry = replace(base.entry, signer="7")
        samples.append(replace(base, track=replace(base.track, shot=replace(base.track.shot, entry=entry))))
    made = tmp_path / "asl-signs"
    made.mkdir()
    list(Kaggle().write(((s, Kaggle().prepare(s)) for s in samples), made, Vocabulary(("book", "where"))))  # type: ignore[misc]
    summary = build(
        Build(
            dataset="csv",
            csv=Table(id="sequence_id"),
            metadata=made / "train.csv",
            videos=(made,),
            out=tmp_path / "built",
            export=("arrays",),
            executor="here",
        )
    )
    assert (summary["kept"], summary["rejected"]) == (2, {})
    with np.load(tmp_path / "built" / "exports" / "arrays" / "landmarks.npz") as npz:
        assert npz["video_ids"].tolist() == ["100", "101"]
        hands = samples[0].track.points[::2, HOLISTIC["left_hand"].start : HOLISTIC["right_hand"].stop]
        np.testing.assert_allclose(npz["sequences"][0][:20], hands.reshape(20, 126), rtol=1e-6)
