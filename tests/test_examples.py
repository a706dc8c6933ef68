"""The programs under examples/ do what the pages that show them say."""

from pathlib import Path

import numpy as np
import pytest

from chereme import plugins
from chereme.errors import DatasetError
from chereme.plan import Every, FramePlan
from chereme.samples.quality import measure
from chereme.training.augment import NONE
from chereme.training.checkpoint import Checkpoint
from chereme.training.fit import Fit, train
from chereme.types import Reject, Sample, Span, Vocabulary
from examples.own_dataset import Lines
from examples.own_export import Wrists
from examples.own_recognizer import Means
from tests.factories import make_shot, make_track
from tests.training.walks import examples


def test_a_dataset_of_ones_own(tmp_path: Path) -> None:
    metadata = tmp_path / "lines.txt"
    metadata.write_text("1|don't want|ann|0|999\n2|book||500|1499\n", "utf-8")
    first, second = Lines().read(metadata)
    assert (first.id, first.gloss, first.signer, first.files) == ("1", "don't want", "ann", ("1",))
    assert first.span == Span(start=0, stop=1000, rate=1000)
    assert second.signer is None


@pytest.mark.parametrize("line", ["2|book|ann|1", "2|book|ann|one|2", "2|book|ann|9|3"])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    metadata = tmp_path / "lines.txt"
    metadata.write_text(f"1|book|ann|0|1\n{line}\n", "utf-8")
    with pytest.raises(DatasetError, match=r"lines\.txt, line 2: "):
        list(Lines().read(metadata))


def test_an_export_of_ones_own(tmp_path: Path) -> None:
    tracks = [make_track(make_shot(id, gloss)) for id, gloss in (("a", "../etc"), ("b", "book"), ("c", "book"))]
    vocabulary = Vocabulary(("../etc", "book"))
    samples = [
        Sample(track=track, label=vocabulary.index(track.shot.entry.gloss), quality=measure(track)) for track in tracks
    ]
    export = Wrists()
    assert export.needs == FramePlan((Every(stride=2),))
    prepared = [(sample, lines) for sample in samples if isinstance(lines := export.prepare(sample), list)]
    assert len(prepared) == len(samples)
    files = list(export.write(iter(prepared), tmp_path, vocabulary))
    assert [file.name for file in files] == ["0.txt", "1.txt"]
    lines = files[1].read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("#")] == ["# b book", "# c book"]
    frame, x, y = lines[1].split()
    wrist = tracks[1].points[0, tracks[1].skeleton["right_hand"].start]
    assert int(frame) == 0
    assert np.allclose([float(x), float(y)], wrist[:2], atol=1e-4)


def test_a_recognizer_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightning")
    monkeypatch.setitem(plugins.TABLES["recognizers"], "means", "examples.own_recognizer:Means")
    clips = examples(24, 8, val=8)
    fit = Fit(epochs=20, batch=8, learning_rate=2e-2, device="cpu", augment=NONE)
    assert train(clips, "means", Means(), fit, tmp_path).best["val_top1"] >= 0.75
    again = Checkpoint.load(tmp_path / "best.pt")
    assert again.spec == Means()
    held = clips.split("val")
    shifted = np.where(held.mask[:, :, None, None], held.points, np.float32(7))
    np.testing.assert_array_equal(again.open().logits(shifted, held.mask), again.open().logits(held.points, held.mask))


def test_a_clip_without_that_hand_is_rejected() -> None:
    track = make_track(unseen=tuple(range(40)))
    sample = Sample(track=track, label=0, quality=measure(track))
    assert isinstance(Wrists().prepare(sample), Reject)
