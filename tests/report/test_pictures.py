"""Which clips the contact sheet shows."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.report.pictures import spread_over
from tests.commands import run
from tests.fragile.marks import DIES, fragile, marked
from tests.report.folder import Folder, draw_video


@given(st.dictionaries(st.text(max_size=4), st.sampled_from("abcdefg"), max_size=60), st.integers(1, 20))
def test_glosses_have_equal_parts_of_the_sheet(glosses: dict[str, str], most: int) -> None:
    ids = spread_over(glosses, most)
    assert len(ids) == len(set(ids)) == min(most, len(glosses))
    there, shown = Counter(glosses.values()), Counter(glosses[id] for id in ids)
    for gloss in there:
        fuller = max(shown.values(), default=0)
        assert shown[gloss] >= min(there[gloss], fuller - 1)


def test_it_depends_on_the_clips_alone() -> None:
    glosses = {str(number): str(number % 7) for number in range(100)}
    backwards = dict(reversed(glosses.items()))
    assert spread_over(glosses, 20) == spread_over(backwards, 20)
    assert spread_over(glosses, 20) != sorted(glosses)[:20]


def test_a_clip_that_kills_its_decoder_has_no_picture_and_the_others_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile(monkeypatch)
    folder = Folder()
    for id in ("first", "deadly", "last"):
        path = draw_video(tmp_path / f"{id}.mp4")
        folder.add(id, "book", file=str(path))
    (tmp_path / "deadly.mp4").write_bytes(marked(path.read_bytes(), DIES))
    root = folder.write(tmp_path / "built")
    assert run("report", root) == 0
    page = (root / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg") == 4, "two on the sheet, the same two among the worst"
