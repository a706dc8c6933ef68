"""Only files that can have a twin are read, and twins share their digest."""

import hashlib
import zipfile
from pathlib import Path

from chereme.sources import Found, Library, digest, digests

CONTENT = {"a": b"same", "b": b"same", "c": b"SAME", "d": b"longer", "e": b"x" * 3_000_000, "f": b"x" * 3_000_000}
DIFFERENT = {"g": b"x" * 2_999_999 + b"y", "h": b"x" * 1_500_000 + b"y" + b"x" * 1_499_999}


def library(place: Path) -> dict[str, Found]:
    return {Path(found.name).stem: found for found in Library.open((place,)).files}


def test_only_files_that_share_their_bytes_have_a_digest(tmp_path: Path) -> None:
    for name, data in (CONTENT | DIFFERENT).items():
        (tmp_path / f"{name}.mp4").write_bytes(data)
    found = library(tmp_path)
    assert digests({**found, "i": found["d"]}) == {
        name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items() if name not in "cd"
    }
    assert digest(tmp_path / "d.mp4") == hashlib.sha256(b"longer").hexdigest()


def test_twins_in_an_archive_are_told_without_unpacking(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        for name, data in CONTENT.items():
            archive.writestr(f"{name}.mp4", data)
    marks = digests(library(tmp_path))
    assert set(marks) == set("abef")
    assert marks["a"] == marks["b"] != marks["e"] == marks["f"]


def test_twins_are_found_among_many_files(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.mp4").write_bytes(b"%03d" % (number % 290))
    marks = digests(library(tmp_path))
    assert marks == {
        str(number + more): hashlib.sha256(b"%03d" % number).hexdigest() for number in range(10) for more in (0, 290)
    }


def test_files_that_cannot_be_read_are_nobody_s_twins(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.mp4").write_bytes(b"same")
    found = library(tmp_path)
    for name in "bd":
        (tmp_path / f"{name}.mp4").unlink()
    assert set(digests(found)) == {"a", "c"}
