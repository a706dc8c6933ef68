"""Clips become tensors of one shape, the same under one seed however many workers load them."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from chereme.errors import DatasetError, SettingsError
from chereme.frames.encode import write_video
from chereme.training.data import Clips, Loading, Row, balanced, loader, read_manifest
from tests.conftest import ROOT

PLAIN = Loading(frames=8, stride=1, short_side=32, size=24, mean=(0, 0, 0), std=(1, 1, 1))


def gray(frame: int) -> int:
    return 20 + 15 * (frame % 15)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of 5, 12 and 40 frames, each frame of one gray, red at its left edge; a manifest of them."""
    out = tmp_path_factory.mktemp("clips")
    lines = ["split,gloss,label,video_id,path,frames,start_seconds"]
    for number, (count, split) in enumerate(((5, "train"), (12, "train"), (40, "val"), (12, "train"))):
        frames = []
        for i in range(count):
            pixels = np.full((48, 64, 3), gray(i), np.uint8)
            pixels[:, :16] = 220, 20, 20
            frames.append(pixels)
        write_video(out / "videos" / f"{number}.mp4", frames, 25, crf=5)
        lines.append(f"{split},g{number % 2},{number % 2},{number},videos/{number}.mp4,{count},3.2")
    (out / "manifest.csv").write_text("\n".join(lines))
    return out


def levels(tensor: torch.Tensor) -> list[int]:
    """Which gray each frame is of, at its right edge."""
    return [round((float(frame[:, :, -4:].mean()) * 255 - 20) / 15) for frame in tensor]


def test_a_clip_is_frames_channels_height_width(folder: Path) -> None:
    clips = Clips.of(folder / "manifest.csv", "train")
    tensor, label = clips[1]
    assert (tensor.shape, tensor.dtype, label) == ((32, 3, 112, 112), torch.float32, 1)
    assert len(clips) == 3
    assert clips.labels == [0, 1, 1]
    mean, std = torch.tensor(clips.loading.mean), torch.tensor(clips.loading.std)
    plain = replace(clips.loading, mean=(0, 0, 0), std=(1, 1, 1))
    raw, _ = Clips(rows=clips.rows, loading=plain)[1]
    torch.testing.assert_close(tensor, (raw - mean[:, None, None]) / std[:, None, None])
    assert 0 <= raw.min() <= raw.max() <= 1
    assert clips[-1][1] == 1


@pytest.mark.parametrize(
    ("place", "loading", "shown"),
    [
        (0, replace(PLAIN, pad="loop"), [0, 1, 2, 3, 4, 0, 1, 2]),
        (0, replace(PLAIN, pad="edge"), [0, 1, 2, 3, 4, 4, 4, 4]),
        (0, replace(PLAIN, stride=2), [0, 2, 4, 0, 2, 4, 0, 2]),
        (1, replace(PLAIN, stride=2), [0, 2, 4, 6, 8, 10, 0, 2]),
        (1, PLAIN, [0, 2, 3, 5, 6, 8, 9, 11]),
    ],
)
def test_which_frames(place: int, loading: Loading, shown: list[int], folder: Path) -> None:
    clips = Clips.of(folder / "manifest.csv", loading=loading)
    assert levels(clips[place][0]) == shown


