"""Only files that can have a twin are read, and twins share their digest."""

import hashlib
from pathlib import Path

from chereme.sources import digest, digests


def test_only_files_that_share_a_size_are_hashed(tmp_path: Path) -> None:
    content = {"a": b"same", "b": b"same", "c": b"SAME", "d": b"longer", "e": b"x" * 3_000_000, "f": b"x" * 3_000_000}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in content]
    assert {path.name: value for path, value in digests([*paths, paths[3]]).items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in content.items() if name != "d"
    }
    assert digest(paths[3]) == hashlib.sha256(b"longer").hexdigest()
