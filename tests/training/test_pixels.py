"""Clips and pictures out of a build: each clip once, in its split, varied in training alone."""

import json
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from chereme.errors import CheremeError, DatasetError, SettingsError
from chereme.training.checkpoint import Checkpoint, open_recognizer
from chereme.training.evaluate import evaluate
from chereme.training.fit import Fit, train
from chereme.training.form import read_material
from chereme.training.jitter import Jitter
from chereme.training.pixels import Held, Pixels, read_clips, read_pictures
from chereme.training.recognizers.hand_image import HandImage
from chereme.training.recognizers.video import Video
from tests.commands import run
from tests.conftest import ROOT
from tests.fragile.marks import DIES, fragile, marked
from tests.training.looks import GLOSSES, SPLITS, build_clips, build_pictures, clips

torch.set_num_threads(1)

VIDEO = Video(frames=4, stride=2, short_side=40, size=32, width=8, places=4, features=16)
IMAGE = HandImage(size=32, width=6, places=4)
QUICK = Fit(epochs=2, batch=4, device="cpu", patience=0)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pictures(build_clips(tmp_path_factory.mktemp("built")), count=3)


@pytest.mark.parametrize("spec", [VIDEO, IMAGE], ids=["clips", "pictures"])
def test_each_clip_once_and_in_its_split(spec: Any, out: Path) -> None:
    material = read_material(out, spec)
    known = {id: (gloss, f"s{signer}", split) for id, gloss, signer, split in clips()}
    assert sorted(material.ids) == sorted(known)
    for place, id in enumerate(material.ids):
        gloss, signer, split = known[id]
        assert material.vocabulary.glosses[material.labels[place]] == gloss
        assert (material.signers[place], material.splits[place]) == (signer, split)
    parts = [set(material.split(name).ids) for name in ("train", "val", "test")]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(known)
    assert len(material.split("train")) == len(GLOSSES) * SPLITS.count("train")


def test_all_pictures_of_a_clip_are_its_own(out: Path) -> None:
    material = read_material(out, IMAGE)
    assert isinstance(material, Pixels)
    for id, files in zip(material.ids, material.files, strict=True):
        assert [file.stem for file in files] == [f"{id}-{number}" for number in range(3)]
    values, mask = material.show(0)
    assert values.shape == (3, 32, 32, 3)
    assert mask.all()
    changed, one = material.vary(0, QUICK, np.random.default_rng(0))
    assert (changed.shape, one.tolist()) == ((1, 32, 32, 3), [True])


