"""`chereme train`, `onnx`, `evaluate` and `predict` one after the other, on a build of a few drawn clips."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch

from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.training.checkpoint import Checkpoint
from chereme.training.examples import Examples
from chereme.training.onnx_file import TOLERANCE, compare, computed
from chereme.training.preparation import Preparation
from chereme.types import Entry, Shot
from tests.commands import run

pytestmark = pytest.mark.xdist_group("commands")  # what its tests share is made once, in one process

GLOSSES = "hello", "book"
TAUGHT = "0100101", "0100201", "0200101", "0200201"
OTHERS = "0100501", "0100601", "0200501", "0200601"
SMALL = ("--recognizer", "lstm", "--lstm.first", 8, "--lstm.second", 8, "--lstm.dense", 8)
QUICK = ("--epochs", 2, "--batch", 2, "--device", "cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the commands left."""

    out: Path

    @property
    def models(self) -> Path:
        return self.out / "models" / "lstm"

    @property
    def best(self) -> Path:
        return self.models / "best.pt"


@pytest.fixture(scope="module")
def done(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("walk")
    listed = json.loads((drawn / "metadata.json").read_bytes())
    for gloss in listed:
        gloss["instances"] = [
            each | {"bbox": None} for each in gloss["instances"] if each["video_id"] in TAUGHT + OTHERS
        ]
    metadata, out = folder / "metadata.json", folder / "out"
    metadata.write_text(json.dumps([gloss for gloss in listed if gloss["instances"]]))
    where = ("--metadata", metadata, "--videos", drawn / "videos", "--out", out)
    assert run("build", *where, "--export", "arrays", "--executor", "here", "--arrays.length", 12) == 0
    assert run("train", out, *SMALL, *QUICK) == 0
    assert run("onnx", out / "models" / "lstm" / "best.pt") == 0
    return Done(out=out)


def test_epochs_are_counted_alike_in_the_table_and_on_the_way(
    done: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("train", done.out, *SMALL, "--epochs", 1, "--device", "cpu", "--to", tmp_path) == 0
    said = capsys.readouterr().out.split()
    assert said[said.index("epochs") + 1] == said[said.index("best") + 2] == "1"


def test_training_leaves_what_it_says(done: Done) -> None:
    there = {each.name for each in done.models.iterdir()}
    assert {"best.pt", "last.pt", "history.csv", "curves.png", "best.onnx"} <= there
    with (done.models / "history.csv").open(encoding="utf-8", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1"]
    assert (done.models / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_a_checkpoint_tells_of_the_clips_it_was_trained_on(done: Done) -> None:
    taught = Checkpoint.load(done.best).taught
    assert sorted(taught.ids) == sorted(TAUGHT)
    assert len(taught.signers) == 2
    examples = Examples.read(done.out)
    assert sorted(examples.ids[place] for place in taught.places(examples)) == sorted(TAUGHT)


def test_another_run_wants_another_folder_or_to_go_on(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", done.out, *SMALL, *QUICK) == 2
    assert "--resume" in capsys.readouterr().err
    assert run("train", done.out, *SMALL, *QUICK, "--resume", "--learning-rate", 1) == 2
    assert "learning-rate" in capsys.readouterr().err
    assert run("train", done.out / "nowhere", *SMALL) == 2
    assert "nowhere: there is no such folder" in " ".join(capsys.readouterr().err.split())
    assert run("train", done.out, "--recognizer", "lstn") == 2
    assert "lstm" in capsys.readouterr().err


def test_to_go_on_with_something_else_says_what_differs(
    done: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: object) -> str:
        assert run("train", done.out, "--to", tmp_path / "run", "--resume", *QUICK, *arguments) == 2
        return " ".join(capsys.readouterr().err.split())

    copytree(done.models, tmp_path / "run")
    assert "trained with other settings of it ([lstm] dense was 8 and is 9)" in refused(*SMALL[:-1], 9)
    assert "trained with another recognizer (lstm, not hierarchical)" in refused("--recognizer", "hierarchical")
    last = tmp_path / "run" / "last.pt"
    held = torch.load(last, weights_only=True)
    held["chereme"]["preparation"]["sequence"]["stride"] = 7
    torch.save(held, last)
    assert "trained with clips made otherwise ([arrays] stride was 7 and is 2)" in refused(*SMALL)
    held["chereme"]["vocabulary"] = ["hello", "wind"]
    torch.save(held, last)
    assert "trained with other signs (new: book; gone: wind)" in refused(*SMALL)


def test_a_checkpoint_of_an_older_form_is_named(done: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = torch.load(done.best, weights_only=True)
    held["chereme"]["form"] = 1
    torch.save(held, tmp_path / "old.pt")
    assert run("evaluate", tmp_path / "old.pt", done.out) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "old.pt: a checkpoint of form 1" in said
    assert "of lstm those of form 2 are read; train it again" in said


def test_a_folder_in_place_of_a_checkpoint_names_those_in_it(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (done.models, done.out):
        assert run("predict", folder, "x.mp4") == 2
        said = capsys.readouterr().err.replace("\n", "")
        assert f"is a folder; name the file of a recognizer first, such as {done.best}" in said
    assert run("predict", done.out / "exports", "x.mp4") == 2
    assert "there is no best.pt in it" in " ".join(capsys.readouterr().err.split())


def test_examples_are_the_builds_own(done: Done) -> None:
    examples = Examples.read(done.out)
    assert sorted(examples.ids) == sorted(TAUGHT + OTHERS)
    assert sorted(examples.vocabulary.glosses) == sorted(GLOSSES)
    assert len(examples) == len(examples.points) == len(examples.mask) == 8
    assert examples.points.shape[1:] == (12, 42, 3)
    for id, split in zip(examples.ids, examples.splits, strict=True):
        assert (split == "train") == (id in TAUGHT)
    assert all(examples.signers)
    for gloss, id in zip((examples.vocabulary.glosses[label] for label in examples.labels), examples.ids, strict=True):
        assert gloss == {"01": "hello", "02": "book"}[id[:2]]
    assert np.isnan(examples.points[~examples.mask]).all()
    assert np.isfinite(examples.points[examples.mask]).any()


def test_a_preparation_does_to_a_video_what_the_build_did(done: Done, drawn: Path) -> None:
    examples = Examples.read(done.out)
    made = Checkpoint.load(done.best).preparation
    assert isinstance(made, Preparation)
    assert made == examples.preparation == Preparation.restored(json.loads(json.dumps(made.plain())))
    video = drawn / "videos" / f"{OTHERS[0]}.mp4"
    media = probe(video).media
    shot = Shot(entry=Entry(id=OTHERS[0], gloss=""), media=media, first=0, stop=media.frames)
    with made.model.open() as follow:
        (track,) = follow(decode(shot, made.plan.frames(shot.first, shot.stop)))
    points, mask = made.prepare(track)  # type: ignore[arg-type]
    there = examples.ids.index(OTHERS[0])
    np.testing.assert_array_equal(mask, examples.mask[there])
    np.testing.assert_allclose(points, examples.points[there], atol=1e-6)


@pytest.mark.parametrize("file", ["best.pt", "best.onnx"])
def test_predict_on_a_video_is_evaluate_on_its_export(
    done: Done, drawn: Path, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = done.models / file
    assert run("predict", checkpoint, *(drawn / "videos" / f"{id}.mp4" for id in OTHERS), "--top", 2) == 0
    said = {Path(each["video"]).stem: each for each in map(json.loads, capsys.readouterr().out.splitlines())}
    judged: dict[str, Any] = {}
    for split in ("test", "val"):
        assert run("evaluate", checkpoint, done.out, "--split", split, "--to", tmp_path / split) == 0
        for line in (tmp_path / split / "answers.jsonl").read_text().splitlines():
            judged[json.loads(line)["id"]] = json.loads(line)
    capsys.readouterr()
    assert sorted(said) == sorted(judged) == sorted(OTHERS)
    for id, told in said.items():
        assert [each["word"] for each in told["words"]] == [each["word"] for each in judged[id]["words"]]
        there = [each["probability"] for each in judged[id]["words"]]
        np.testing.assert_allclose([each["probability"] for each in told["words"]], there, atol=1e-5)
    assert len({told["words"][0]["probability"] for told in said.values()}) > 1, "answers are the clips' own"


def test_onnx_and_pytorch_agree(done: Done) -> None:
    held = Checkpoint.load(done.best)
    assert compare(held, computed(done.models / "best.onnx", held.preparation.dtype)) <= TOLERANCE == 1e-4


def test_an_evaluation_knows_seen_signers_and_twins(done: Done, tmp_path: Path) -> None:
    assert run("evaluate", done.best, done.out, "--split", "test", "--to", tmp_path) == 0
    told = json.loads((tmp_path / "evaluation.json").read_bytes())
    assert told["counts"]["twins"] == 0
    assert {each["seen"] for each in told["scores"]["signers"]} == {False}


def test_tensorboard(done: Done, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    assert run("train", done.out, *SMALL, *QUICK, "--to", tmp_path / "run", "--tensorboard") == 0
    (log,) = (tmp_path / "run" / "tensorboard").glob("events.out.tfevents.*")
    assert b"val_top1" in log.read_bytes()
