"""What every recognizer of sequences keeps: registering one in `plugins.TABLES` tests it here."""

import pickle
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chereme.contracts import Recognizer
from chereme.plugins import load, names
from chereme.skeleton import HOLISTIC, SKELETONS, Skeleton
from chereme.training.checkpoint import Checkpoint
from chereme.training.form import shown_to
from chereme.training.onnx_file import TOLERANCE, export_onnx, open_onnx, trial
from chereme.types import Vocabulary
from tests.training.walks import examples

torch.set_num_threads(1)  # of arrays so small, threads spend their time on waiting for each other

SEQUENCES = [name for name in names("recognizers") if shown_to(load("recognizers", name)()) == "sequences"]
recognizers = pytest.mark.parametrize("name", SEQUENCES)
FEW = examples(8, 12)


def spec(name: str) -> Recognizer:
    made: Recognizer = load("recognizers", name)()
    return made


def network(name: str, skeleton: Skeleton = FEW.preparation.skeleton, frames: int = 12) -> Any:
    torch.manual_seed(0)
    return spec(name).build(skeleton, frames, FEW.vocabulary)


def checkpoint(name: str) -> Checkpoint:
    made = network(name)
    return Checkpoint(
        recognizer=name,
        spec=spec(name),
        vocabulary=FEW.vocabulary,
        preparation=FEW.preparation,
        weights=made.state_dict(),
        facts={"epoch": 3},
    )


@recognizers
def test_settings_are_frozen_and_travel(name: str) -> None:
    made = spec(name)
    assert is_dataclass(type(made))
    assert hash(made) == hash(spec(name))
    assert pickle.loads(pickle.dumps(made)) == made


@recognizers
@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_logits_for_any_skeleton(name: str, skeleton: Skeleton) -> None:
    made = network(name, skeleton).eval()
    points = torch.randn(3, 12, len(skeleton), 3)
    points[0, :, : len(skeleton) // 2] = torch.nan
    points[1] = torch.nan
    logits = made(points, torch.ones(3, 12, dtype=torch.bool))
    assert logits.shape == (3, len(FEW.vocabulary))
    assert torch.isfinite(logits).all()


@recognizers
def test_what_pads_changes_nothing(name: str) -> None:
    made = network(name).eval()
    points, mask = torch.from_numpy(FEW.points), torch.from_numpy(FEW.mask)
    with torch.inference_mode():
        wanted = made(points, mask)
        filled = torch.where(mask[:, :, None, None], points, torch.full_like(points, 7.0))
        torch.testing.assert_close(made(filled, mask), wanted)
        longer = torch.cat([points, torch.full_like(points, torch.nan)], 1)
        torch.testing.assert_close(made(longer, torch.cat([mask, torch.zeros_like(mask)], 1)), wanted)
        assert not torch.allclose(made(filled, torch.ones_like(mask)), wanted), "all frames count alike"


@recognizers
def test_a_clip_does_not_depend_on_its_company(name: str) -> None:
    made = network(name).eval()
    points, mask = torch.from_numpy(FEW.points), torch.from_numpy(FEW.mask)
    with torch.inference_mode():
        torch.testing.assert_close(made(points[:1], mask[:1]), made(points, mask)[:1], rtol=1e-4, atol=1e-5)


@recognizers
def test_eight_clips_are_learnt(name: str) -> None:
    made = network(name)
    points, mask, labels = (torch.from_numpy(each) for each in (FEW.points, FEW.mask, FEW.labels))
    optimizer = torch.optim.Adam(made.parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(made(points, mask), labels)
        torch.autograd.backward([loss])
        optimizer.step()
    with torch.inference_mode():
        assert (made.eval()(points, mask).argmax(1) == labels).all()


@recognizers
def test_saved_and_loaded_it_is_the_same(name: str, tmp_path: Path) -> None:
    made = checkpoint(name)
    again = Checkpoint.load(made.save(tmp_path / "a.pt"))
    assert again.header() == made.header()
    np.testing.assert_array_equal(again.open().logits(FEW.points, FEW.mask), made.open().logits(FEW.points, FEW.mask))


@recognizers
def test_onnx_says_the_same(name: str, tmp_path: Path) -> None:
    made = checkpoint(name)
    assert export_onnx(made, tmp_path / "a.onnx") <= TOLERANCE
    opened = open_onnx(tmp_path / "a.onnx")
    assert (opened.vocabulary, opened.preparation) == (made.vocabulary, made.preparation)
    for points, mask in ((FEW.points, FEW.mask), trial(made)):
        for some in (slice(0, 1), slice(0, 5)):
            wanted = made.open().logits(points[some], mask[some])
            np.testing.assert_allclose(opened.logits(points[some], mask[some]), wanted, rtol=1e-4, atol=1e-4)


@recognizers
def test_one_sign_and_whole_people_will_do(name: str) -> None:
    made = spec(name).build(HOLISTIC, 4, Vocabulary(("one",))).eval()
    assert made(torch.randn(1, 4, len(HOLISTIC), 3), torch.ones(1, 4, dtype=torch.bool)).shape == (1, 1)
