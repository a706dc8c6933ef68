import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest

from chereme.catalog.wlasl import Wlasl
from chereme.errors import OutputError, SettingsError
from chereme.synth.collection import Collection

TINY = Collection(signs=2, signers=3, width=64, height=64, fps=10, seconds=0.8)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    assert TINY.write(out) == out / "metadata.json"
    return out


def test_metadata_has_wlasl_s_form(written: Path) -> None:
    metadata = json.loads((written / "metadata.json").read_text())
    assert [entry["gloss"] for entry in metadata] == ["hello", "book"]
    for entry in metadata:
        assert set(entry) == {"gloss", "instances"}
        assert [instance["split"] for instance in entry["instances"]] == ["train", "val", "test"]
        assert [instance["signer_id"] for instance in entry["instances"]] == [1, 2, 3]
        assert [instance["instance_id"] for instance in entry["instances"]] == [0, 1, 2]
        for instance in entry["instances"]:
            fixed = {"fps": 25, "frame_start": 1, "frame_end": -1, "source": "drawn", "url": "", "variation_id": 0}
            assert instance.items() >= fixed.items()
            x0, y0, x1, y1 = instance["bbox"]
            assert 0 <= x0 < x1 <= 64
            assert 0 <= y0 < y1 <= 64
    entries = list(Wlasl().read(written / "metadata.json"))
    assert len({entry.id for entry in entries}) == 6


def test_joints_go_with_the_video_frame_by_frame(written: Path) -> None:
    for video in (written / "videos").iterdir():
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height, float(stream.average_rate or 0)) == (64, 64, 10)
            frames = sum(1 for _ in container.decode(stream))
        with np.load(written / "joints" / f"{video.stem}.npz", allow_pickle=False) as truth:
            points, visible, (first, stop) = truth["points"], truth["visible"], truth["middle"]
        assert points.dtype == np.float32
        assert points.shape == (frames, 2, 21, 3)
        assert np.array_equal(visible, ~np.isnan(points).any(axis=(2, 3)))
        assert 0 < first < stop < frames
        assert not visible[[0, -1]].any()


def test_the_same_bytes_for_any_number_of_workers(written: Path, tmp_path: Path) -> None:
    replace(TINY, workers=2).write(tmp_path)
    assert digests(tmp_path) == digests(written)


def test_an_interrupted_run_goes_on_and_a_finished_one_draws_nothing(written: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def stop_after_three(done: int, total: int) -> None:
        told.append((done, total))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TINY.write(tmp_path, stop_after_three)
    assert not (tmp_path / "metadata.json").exists()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "videos").iterdir()}
    assert len(before) == 3
    (tmp_path / "joints" / "0100201.npz").write_bytes(b"half a file")

    told.clear()
    TINY.write(tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(3, 6), (4, 6), (5, 6), (6, 6)]
    assert digests(tmp_path) == digests(written)
    kept = {path for path, time in before.items() if path.stat().st_mtime_ns == time}
    assert {path.stem for path in kept} == {"0100101", "0100301"}

    told.clear()
    TINY.write(tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(6, 6)]


def test_other_settings_draw_clips_again(written: Path) -> None:
    clip, other = (next(settings.clips()) for settings in (TINY, replace(TINY, seed=1)))
    assert clip.finished(written)
    assert clip.id == other.id
    assert not other.finished(written)


@pytest.mark.parametrize(
    ("signers", "takes", "splits"),
    [
        (1, 1, ["train"]),
        (2, 1, ["train", "test"]),
        (1, 3, ["train", "val", "test"]),
        (6, 1, ["train"] * 4 + ["val", "test"]),
        (14, 1, ["train"] * 10 + ["val"] * 2 + ["test"] * 2),
    ],
)
def test_splits_share_no_signer_where_there_are_enough(signers: int, takes: int, splits: list[str]) -> None:
    clips = list(Collection(signs=1, signers=signers, takes=takes).clips())
    assert [clip.split for clip in clips] == splits


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"signs": 99}, "signs must be 1 to 16, not 99"),
        ({"signers": 0}, "signers must be at least 1"),
        ({"width": 321}, "width must be even"),
        ({"width": 100, "height": 200}, "too narrow"),
        ({"fps": 0}, "fps must be"),
        ({"crf": 60}, "crf must be"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Collection(**settings)


def test_a_file_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        TINY.write(tmp_path / "taken")


def test_the_committed_collection_is_whole(drawn: Path) -> None:
    metadata = json.loads((drawn / "metadata.json").read_text())
    for entry in metadata:
        assert {instance["split"] for instance in entry["instances"]} == {"train", "val", "test"}
        for instance in entry["instances"]:
            assert (drawn / "videos" / f"{instance['video_id']}.mp4").is_file()
            assert (drawn / "joints" / f"{instance['video_id']}.npz").is_file()
    assert sum(path.stat().st_size for path in drawn.rglob("*") if path.is_file()) < 3_000_000
