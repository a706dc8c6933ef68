"""What is said of a video is what evaluation says of its export."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chereme import plugins
from chereme.catalog.choose import Choose
from chereme.errors import SettingsError
from chereme.exports.arrays import Arrays
from chereme.exports.clips import Clips
from chereme.exports.crops import Crops
from chereme.report.evaluation import write_evaluation
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.training.checkpoint import Checkpoint, Opened, open_recognizer
from chereme.training.evaluate import Evaluate, evaluate
from chereme.training.examples import Examples
from chereme.training.form import read_material, shown_to
from chereme.training.onnx_file import export_onnx
from chereme.training.predict import Prediction, predicting, probabilities
from chereme.types import Entry, Reject
from tests.commands import run
from tests.fragile.marks import DIES, HANGS, SWELLS, fragile, marked

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.xdist_group("predict")  # what its tests share is made once, in one process

RECOGNIZERS = plugins.names("recognizers")
SEQUENCES = [name for name in RECOGNIZERS if shown_to(plugins.load("recognizers", name)()) == "sequences"]
VIEWERS = [name for name in RECOGNIZERS if name not in SEQUENCES]
CLIPS = ("0100501", "0100601", "0200501", "0200601")


@pytest.fixture(scope="module")
def out(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the clips of two glosses by two signers, in which nobody says where the signer is."""
    folder = tmp_path_factory.mktemp("built")
    listed = json.loads((drawn / "metadata.json").read_bytes())
    metadata = folder / "metadata.json"
    for gloss in listed:
        gloss["instances"] = [each | {"bbox": None} for each in gloss["instances"] if each["video_id"] in CLIPS]
    metadata.write_text(json.dumps([gloss for gloss in listed if gloss["instances"]]))
    build(
        Build(
            metadata=metadata,
            videos=(drawn / "videos",),
            out=folder / "out",
            export=("arrays", "clips", "crops"),
            arrays=Arrays(length=12),
            clips=Clips(short_side=160),
            crops=Crops(pictures=2),
            choose=Choose(glosses=("hello", "book")),
            executor="here",
        )
    )
    return folder / "out"


def untaught(name: str, out: Path, folder: Path) -> Path:
    """A recognizer that learned nothing: its answers depend on all that it is given."""
    spec = plugins.load("recognizers", name)()
    examples = read_material(out, spec)
    torch.manual_seed(0)
    module = examples.preparation.network(spec, examples.vocabulary)
    made = Checkpoint(
        recognizer=name,
        spec=spec,
        vocabulary=examples.vocabulary,
        preparation=examples.preparation,
        weights=module.state_dict(),
    )
    return made.save(folder / f"{name}.pt")


