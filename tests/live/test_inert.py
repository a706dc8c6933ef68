"""Glosses, signers and names that are programs: in a real browser none of our pages runs them. And tokens vanish."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from chereme.live.settings import Live
from chereme.report import write_evaluation, write_report
from chereme.training.checkpoint import Opened
from chereme.types import Reject, Vocabulary
from tests.live.browser import Tab, browser, program
from tests.live.conftest import served
from tests.report.folder import Folder
from tests.report.test_evaluation import make_evaluation

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")

EVIL = (
    "<script>window.ran=1</script>",
    '"><img src=x onerror="window.ran=1">',
    "<svg onload=window.ran=1>",
    "</style></title></textarea><script>window.ran=1</script>",
    "<a href='javascript:window.ran=1' autofocus onfocus=window.ran=1>x</a>",
    "{{ 7*7 }}<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
)
TOKEN = "open-sesame"


@contextmanager
def opened(address: str, folder: Path) -> Iterator[Tab]:
    with browser(folder / "none.y4m", folder / "profile") as tab:
        tab.ask("Page.navigate", url=address)
        tab.until("document.readyState == 'complete'", 20)
        yield tab


def is_inert(tab: Tab, *, scripts: int = 0) -> None:
    tab.value("document.querySelectorAll('a, button, input, [tabindex]').forEach(each => each.focus())")
    tab.value("new Promise(done => setTimeout(done, 300))")
    assert tab.value("typeof window.ran") == "undefined"
    assert tab.value("document.querySelectorAll('script').length") == scripts
    assert tab.value("document.querySelectorAll('iframe, [onerror], [onload], [onfocus], [src=x]').length") == 0
    assert tab.value("[...document.links].every(each => ['http:', 'file:'].includes(each.protocol))")
    assert not tab.errors, "not even tried: a browser tells of what its policy kept from running"


def test_this_test_would_see_it(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><p>{EVIL[1]}</p>")
    with opened(page.as_uri(), tmp_path) as tab:
        tab.until("window.ran == 1", 5)


def test_the_report(tmp_path: Path) -> None:
    folder = Folder()
    for number, evil in enumerate(EVIL):
        folder.add(f"{number}{evil}".replace("/", "|"), evil, signer=evil, source=evil)
        folder.lack(f"absent {number}", evil, detail=evil)
        folder.rejects.append(Reject(id=folder.shots[-1].entry.id, stage="refine", reason="no_hands", detail=evil))
        folder.add(f"kept {number}", evil, "test", signer=evil, source=evil)
    with opened(write_report(folder.write(tmp_path / "built")).as_uri(), tmp_path) as tab:
        assert EVIL[0] in tab.value("document.body.textContent")
        is_inert(tab)


def test_the_evaluation(tmp_path: Path) -> None:
    found = make_evaluation(names=dict(enumerate(EVIL)), notes=EVIL, signers=list(EVIL[:4]) * 10, facts={"x": EVIL[0]})
    page = write_evaluation(found, tmp_path / "judged", f"{EVIL[1]}.pt".replace("/", "|"))
    with opened(page.as_uri(), tmp_path) as tab:
        assert EVIL[0] in tab.value("document.body.textContent")
        is_inert(tab)


def test_the_live_page(recognizer: Opened, drawn: Path, tmp_path: Path) -> None:
    evil = replace(recognizer, recognizer=EVIL[0], vocabulary=Vocabulary(EVIL[:3]))
    with served(evil, Live(threshold=0.0)) as address, opened(address, tmp_path) as tab:
        tab.until("document.getElementById('model').textContent.includes('3 words')", 20)
        tab.choose("#file", drawn / "videos" / "0700501.mp4")
        tab.until("document.querySelector('#said li:not(.none)')?.textContent", 60, lambda: str(tab.errors))
        assert tab.value("document.querySelector('#said li').textContent") == EVIL[2]
        assert tab.value("document.getElementById('model').textContent").startswith(EVIL[0])
        is_inert(tab, scripts=1)


def test_the_token_leaves_the_address(recognizer: Opened, tmp_path: Path) -> None:
    with served(recognizer, token=TOKEN) as address, opened(f"{address}#token={TOKEN}", tmp_path) as tab:
        for _ in range(2):
            tab.until("document.getElementById('model').textContent.includes('3 words')", 20)
            assert tab.value("location.href") == address
            assert TOKEN not in tab.value("document.documentElement.outerHTML")
            assert tab.value("document.cookie + JSON.stringify(localStorage)") == "{}"
            assert tab.value("document.getElementById('status').hidden"), "it says that it has no token"
            tab.ask("Page.reload")
            tab.until("document.readyState == 'complete'", 20)
        assert not tab.errors