@given(
    length=st.integers(1, 400),
    frames=st.integers(1, 64),
    stride=st.integers(1, 5),
    pad=st.sampled_from(["loop", "edge"]),
)
def test_indices_lie_in_the_clip(length: int, frames: int, stride: int, pad: Any) -> None:
    index = Loading(frames=frames, stride=stride, pad=pad).index(length)
    own = Loading(frames=frames, stride=stride, pad=pad).own(length)
    assert (np.diff(index[:own]) > 0).all(), "its own frames are each another one"
    assert set(index[own:]) <= set(index[:own]), "the others repeat some of them"
    assert index.shape == (frames,)
    assert 0 <= index.min() <= index.max() < length
    if -(-length // stride) >= frames:
        assert (np.diff(index) > 0).all(), "none twice, in order"
        assert frames == 1 or index[-1] - index[0] >= (frames - 1) * (length - 1) // frames - frames


def test_a_part_of_a_file(folder: Path) -> None:
    row = Row(id="a", path=folder / "videos" / "2.mp4", label=0, split="", first=3, stop=11)
    assert levels(Clips(rows=[row], loading=PLAIN)[0][0]) == list(range(3, 11))
    (folder / "parts.csv").write_text(
        f"split,label,video_id,path,first_frame,stop_frame\nval,0,a,{row.path.as_posix()},3,11\n"
    )
    assert read_manifest(folder / "parts.csv") == [replace(row, split="val")]


def test_random_crops_differ_between_epochs_and_center_ones_do_not(folder: Path) -> None:
    for crop, differ in (("center", False), ("random", True)):
        clips = Clips.of(folder / "manifest.csv", loading=replace(PLAIN, crop=crop))  # type: ignore[arg-type]
        first = clips[2][0]
        torch.testing.assert_close(clips[2][0], first, rtol=0, atol=0)
        clips.set_epoch(1)
        assert (not torch.equal(clips[2][0], first)) == differ


def test_flipping_is_opt_in(folder: Path) -> None:
    def red_left(loading: Loading) -> list[bool]:
        clips = Clips.of(folder / "manifest.csv", loading=loading)
        found = []
        for epoch in range(12):
            clips.set_epoch(epoch)
            red = clips[1][0][0, 0] - clips[1][0][0, 1]
            found.append(bool(red[:, :4].mean() > red[:, -4:].mean()))
        return found

    assert all(red_left(PLAIN))
    assert set(red_left(replace(PLAIN, flip=True))) == {True, False}


def test_many_workers_give_what_one_gives(folder: Path) -> None:
    """In a process of its own: in one where other tests had loaded much else, PyTorch crashed as its workers ended."""
    program = f"from {__name__} import compare; compare({str(folder)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=300)


def compare(folder: str) -> None:
    loading = replace(PLAIN, crop="random", flip=True)

    def batches(workers: int, seed: int = 3) -> list[tuple[torch.Tensor, torch.Tensor]]:
        clips = Clips.of(Path(folder) / "manifest.csv", loading=loading, seed=seed)
        loaded = loader(clips, batch=2, workers=workers, shuffle=True)
        found = []
        for epoch in range(2):
            clips.set_epoch(epoch)
            found += [tuple(batch) for batch in loaded]
        return found

    here = batches(0)
    for (one, labels), (other, others) in zip(here, batches(2), strict=True):
        assert torch.equal(one, other)
        assert torch.equal(labels, others)
    assert here[0][0].shape == (2, 8, 3, 24, 24)
    assert not all(torch.equal(one[0], other[0]) for one, other in zip(here, batches(0, seed=4), strict=True))


def test_the_sampler_draws_classes_alike() -> None:
    labels = [0] * 900 + [1] * 90 + [2] * 10
    drawn = np.bincount([labels[place] for place in balanced(labels, seed=1)])
    assert drawn.sum() == 1000
    assert drawn.min() > 280
    assert list(balanced(labels, seed=1)) == list(balanced(labels, seed=1))
    with pytest.raises(SettingsError, match="choose one"):
        loader(Clips(rows=[]), shuffle=True, balance=True)


def test_it_is_a_dataset_for_any_loader(folder: Path) -> None:
    clips: Any = Clips.of(folder / "manifest.csv", "val", loading=PLAIN)
    ((pictures, labels),) = DataLoader(clips, batch_size=4)
    assert (tuple(pictures.shape), labels.tolist()) == ((1, 8, 3, 24, 24), [0])


def test_trouble_names_the_file(folder: Path, tmp_path: Path) -> None:
    gone = Row(id="a", path=tmp_path / "gone.mp4", label=0, split="")
    with pytest.raises(DatasetError, match=r"gone\.mp4.*missing_file"):
        Clips(rows=[gone])[0]
    with pytest.raises(DatasetError, match="span_outside"):
        Clips(rows=[replace(gone, path=folder / "videos" / "0.mp4", first=3, stop=9)])[0]
    with pytest.raises(DatasetError, match="no clip of the split 'test'"):
        Clips.of(folder / "manifest.csv", "test")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_manifest(tmp_path / "no.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="no manifest of clips"):
        read_manifest(tmp_path / "other.csv")


@pytest.mark.parametrize(
    "wrong", [{"frames": 0}, {"stride": 0}, {"pad": "x"}, {"crop": "x"}, {"size": 200}, {"std": (1, 0, 1)}]
)
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Loading(**wrong)
