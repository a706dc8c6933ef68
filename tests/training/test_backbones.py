"""Networks of transformers as backbones: from a folder, without pickles, and needed no more once training is done."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chereme.errors import ExtraMissing, SettingsError
from chereme.training.backbone import Backbone
from chereme.training.checkpoint import Checkpoint
from chereme.training.fit import Fit, train
from chereme.training.form import read_material
from chereme.training.onnx_file import TOLERANCE, export_onnx
from chereme.training.recognizers.hand_image import HandImage
from chereme.training.recognizers.video import Video
from tests.training.looks import build_clips, build_pictures

torch.set_num_threads(1)

QUICK = Fit(epochs=1, batch=8, device="cpu", learning_rate=1e-3)
TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "image_size": 16}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pictures(build_clips(tmp_path_factory.mktemp("built")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny networks of weights drawn at random, as transformers saves them: `video`, `image`, `convolutions`."""
    transformers = pytest.importorskip("transformers")
    made = tmp_path_factory.mktemp("backbones")
    torch.manual_seed(0)
    video = transformers.VideoMAEConfig(**TINY, patch_size=8, num_frames=4, tubelet_size=2, use_mean_pooling=True)
    image = transformers.ViTConfig(**TINY, patch_size=8, num_labels=5)
    convolutions = transformers.ConvNextConfig(hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], image_size=32)
    transformers.VideoMAEForVideoClassification(video).save_pretrained(made / "video")
    transformers.ViTForImageClassification(image).save_pretrained(made / "image")
    transformers.ConvNextForImageClassification(convolutions).save_pretrained(made / "convolutions")
    seen = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25], "size": {"height": 16, "width": 16}}
    (made / "image" / "preprocessor_config.json").write_text(json.dumps(seen))
    return made


def spec_of(kind: str, folder: Path) -> Any:
    return Video(backbone=str(folder / kind)) if kind == "video" else HandImage(backbone=str(folder / kind))


@pytest.mark.parametrize("kind", ["video", "image", "convolutions"])
def test_a_backbone_is_trained_and_needed_no_more(
    kind: str, folder: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(kind, folder)
    material = read_material(built, spec)
    name = "video" if kind == "video" else "hand-image"
    train(material, name, spec, QUICK, tmp_path)
    elsewhere = folder.with_name(f"away-{kind}")
    folder.rename(elsewhere)
    try:
        found = Checkpoint.load(tmp_path / "best.pt")
        values, mask = (np.stack(each) for each in zip(*(material.show(i) for i in range(3)), strict=True))
        logits = found.open().logits(values, mask)
        assert logits.shape == (3, 3)
        assert np.isfinite(logits).all()
        assert export_onnx(found, tmp_path / "best.onnx") <= TOLERANCE
    finally:
        elsewhere.rename(folder)


def test_training_begins_with_its_weights_and_its_look(folder: Path, built: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    spec = spec_of("image", folder)
    material = read_material(built, spec)
    loading = material.preparation.loading  # type: ignore[attr-defined]
    assert (loading.size, loading.mean, loading.std) == (16, (0.5,) * 3, (0.25,) * 3)
    train(material, "hand-image", spec, replace(QUICK, learning_rate=0.0, ema=0.0), tmp_path)
    held = Checkpoint.load(tmp_path / "last.pt").weights
    saved = transformers.ViTForImageClassification.from_pretrained(folder / "image").state_dict()
    begun = {name: held[f"model.{name}"] for name in saved}
    other = {name for name, value in saved.items() if not torch.equal(value, begun[name])}
    assert other == {"classifier.weight", "classifier.bias"}, "the last layer alone is of other classes"


def test_a_description_runs_no_code_of_others(folder: Path) -> None:
    made = Backbone.of(str(folder / "image"), "Image")
    inner = {"attn_implementation": "somebody/kernels", "hidden_size": 4}
    foreign = {**made.config, "auto_map": {"AutoModel": "evil.Model"}, "attn_implementation": "somebody/kernels"}
    again = Backbone.restored(replace(made, config=foreign | {"inner": inner}).text())
    assert again.empty("Image", 3).config.inner == {"hidden_size": 4}
    assert again.empty("Image", 3).config._attn_implementation in ("sdpa", "eager")


def test_frames_are_the_backbones(folder: Path) -> None:
    loading = spec_of("video", folder).loading()
    assert (loading.frames, loading.size, loading.pad) == (4, 16, "loop")


def test_what_cannot_be_loaded_is_said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        HandImage(backbone=str(tmp_path)).loading()
    with pytest.raises(SettingsError, match="no network that tells videos"):
        Video(backbone=str(folder / "image")).loading()
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_bytes((folder / "image" / "config.json").read_bytes())
    torch.save({}, pickled / "pytorch_model.bin")
    spec = HandImage(backbone=str(pickled)).settled()
    network = spec.build(spec.loading(), type("", (), {"__len__": lambda self: 3})())
    with pytest.raises(SettingsError, match="cannot be loaded"):
        spec.begin(network)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ExtraMissing, match="backbones"):
        Video(backbone="somebody/videomae").loading()
