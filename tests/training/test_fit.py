"""Training: the same again under a seed, resumed to the very same, on the train split alone."""

import csv
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chereme.errors import DatasetError, OutputError, SettingsError
from chereme.training.augment import NONE, Augment
from chereme.training.checkpoint import Checkpoint, open_recognizer
from chereme.training.fit import Fit, train
from chereme.training.recognizers.hierarchical import Hierarchical
from chereme.training.recognizers.lstm import Lstm
from chereme.types import Vocabulary
from tests.training.walks import examples

torch.set_num_threads(1)  # of arrays so small, threads spend their time on waiting for each other

SMALL = Lstm(first=16, second=8, dense=8, dropout=0.2)
QUICK = Fit(epochs=4, batch=8, device="cpu", patience=0)
CLIPS = examples(24, 12, val=8)


def weights(folder: Path, name: str = "last.pt") -> dict[str, Any]:
    return dict(Checkpoint.load(folder / name).weights)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_seed_decides_everything(tmp_path: Path) -> None:
    fit = replace(QUICK, mixup=0.4)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(CLIPS, "lstm", SMALL, replace(fit, seed=seed), tmp_path / name)
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "c"))


def test_a_run_that_goes_on_comes_to_the_same(tmp_path: Path) -> None:
    train(CLIPS, "lstm", SMALL, QUICK, tmp_path / "whole")

    def stop(row: Any) -> None:
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    listening = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(CLIPS, "lstm", SMALL, QUICK, tmp_path / "cut", told=stop)
    assert signal.getsignal(signal.SIGINT) == listening
    done = train(CLIPS, "lstm", SMALL, QUICK, tmp_path / "cut", resume=True)
    assert done.epochs == 4
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    assert same(weights(tmp_path / "whole", "best.pt"), weights(tmp_path / "cut", "best.pt"))


def test_what_lies_beside_the_weights(tmp_path: Path) -> None:
    done = train(CLIPS, "hierarchical", Hierarchical(groups="signs", count=2), QUICK, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"best.pt", "last.pt", "history.csv", "curves.png"}
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    best = Checkpoint.load(tmp_path / "best.pt")
    assert best.preparation == CLIPS.preparation
    assert best.facts["figures"]["val_top1"] == pytest.approx(max(float(row["val_top1"]) for row in rows), abs=1e-5)
    assert isinstance(best.spec, Hierarchical)
    assert len(best.spec.table) == len(CLIPS.vocabulary)
    assert 0 <= done.loading <= 1
    held = CLIPS.split("val")
    right = (best.open().logits(held.points, held.mask).argmax(1) == held.labels).mean()
    assert right == pytest.approx(best.facts["figures"]["val_top1"], abs=1e-6)


@pytest.mark.parametrize(
    "facts",
    [
        {"loss": "focal"},
        {"class_weights": True, "balanced": True},
        {"ema": 0.0, "clip_norm": 0.0, "label_smoothing": 0.0, "mixup": 0.5},
    ],
    ids=lambda facts: " ".join(facts),
)
def test_signs_are_learnt(facts: dict[str, Any], tmp_path: Path) -> None:
    fit = replace(QUICK, epochs=25, learning_rate=1e-2, augment=NONE, **facts)
    assert train(examples(40, 12, val=8), "lstm", SMALL, fit, tmp_path).best["val_top1"] >= 0.75


@pytest.mark.parametrize(
    ("recognizer", "asked", "rate"), [("lstm", None, 2e-3), ("hierarchical", None, 1e-3), ("hierarchical", 4e-3, 4e-3)]
)
def test_a_recognizer_has_a_pace_of_its_own(recognizer: str, asked: float | None, rate: float, tmp_path: Path) -> None:
    spec = SMALL if recognizer == "lstm" else Hierarchical()
    told: list[float] = []
    fit = replace(QUICK, epochs=1, warm_up=0.0, final_rate=1.0, learning_rate=asked)
    train(CLIPS, recognizer, spec, fit, tmp_path, told=lambda row: told.append(row["rate"]))
    assert told == [pytest.approx(rate)]
    assert Checkpoint.load(tmp_path / "best.pt").facts["fit"]["learning_rate"] == rate


def test_it_ends_when_nothing_gets_better(tmp_path: Path) -> None:
    fit = replace(QUICK, epochs=50, learning_rate=0.0, patience=2)
    assert train(CLIPS, "lstm", SMALL, fit, tmp_path).epochs < 50


def test_without_a_val_split_the_last_is_the_best(tmp_path: Path) -> None:
    train(examples(9, 12), "lstm", SMALL, QUICK, tmp_path)
    assert same(weights(tmp_path), weights(tmp_path, "best.pt"))


def test_a_loss_that_is_no_number_ends_it_and_keeps_what_was_good(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match="in epoch 1 weights or loss are no numbers any more; a --learning-rate below 1e"
    ):
        train(CLIPS, "lstm", SMALL, replace(QUICK, learning_rate=1e30, clip_norm=0.0), tmp_path / "a")
    assert not (tmp_path / "a" / "last.pt").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="where there is no GPU")
