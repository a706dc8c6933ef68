"""One run at a time at a URL: who is there is seen, who has died is not waited for long."""

import json
import os
import threading
from pathlib import Path
from platform import node
from typing import Any
from uuid import getnode

import pytest

from chereme.errors import OutputError
from chereme.store import Depot, claim

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT", 0.1)
    monkeypatch.setattr(claim, "PATIENCE", 0.5)


def depot(url: str, folder: Path) -> Depot:
    folder.mkdir(exist_ok=True)
    return Depot(url, folder)


def claims(url: str) -> list[str]:
    far, root = fsspec.core.url_to_fs(url)
    return sorted(far.find(f"{root}/.claims"))


def left(url: str, **facts: Any) -> None:
    """A claim that nobody renews."""
    far, root = fsspec.core.url_to_fs(url)
    said = {"machine": "elsewhere", "address": 1, "process": 1, "beats": 7} | facts
    far.makedirs(f"{root}/.claims", exist_ok=True)
    far.pipe_file(f"{root}/.claims/{'0' * 32}", json.dumps(said).encode())


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_the_second_run_is_refused_and_the_first_goes_on(kind: str, url: str, tmp_path: Path) -> None:
    url = url if kind == "memory" else f"file://{tmp_path}/far"
    first, second = depot(url, tmp_path / "first"), depot(url, tmp_path / "second")
    with first.claimed():
        with pytest.raises(OutputError, match=f"in use by another run, process {os.getpid()} on "), second.claimed():
            pass
        (tmp_path / "first" / "a.txt").write_text("a")
        first.publish()
    assert claims(url) == []
    with second.claimed():
        second.fetch()
    assert (tmp_path / "second" / "a.txt").read_text() == "a"


def test_the_dead_of_other_machines_are_waited_for_and_buried(url: str, tmp_path: Path) -> None:
    left(url)
    with depot(url, tmp_path / "here").claimed():
        assert len(claims(url)) == 1
    assert claims(url) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux tells which processes there are")
def test_the_dead_of_this_machine_are_known_at_once(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "PATIENCE", 3600.0)
    left(url, machine=node(), address=getnode(), process=2**22 + 1)
    with depot(url, tmp_path / "here").claimed():
        assert len(claims(url)) == 1


def test_one_that_this_process_could_not_take_away_keeps_nobody_out(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "PATIENCE", 3600.0)
    left(url, machine=node(), address=getnode(), process=os.getpid())
    with depot(url, tmp_path / "here").claimed():
        assert len(claims(url)) == 1


def test_who_was_taken_for_dead_writes_no_more(url: str, tmp_path: Path) -> None:
    far, _ = fsspec.core.url_to_fs(url)
    first = depot(url, tmp_path / "first")
    (tmp_path / "first" / "a.txt").write_text("a")
    with first.claimed():
        far.rm_file(claims(url)[0])
        for _ in range(100):  # until it has looked
            threading.Event().wait(0.02)
            if not [each for each in threading.enumerate() if "_beat" in each.name]:
                break
        with pytest.raises(OutputError, match="another run went on"):
            first.publish()
        first.publish()  # said once
    assert far.find(url) == []


def test_what_is_no_claim_is_one_of_nobody(url: str, tmp_path: Path) -> None:
    far, root = fsspec.core.url_to_fs(url)
    far.makedirs(f"{root}/.claims", exist_ok=True)
    far.pipe_file(f"{root}/.claims/x", b"[1, 2")
    with depot(url, tmp_path / "here").claimed():
        assert len(claims(url)) == 1