@pytest.fixture(scope="module")
def checkpoint(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untaught("lstm", out, tmp_path_factory.mktemp("trained"))


def test_a_video_gets_the_answer_of_its_export(out: Path, drawn: Path, tmp_path: Path) -> None:
    several = [open_recognizer(untaught(name, out, tmp_path)) for name in SEQUENCES]
    with predicting(several[0]) as predict:
        for id in CLIPS[1:3]:
            found = predict(drawn / "videos" / f"{id}.mp4")
            assert isinstance(found, Prediction)
            assert found.track.shot.entry.id == id
            for opened in several:
                points, mask = opened.sequences.prepare(found.track)
                said = probabilities(opened, points[None], mask[None])[0]
                if opened is several[0]:
                    np.testing.assert_array_equal(said, found.probabilities)
                judged = evaluate(opened, out, Evaluate(split="test" if id == CLIPS[1] else "val")).answers
                told = judged.probabilities[judged.ids.index(id)]
                np.testing.assert_allclose(said, told, atol=1e-6)
                other = judged.probabilities[1 - judged.ids.index(id)]
                assert np.abs(other - told).max() > 1e-5, "another clip has another answer"


@pytest.mark.parametrize("name", VIEWERS)
def test_pixels_get_the_answer_of_their_export(name: str, out: Path, drawn: Path, tmp_path: Path) -> None:
    opened = open_recognizer(untaught(name, out, tmp_path))
    judged = evaluate(opened, out).answers
    with predicting(opened) as predict:
        for id in CLIPS[1::2]:
            found = predict(drawn / "videos" / f"{id}.mp4")
            assert isinstance(found, Prediction)
            assert found.track.shot.entry.id == id
            told = judged.probabilities[judged.ids.index(id)]
            np.testing.assert_allclose(found.probabilities, told, atol=1e-6)
        other = predict(drawn / "videos" / f"{CLIPS[0]}.mp4")
        assert isinstance(other, Prediction)
        assert np.abs(other.probabilities - judged.probabilities).max(axis=1).min() > 1e-5, "another clip has another"


def test_the_command_says_the_same(
    checkpoint: Path, out: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = drawn / "videos" / "0100601.mp4"
    (tmp_path / "ünï.mp4").write_bytes(b"<html>")
    trouble = (tmp_path / "none.mp4", tmp_path, tmp_path / "ünï.mp4", tmp_path / ("long" * 99))
    assert run("predict", checkpoint, *trouble, video, "--top", 2, "--threshold", 1) == 0, "the run goes on"
    *rejected, told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    reasons = ["missing_file", "not_a_video", "not_a_video", "missing_file"]
    assert [line["reason"] for line in rejected] == reasons
    assert [line["video"] for line in rejected] == list(map(str, trouble))
    found = evaluate(open_recognizer(checkpoint), out)
    row = found.answers.ids.index("0100601")
    best = found.answers.best(2)[row]
    assert told["video"] == str(video)
    assert [each["word"] for each in told["words"]] == [found.answers.vocabulary.glosses[label] for label in best]
    shares = [each["probability"] for each in told["words"]]
    np.testing.assert_allclose(shares, found.answers.probabilities[row, best], atol=1e-4)
    assert told["answer"] is None, "nothing is as likely as 1"


def test_a_video_that_harms_its_process_costs_its_own_line_alone(
    checkpoint: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile(monkeypatch)
    clip = (drawn / "videos" / "0100601.mp4").read_bytes()
    videos = []
    for name, data in (
        ("first", clip),
        ("dies", marked(clip, DIES)),
        ("swells", marked(clip, SWELLS)),
        ("last", clip),
    ):
        videos.append(tmp_path / f"{name}.mp4")
        videos[-1].write_bytes(data)
    assert run("predict", checkpoint, *videos, "--memory", 1.5) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["video"] for line in lines] == list(map(str, videos))
    assert [line.get("reason") for line in lines] == [None, "worker_died", "out_of_memory", None]
    assert lines[0]["words"] == lines[-1]["words"]
    videos[0].write_bytes(marked(clip, HANGS))
    assert run("predict", checkpoint, videos[0], "--timeout", 1) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "timeout"


def test_limits_of_a_video_are_settings(checkpoint: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", checkpoint, drawn / "videos" / "0100601.mp4", "--video.most-pixels", 100) == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "too_large"


@pytest.mark.slow
def test_openvino_says_the_same(checkpoint: Path, out: Path, drawn: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    exported = tmp_path / "best.onnx"
    export_onnx(Checkpoint.load(checkpoint), exported)
    judged = evaluate(open_recognizer(checkpoint), out).answers
    again = evaluate(open_recognizer(exported), out).answers
    assert again.ids == judged.ids
    np.testing.assert_allclose(again.probabilities, judged.probabilities, atol=1e-4)
    with predicting(open_recognizer(exported)) as predict:
        found = predict(drawn / "videos" / f"{CLIPS[1]}.mp4")
    assert isinstance(found, Prediction)
    np.testing.assert_allclose(found.probabilities, judged.probabilities[judged.ids.index(CLIPS[1])], atol=1e-4)


def test_a_box_says_who_signs(checkpoint: Path, drawn: Path) -> None:
    video = drawn / "videos" / "0100601.mp4"
    with predicting(open_recognizer(checkpoint)) as predict:
        beside = predict(video, Entry(id="b", gloss="", box=(0, 0, 12, 12)))
        around = predict(video, Entry(id="a", gloss="", box=(0, 0, 320, 240)))
    assert isinstance(around, Prediction)
    assert isinstance(beside, Reject) or not np.array_equal(beside.probabilities, around.probabilities)


def test_a_clip_without_hands_has_a_reason(checkpoint: Path, shared_data: Path) -> None:
    with predicting(open_recognizer(checkpoint)) as predict:
        found = predict(shared_data / "odd" / "french fries.mp4")
    assert isinstance(found, Reject)
    assert (found.reason, found.stage) == ("no_hands", "refine")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name the videos"),
        (["a.mp4", "--top", "0"], "top is at least 1"),
        (["a.mp4", "--threshold", "2"], "threshold from 0 to 1"),
    ],
)
def test_bad_settings_end_with_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("predict", tmp_path / "best.pt", *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_checkpoint_that_is_none_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", tmp_path / "best.pt", "a.mp4") == 2
    assert "best.pt is not there" in capsys.readouterr().err


def test_numbers_that_are_none_are_refused(checkpoint: Path, out: Path) -> None:
    opened, examples = open_recognizer(checkpoint), Examples.read(out)
    broken: Opened = replace(opened, logits=lambda points, mask: np.full((len(points), 2), np.nan, np.float32))
    with pytest.raises(SettingsError, match="train it again"):
        probabilities(broken, examples.points, examples.mask)


def test_an_evaluation_is_written_the_same_twice(checkpoint: Path, out: Path, tmp_path: Path) -> None:
    for time in "ab":
        write_evaluation(evaluate(open_recognizer(checkpoint), out), tmp_path / time, "best.pt")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["answers.jsonl", "evaluation.html", "evaluation.json", "evaluation.md"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def test_the_command_evaluates(checkpoint: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", checkpoint, out, "--split", "val") == 0
    told = capsys.readouterr().out
    assert "top-1" in told
    assert "officially 2, found 2, kept 2" in told
    assert (checkpoint.parent / "lstm-val" / "evaluation.html").is_file()
