from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.errors import ModelsError
from chereme.landmarks import compiled, weights
from chereme.landmarks.runtimes import OpenVino


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compiled, "folder", lambda: tmp_path / "compiled")
    return tmp_path / "compiled"


def presence(**outputs: Any) -> float:
    network = OpenVino().load(weights.path("face_landmark"), **outputs)
    return float(next(iter(network(np.full((1, 192, 192, 3), 0.5, np.float32)).values())).sum())


def test_a_kept_network_gives_the_very_same(cache: Path) -> None:
    first = presence()
    kept = {file: file.stat().st_mtime_ns for file in cache.iterdir()}
    assert len(kept) == 1
    assert presence() == first
    assert {file: file.stat().st_mtime_ns for file in cache.iterdir()} == kept


def test_other_outputs_are_another_network(cache: Path) -> None:
    whole = OpenVino().load(weights.path("face_landmark"))(np.zeros((1, 192, 192, 3), np.float32))
    for name in whole:
        assert OpenVino().load(weights.path("face_landmark"), (name,))(
            np.zeros((1, 192, 192, 3), np.float32)
        ).keys() == {name}
    assert len(list(cache.iterdir())) == 1 + len(whole)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1000], lambda data: b"", lambda data: data[:40] + b"x" + data[41:]]
)
def test_a_damaged_one_is_made_anew(cache: Path, damage: Any) -> None:
    first = presence()
    (file,) = cache.iterdir()
    damaged = damage(file.read_bytes())
    file.write_bytes(damaged)
    assert presence() == first
    mended = file.read_bytes()
    assert mended != damaged
    assert presence() == first
    assert file.read_bytes() == mended


def test_where_nothing_can_be_kept_it_is_compiled_each_time(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert presence() == presence()


def test_a_file_that_is_no_network_is_a_models_error(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"no network")
    with pytest.raises(ModelsError, match="cannot read"):
        OpenVino().load(tmp_path / "bad.tflite")
