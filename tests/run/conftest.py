"""One uninterrupted run over a part of the drawn collection, which the others are compared to."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from chereme.catalog.choose import Choose
from chereme.run.settings import Build
from chereme.run.stages import build

GLOSSES = ("hello", "book", "where")


@pytest.fixture(scope="session")
def asked(drawn: Path) -> Build:
    return Build(
        metadata=drawn / "metadata.json",
        videos=(drawn / "videos",),
        choose=Choose(glosses=GLOSSES),
        executor="here",
    )


@pytest.fixture(scope="session")
def uninterrupted(asked: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("uninterrupted")
    build(replace(asked, out=out))
    return out


def digests(folder: Path) -> dict[str, str]:
    """What every file below a folder holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
