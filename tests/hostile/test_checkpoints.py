"""A file that is no trained recognizer is refused with one message, and nothing in it is executed."""

import resource
from pathlib import Path

import pytest

from chereme.errors import CheremeError
from chereme.training.checkpoint import open_recognizer
from tests.hostile import checkpoints
from tests.hostile.building import called
from tests.hostile.cases import counted
from tests.hostile.metadata import REFUSED, TAKEN

MOST_MEMORY = 2_000_000
"""Kilobytes that the whole test may hold, of which PyTorch takes some 600,000."""


def test_each_is_refused_or_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = tmp_path / "evidence"
    monkeypatch.setenv(checkpoints.EVIDENCE, str(evidence))
    wrong: dict[str, object] = {}
    tried = []
    for file in checkpoints.files():
        tried.append(file.name)
        path = tmp_path / f"a{file.suffix}"
        path.write_bytes(file.data)
        try:
            open_recognizer(path)
            outcome = TAKEN
        except CheremeError as error:
            outcome = REFUSED if str(error) else "silent"
        except Exception as error:
            outcome = f"{type(error).__name__}: {str(error)[:200]}"
        if outcome not in file.expected or evidence.exists():
            wrong[file.name] = outcome, sorted(file.expected), evidence.exists()
    assert len(set(tried)) == len(tried)
    counted("checkpoints", tried)
    assert not wrong, wrong
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < MOST_MEMORY
    for command in (("predict", path, tmp_path / "a.mp4"), ("evaluate", path, tmp_path)):
        code, said = called(capsys, *command)
        assert (code, "Traceback" in said) == (2, False), said
