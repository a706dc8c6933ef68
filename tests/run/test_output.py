"""An output folder when the disk is in trouble, or the run before was killed."""

import errno
import logging
import os
from pathlib import Path

import pytest

from chereme.errors import OutputError
from chereme.run.output import Output, disk_trouble


def test_what_a_killed_run_had_begun_to_write_is_gone(tmp_path: Path) -> None:
    output = Output(tmp_path)
    with pytest.raises(RuntimeError), output.open():
        for name in ("tracks/hands-1/.part-000001-x.json.77.tmp", "cut/a/b/.c.mp4.xyz.part", ".summary.json.77.tmp"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"half")
        half = tmp_path / "exports" / ".crops.xyz.tmp" / "old"
        half.mkdir(parents=True)
        (half / "0.jpg").write_bytes(b"half")
        (tmp_path / "exports" / "notes.tmp").write_bytes(b"of the user")
        raise RuntimeError("killed")
    with output.open():
        pass
    left = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == [".lock", "exports/notes.tmp", "run.log"]


def test_what_a_worker_that_died_had_begun_to_write_is_gone(tmp_path: Path) -> None:
    with Output(tmp_path).open() as output:
        for path in (output.cut / "a/b/.c.mp4.xyz.part", output.videos / "clips-1/.xyz.part", output.cut / "a/b/c.mp4"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"half")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {".lock", "run.log", "c.mp4"}


@pytest.mark.parametrize(
    ("number", "words"),
    {
        errno.ENOSPC: "the disk is full at tracks/part.json; make room and run the same command",
        errno.EROFS: "cannot write tracks/part.json: Read-only file system; choose another --out",
        errno.EIO: "the disk or server that holds tracks/part.json fails: Input/output error; when it works again",
        errno.ESTALE: "fails: Stale file handle",
    }.items(),
)
def test_trouble_of_the_disk_is_one_clear_message(number: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as told, disk_trouble(tmp_path):
        raise OSError(number, os.strerror(number), "tracks/part.json")
    assert words in str(told.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file that is always full")
def test_a_log_that_cannot_be_written_is_no_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.log").symlink_to("/dev/full")
    with Output(tmp_path).open():
        logging.getLogger("chereme.run").info("asked 3")
    assert capsys.readouterr().err == ""