def test_only_the_train_split_is_changed(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def change(self: Jitter, pixels: Any, size: int, random: Any) -> Any:
        seen.append(len(pixels))
        return pixels[:, :size, :size]

    monkeypatch.setattr(Jitter, "change", change)
    material = read_material(out, VIDEO)
    train(material, "video", VIDEO, replace(QUICK, epochs=1), tmp_path)
    assert len(seen) == len(material.split("train"))


@pytest.mark.parametrize("spec", [VIDEO, IMAGE], ids=["clips", "pictures"])
def test_a_run_that_goes_on_comes_to_the_same(spec: Any, out: Path, tmp_path: Path) -> None:
    name, fit = "video" if spec is VIDEO else "hand-image", replace(QUICK, mixup=0.4)
    train(read_material(out, spec), name, spec, fit, tmp_path / "whole")

    def stop(row: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(read_material(out, spec), name, spec, fit, tmp_path / "cut", told=stop)
    train(read_material(out, spec), name, spec, fit, tmp_path / "cut", resume=True)
    one, other = (Checkpoint.load(tmp_path / each / "last.pt").weights for each in ("whole", "cut"))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_clips_are_judged_as_they_were_cut(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(read_material(out, VIDEO), "video", VIDEO, replace(QUICK, epochs=1), tmp_path)
    opened = open_recognizer(tmp_path / "best.pt")
    found = evaluate(opened, out)
    assert found.counts.judged == found.counts.official == 3
    assert found.scores.unseen_signers
    assert found.scores.unseen_signers.right == found.scores.top[0].per_instance.right
    assert found.scores.seen_signers is None
    assert evaluate(opened, out / "exports" / "clips").answers.ids == found.answers.ids, "the export's folder will do"
    made = out / "exports" / "clips" / "export.json"
    record = made.read_text()
    other = json.loads(record)
    other["made"]["export"]["short_side"] = 200
    made.write_text(json.dumps(other))
    try:
        with pytest.raises(SettingsError, match=r"\[clips\] short-side = 200.*0"):
            evaluate(opened, out)
    finally:
        made.write_text(record)
    for command in (("live", "--video", str(tmp_path / "a.mp4")), ("serve", "--port", "0")):
        assert run(command[0], tmp_path / "best.pt", *command[1:]) == 2
        assert "recognizer of landmarks" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("spec", [VIDEO, IMAGE], ids=["clips", "pictures"])
def test_clips_that_cannot_be_read_any_more_are_counted_and_the_others_judged(
    spec: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = build_pictures(build_clips(tmp_path / "out"), count=1)
    name = "video" if spec is VIDEO else "hand-image"
    material = read_material(out, spec)
    train(material, name, spec, replace(QUICK, epochs=1), tmp_path / "models")
    whole = evaluate(open_recognizer(tmp_path / "models" / "best.pt"), out)
    assert (whole.counts.unreadable, whole.unreadable, whole.counts.judged) == (0, (), 3)

    def files(split: str) -> list[Path]:
        held: Any = read_material(out, spec).split(split)
        return [what[0] if spec is IMAGE else what.path for what in held.files]

    damaged, gone, _ = files("test")
    damaged.write_bytes(b"<html>")
    gone.unlink()
    files("train")[0].unlink()
    command = "evaluate", tmp_path / "models" / "best.pt", out, "--to", tmp_path / "judged"
    assert run(*command) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "officially 3, found 3, kept 3, 0 twins of clips trained on counted in, judged 1" in said
    assert "were the 2 others answered wrongly, top-1 would be" in said
    reason = "not_a_video" if spec is VIDEO else "undecodable"
    assert f"2 of 3 clips cannot be read any more and are not judged: missing_file 1, {reason} 1" in said
    told = json.loads((tmp_path / "judged" / "evaluation.json").read_text())
    assert (told["counts"]["official"], told["counts"]["judged"], told["counts"]["unreadable"]) == (3, 1, 2)
    assert sorted(each["reason"] for each in told["unreadable"]) == sorted(["missing_file", reason])
    assert len((tmp_path / "judged" / "answers.jsonl").read_text().splitlines()) == 1
    files("test")[2].unlink()
    assert run(*command) == 2
    assert "can be read any more: missing_file 2" in " ".join(capsys.readouterr().err.split())


def test_files_that_a_manifest_lists_will_do(tmp_path: Path) -> None:
    out = build_clips(tmp_path)
    (out / "exports" / "clips").rename(out / "exports" / "manifest")
    (out / "exports" / "manifest" / "export.json").write_text(json.dumps({"made": {"export": {"base": ""}}}))
    material = read_clips(out, "", VIDEO.loading())
    assert material.preparation.plain()["cut"] is None
    assert len(material) == len(clips())


def test_what_is_not_there_is_said(out: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no export clips.*make it with chereme build .* --export clips$"):
        read_clips(tmp_path, "", VIDEO.loading())
    with pytest.raises(DatasetError, match=r"has no export manifest.*--export manifest$"):
        read_clips(tmp_path, "manifest", VIDEO.loading())
    with pytest.raises(DatasetError, match="--export crops"):
        read_pictures(tmp_path, "", IMAGE.loading())
    material = read_clips(build_clips(tmp_path), "", VIDEO.loading())
    material.files[0].path.write_bytes(b"<html>")
    with pytest.raises(DatasetError, match=f"clip {material.ids[0]}.*not_a_video"):
        material.show(0)


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff\xe0 and then noise", None])
def test_a_picture_that_is_none_is_named(data: bytes | None, tmp_path: Path) -> None:
    material = read_pictures(build_pictures(tmp_path, count=2), "", IMAGE.loading())
    path = material.files[0][1]
    path.unlink() if data is None else path.write_bytes(data)
    with pytest.raises(DatasetError, match=f"{path.name}.*chereme build again"):
        material.show(0)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (b"", "DatasetError: clip .*: .*mp4: not_a_video.*chereme build again"),
        (DIES, "WorkersError: .*fewer --workers"),
    ],
    ids=["broken", "deadly"],
)
def test_trouble_in_a_loaders_process_is_told_in_a_line(mark: bytes, message: str, tmp_path: Path) -> None:
    """In a process of its own: in one where other tests had loaded much else, PyTorch crashed as its workers ended."""
    out = build_clips(tmp_path)
    path = read_clips(out, "", VIDEO.loading()).split("train").files[0].path
    path.write_bytes(marked(path.read_bytes(), mark) if mark else b"<html>")
    program = f"from {__name__} import troubled; troubled({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(message + "[^\n]*\n", done.stdout), done.stdout


def troubled(out: str) -> None:
    """Write what training says whose loader's process is one with a fragile FFmpeg."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as trained:
        fragile(patch)
        material = read_clips(Path(out), "", VIDEO.loading())
        try:
            train(material, "video", VIDEO, replace(QUICK, workers=1, epochs=1), Path(trained) / "trained")
        except CheremeError as trouble:
            sys.stdout.write(f"{type(trouble).__name__}: {trouble}\n")


def test_a_picture_outside_is_refused(tmp_path: Path) -> None:
    out = build_pictures(tmp_path, count=1)
    index = out / "exports" / "crops" / "crops.parquet"
    rows = pq.read_table(index).to_pylist()
    pq.write_table(pa.Table.from_pylist([row | {"path": "../../secret.jpg"} for row in rows]), index)
    with pytest.raises(DatasetError, match="outside"):
        read_pictures(out, "", IMAGE.loading())


def test_memory_has_a_limit_and_stays_at_home() -> None:
    held, clip = Held(100), (np.zeros((1, 8, 8, 1), np.uint8), np.ones(1, bool))
    for id in "ab":
        held.put(id, clip)
    assert held.get("a") is clip
    assert held.get("b") is None, "128 bytes are more than 100"
    assert pickle.loads(pickle.dumps(held)).get("a") is None
