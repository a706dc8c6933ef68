"""The page in a real browser, whose camera is a drawn clip: skeleton, word, no error; skipped where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from chereme.training.checkpoint import Opened
from tests.live.browser import Tab, browser, program, write_camera
from tests.live.conftest import served

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def address(recognizer: Opened) -> Iterator[str]:
    with served(recognizer) as address:
        yield address


def test_a_camera_shows_skeleton_and_word(address: str, drawn: Path, tmp_path: Path) -> None:
    camera = write_camera([drawn / "videos" / "0300501.mp4"], tmp_path / "camera.y4m")
    with browser(camera, tmp_path / "profile") as tab:
        tab.ask("Page.navigate", url=address)
        tab.until("document.getElementById('model')?.textContent.includes('3 words')", 20)
        tab.value("document.getElementById('camera').click()")
        tab.until("window.chereme.points >= 21", 60, lambda: state(tab))
        tab.until("document.querySelector('#said li:not(.none)')?.textContent == 'where'", 60, lambda: state(tab))
        assert tab.value("document.getElementById('picture').hidden") is False
        assert tab.value("window.chereme.frames") > 10
        tab.picture(tmp_path / "page.png")
        tab.value("document.getElementById('camera').click()")
        assert tab.value("document.getElementById('status').hidden")
        tab.choose("#file", drawn / "videos" / "0700501.mp4")
        tab.until("window.chereme.film?.guess.word == 'four'", 60, lambda: state(tab))
        assert tab.value("document.getElementById('word').textContent") == "four"
        assert not tab.errors


def test_no_camera_is_said(address: str, tmp_path: Path) -> None:
    with browser(tmp_path / "none.y4m", tmp_path / "profile") as tab:
        tab.ask("Page.navigate", url=address)
        tab.until("document.getElementById('model')?.textContent.includes('3 words')", 20)
        tab.value("document.getElementById('camera').click()")
        tab.until("document.getElementById('status').textContent.includes('A clip can be uploaded')", 30)


def state(tab: Tab) -> str:
    return str(tab.value("document.body.innerText + JSON.stringify(window.chereme)")) + str(tab.errors)
