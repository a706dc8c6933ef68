"""What every recognizer of clips or pictures keeps: registering one in `plugins.TABLES` tests it here."""

import pickle
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chereme.errors import SettingsError
from chereme.plugins import load, names
from chereme.training.checkpoint import Checkpoint
from chereme.training.data import Loading
from chereme.training.form import Material, read_material, shown_to
from chereme.training.onnx_file import TOLERANCE, export_onnx, open_onnx, trial
from chereme.types import Vocabulary
from tests.training.looks import build_clips, build_pictures
from tests.training.walks import examples

torch.set_num_threads(1)  # of arrays so small, threads spend their time on waiting for each other

VIEWERS = [name for name in names("recognizers") if shown_to(load("recognizers", name)()) != "sequences"]
viewers = pytest.mark.parametrize("name", VIEWERS)
SMALL = {"frames": 4, "stride": 2, "short_side": 40, "size": 32}


def spec(name: str) -> Any:
    """Its settings, for small pictures where it has a setting for that."""
    made = load("recognizers", name)()
    known = {each.name for each in fields(made)}
    return replace(made, **{key: value for key, value in SMALL.items() if key in known})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pictures(build_clips(tmp_path_factory.mktemp("built")))


def shown(material: Material) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    values, masks = zip(*(material.show(place) for place in range(len(material))), strict=True)
    labels = torch.from_numpy(np.asarray(material.labels))
    return torch.from_numpy(np.stack(values)), torch.from_numpy(np.stack(masks)), labels


def network(name: str, material: Material) -> Any:
    torch.manual_seed(0)
    return material.preparation.network(spec(name), material.vocabulary)


def checkpoint(name: str, material: Material) -> Checkpoint:
    return Checkpoint(
        recognizer=name,
        spec=spec(name),
        vocabulary=material.vocabulary,
        preparation=material.preparation,
        weights=network(name, material).state_dict(),
        facts={"epoch": 3},
    )


@viewers
def test_settings_are_frozen_and_travel(name: str) -> None:
    made = spec(name)
    assert is_dataclass(type(made))
    assert hash(made) == hash(spec(name))
    assert pickle.loads(pickle.dumps(made)) == made
    assert isinstance(made.loading(), Loading)
    assert (made.loading().crop, made.loading().flip) == ("center", False)


@viewers
def test_what_it_is_shown(name: str, built: Path) -> None:
    material = read_material(built, spec(name))
    assert material.preparation.shown == shown_to(spec(name))
    values, mask = material.show(0)
    side = spec(name).loading().size
    assert values.shape == (material.preparation.frames, side, side, 3)
    assert (str(values.dtype), str(mask.dtype), mask.shape) == ("uint8", "bool", values.shape[:1])
    with pytest.raises(SettingsError, match="sequences"):
        examples(4, 12).preparation.network(spec(name), material.vocabulary)
    with pytest.raises(SettingsError, match="sequences"):
        material.preparation.network(load("recognizers", "lstm")(), material.vocabulary)


@viewers
def test_what_pads_changes_nothing(name: str, built: Path) -> None:
    material = read_material(built, spec(name))
    made = network(name, material).eval()
    values, mask, _ = shown(material.take([0, 3]))
    mask = torch.arange(mask.shape[1]) < torch.tensor([[1], [mask.shape[1]]])
    with torch.inference_mode():
        wanted = made(values, mask)
        filled = torch.where(mask[:, :, None, None, None], values, torch.full_like(values, 7))
        torch.testing.assert_close(made(filled, mask), wanted)
        longer = torch.cat([filled, filled[:, :1]], 1)
        torch.testing.assert_close(made(longer, torch.cat([mask, torch.zeros_like(mask[:, :1])], 1)), wanted)
        assert not torch.allclose(made(filled, torch.ones_like(mask))[:1], wanted[:1]), "all frames count alike"


@viewers
def test_a_clip_does_not_depend_on_its_company(name: str, built: Path) -> None:
    material = read_material(built, spec(name))
    made = network(name, material).eval()
    values, mask, _ = shown(material.take(range(4)))
    with torch.inference_mode():
        torch.testing.assert_close(made(values[:1], mask[:1]), made(values, mask)[:1], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(made(values.float(), mask), made(values, mask))


@viewers
def test_nine_clips_are_learnt(name: str, built: Path) -> None:
    material = read_material(built, spec(name)).split("train").take([0, 1, 2, 4, 5, 6, 8, 9, 10])
    made = network(name, material)
    values, mask, labels = shown(material)
    optimizer = torch.optim.Adam(made.parameters(), 3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(made(values, mask), labels)
        torch.autograd.backward([loss])
        optimizer.step()
    with torch.inference_mode():
        assert (made.eval()(values, mask).argmax(1) == labels).all()


@viewers
def test_saved_and_loaded_it_is_the_same(name: str, built: Path, tmp_path: Path) -> None:
    material = read_material(built, spec(name))
    made = checkpoint(name, material)
    again = Checkpoint.load(made.save(tmp_path / "a.pt"))
    assert again.header() == made.header()
    assert again.preparation == made.preparation
    values, mask, _ = (each.numpy() for each in shown(material.take(range(3))))
    np.testing.assert_array_equal(again.open().logits(values, mask), made.open().logits(values, mask))


@viewers
def test_onnx_says_the_same(name: str, built: Path, tmp_path: Path) -> None:
    material = read_material(built, spec(name))
    made = checkpoint(name, material)
    assert export_onnx(made, tmp_path / "a.onnx") <= TOLERANCE
    opened = open_onnx(tmp_path / "a.onnx")
    assert (opened.vocabulary, opened.preparation) == (made.vocabulary, made.preparation)
    with pytest.raises(SettingsError, match="recognizer of landmarks"):
        _ = opened.sequences
    real = tuple(each.numpy() for each in shown(material.take(range(4)))[:2])
    for values, mask in (real, trial(made)):
        for some in (slice(0, 1), slice(0, 4)):
            wanted = made.open().logits(values[some], mask[some])
            np.testing.assert_allclose(opened.logits(values[some], mask[some]), wanted, rtol=1e-4, atol=1e-4)


@viewers
def test_one_sign_will_do(name: str, built: Path) -> None:
    loading = read_material(built, spec(name)).preparation.trial(1)
    made = spec(name).build(spec(name).loading(), Vocabulary(("one",))).eval()
    values, mask = (torch.from_numpy(each) for each in loading)
    assert made(values, mask).shape == (1, 1)
