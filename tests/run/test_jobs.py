"""What becomes of a clip whose file nobody may read."""

from pathlib import Path

import pytest

from chereme.frames.probe import Limits as VideoLimits
from chereme.run import jobs
from chereme.sources import Library, Limits
from chereme.types import Reject
from tests.factories import make_entry


def test_a_file_that_may_not_be_read_is_rejected_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, limits: VideoLimits) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "a.mp4").write_bytes(b"film")
    (found,) = Library.open((tmp_path,)).files
    monkeypatch.setattr(jobs, "probe", refused)  # who runs the tests may read every file
    job = jobs.Locate(unpacked=tmp_path / "unpacked", files=Limits(), video=VideoLimits())
    reject = job.locate((make_entry("a"), found))
    assert reject == Reject(id="a", stage="acquire", reason="undecodable", detail="a.mp4: Permission denied")