def test_a_device_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no 'cuda' here"):
        train(CLIPS, "lstm", SMALL, replace(QUICK, device="cuda"), tmp_path)
    train(CLIPS, "lstm", SMALL, replace(QUICK, epochs=1), tmp_path)
    with pytest.raises(SettingsError, match=r"^there is no 'cuda' here"):
        open_recognizer(tmp_path / "best.pt", "cuda")


def test_weights_to_begin_with(tmp_path: Path) -> None:
    train(CLIPS, "lstm", SMALL, QUICK, tmp_path / "a")
    start = Checkpoint.load(tmp_path / "a" / "best.pt")
    fewer = examples(12, 12, glosses=2)
    train(fewer, "lstm", SMALL, replace(QUICK, learning_rate=0.0, epochs=1, ema=0.0), tmp_path / "b", start=start)
    begun = weights(tmp_path / "b")
    assert torch.equal(begun["first.ahead.weight_ih_l0"], start.weights["first.ahead.weight_ih_l0"])
    assert torch.equal(begun["last.weight"], start.weights["last.weight"][:2]), "signs of both vocabularies go on"
    with pytest.raises(SettingsError, match="--start is a video, with whose weights a lstm cannot begin"):
        train(fewer, "lstm", SMALL, QUICK, tmp_path / "c", start=replace(start, recognizer="video"))


def test_signs_without_a_clip_to_train_on_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    more = replace(CLIPS, vocabulary=Vocabulary((*CLIPS.vocabulary.glosses, "never")))
    train(more, "lstm", SMALL, replace(QUICK, epochs=1), tmp_path)
    assert "1 of 5 signs have no clip to train on" in caplog.text


def test_what_does_not_go_together_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="train"):
        train(CLIPS.split("val"), "lstm", SMALL, QUICK, tmp_path)
    train(CLIPS, "lstm", SMALL, replace(QUICK, epochs=1), tmp_path)
    with pytest.raises(OutputError, match="resume"):
        train(CLIPS, "lstm", SMALL, QUICK, tmp_path)
    with pytest.raises(SettingsError, match=r"\[lstm\] dense was 8 and is 64"):
        train(CLIPS, "lstm", Lstm(), QUICK, tmp_path, resume=True)
    with pytest.raises(SettingsError, match=r"with --batch \d+; resume with the same, .* --start"):
        train(CLIPS, "lstm", SMALL, replace(QUICK, epochs=1, batch=4), tmp_path, resume=True)
    with pytest.raises(SettingsError, match="ema"):
        Fit(ema=1.0)


def test_only_the_train_split_is_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[float] = []

    def change(self: Augment, points: Any, mask: Any, *_: Any) -> tuple[Any, Any]:
        seen.append(float(np.nansum(points)))
        return points, mask

    monkeypatch.setattr(Augment, "change", change)
    train(CLIPS, "lstm", SMALL, replace(QUICK, epochs=1), tmp_path)
    wanted = [float(np.nansum(points)) for points in CLIPS.split("train").points]
    assert sorted(seen) == pytest.approx(sorted(wanted))


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    for name, data in (("a.pt", b"x"), ("b.pt", b"PK\x05\x06" + bytes(18))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DatasetError, match="no checkpoint"):
            Checkpoint.load(tmp_path / name)
    with pytest.raises(DatasetError, match="not there"):
        Checkpoint.load(tmp_path / "c.pt")


@pytest.mark.parametrize(
    ("recognizer", "form", "read"),
    [("lstm", 1, False), ("lstm", 2, True), ("hierarchical", 0, False), ("hierarchical", 1, True), ("lstm", 3, False)],
)
def test_forms_are_read_since_a_network_is_what_it_is(recognizer: str, form: int, read: bool) -> None:
    spec = Lstm() if recognizer == "lstm" else Hierarchical()
    weights = CLIPS.preparation.network(spec, CLIPS.vocabulary).state_dict()
    made = Checkpoint(
        recognizer=recognizer, spec=spec, vocabulary=CLIPS.vocabulary, preparation=CLIPS.preparation, weights=weights
    )
    if read:
        assert Checkpoint.restored(made.plain() | {"form": form}).recognizer == recognizer
    else:
        with pytest.raises(DatasetError, match=f"form {form}"):
            Checkpoint.restored(made.plain() | {"form": form})


def test_of_epochs_as_good_the_one_of_least_loss_is_the_best(tmp_path: Path) -> None:
    done = train(CLIPS, "lstm", SMALL, replace(QUICK, epochs=12, learning_rate=2e-3), tmp_path)
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    most = [row for row in rows if row["val_top1"] == max(row["val_top1"] for row in rows)]
    assert len(most) > 1, "nothing to choose from"
    assert min(most, key=lambda row: row["val_loss"])["epoch"] == done.best["epoch"] != most[0]["epoch"]
