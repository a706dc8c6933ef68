from pathlib import Path

from chereme.report.facts import Facts
from tests.report.folder import Folder


def test_tracks_of_clips_with_a_box_are_found(tmp_path: Path) -> None:
    folder = Folder()
    folder.add("1", "book", box=(10.0, 0.0, 120.5, 119.0))
    folder.add("2", "book")
    facts = Facts.read(folder.write(tmp_path))
    found = facts.read_tracks(facts.shots(["1", "2"]).values())
    assert [(track.shot.entry.id, track.shot.entry.box) for track in found] == [
        ("1", (10.0, 0.0, 120.5, 119.0)),
        ("2", None),
    ]
