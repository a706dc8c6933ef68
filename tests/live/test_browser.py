"""The page in a real browser, whose camera is a drawn clip: skeleton, word, no error; skipped where there is none."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

import uvicorn

from chereme.live.access import Access
from chereme.live.place import Place
from chereme.live.server import application
from chereme.live.settings import Live
from chereme.training.checkpoint import Opened
from tests.live.browser import Tab, browser, program, write_camera

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def address(recognizer: Opened) -> Iterator[str]:
    app = application(Place(recognizer, Live()), Access())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(10)


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
        tab.ask("DOM.enable")
        root = tab.ask("DOM.getDocument")["root"]["nodeId"]
        field = tab.ask("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        tab.ask("DOM.setFileInputFiles", nodeId=field, files=[str(drawn / "videos" / "0700501.mp4")])
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
