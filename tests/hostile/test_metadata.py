"""Hostile metadata gets one clear message, or each of its entries an outcome; nothing of it reaches a terminal raw."""

import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import metadata
from tests.hostile.building import Building, called, inventory
from tests.hostile.cases import KEPT, counted
from tests.hostile.metadata import NAMES, REFUSED, TAKEN, record
from tests.hostile.videos import encoded

LONGEST = 90.0
"""Seconds for one file, on a machine that does much else besides."""
LONGEST_MESSAGE = 5000


def hidden(text: str) -> set[str]:
    """Characters that a terminal would obey, or that one cannot see."""
    return {
        ascii(letter)
        for letter in text
        if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    }


@pytest.mark.usefixtures("flags_once")
def test_each_is_read_or_refused_with_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = metadata.sheets()
    counted("metadata", sheets)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "00001.mp4").write_bytes(encoded())
    wrong: dict[str, object] = {}
    folder = tmp_path / "metadata"
    folder.mkdir()
    for sheet in sheets:
        path = folder / (sheet.file or "metadata.json")
        path.write_bytes(sheet.data)
        for name, data in sheet.beside:
            (folder / name).write_bytes(data)
        start = time.monotonic()
        code, said = called(
            capsys, "inspect", "--dataset", sheet.dataset, "--metadata", path, "--videos", tmp_path / "videos"
        )
        outcome = {0: TAKEN, 2: REFUSED}.get(code, f"exit code {code}")
        trouble = hidden(said) | ({"a traceback"} if "Traceback" in said else set())
        trouble |= {"endless"} if outcome == REFUSED and len(said) > LONGEST_MESSAGE else set()
        trouble |= {"silent"} if outcome == REFUSED and not said.startswith("error:") else set()
        trouble |= {"slow"} if time.monotonic() - start > LONGEST else set()
        if outcome not in sheet.expected or trouble:
            wrong[sheet.name] = outcome, sorted(sheet.expected), trouble, said[-300:]
        for each in folder.iterdir():
            each.unlink()
    folder.rmdir()
    assert not wrong, wrong
    assert inventory(tmp_path, tmp_path / "videos") == {}


def test_names_that_do_harm_are_only_names(tmp_path: Path, build: Building) -> None:
    """A build of every export, of clips whose glosses, signers, sources and URLs are hostile."""
    (tmp_path / "videos").mkdir()
    groups, expected = [], {}
    words: list[tuple[str, dict[str, Any]]] = [(gloss, {}) for gloss in (*NAMES.values(), "a" * 100_000)]
    words += [
        ("book", {"source": text, "signer_id": text, "url": f"http://example.org/{text}"}) for text in NAMES.values()
    ]
    words += [("book", {"signer_id": "9" * 5000}), ("book", {"signer_id": "\u0663", "variation_id": 10**11})]
    for number, (gloss, facts) in enumerate(words):
        id = f"{number:05}"
        groups.append({"gloss": gloss, "instances": [record(id, split=("train", "val", "test")[number % 3], **facts)]})
        (tmp_path / "videos" / f"{id}.mp4").write_bytes(encoded() + bytes(number))
        harmed = any("\ud800" in str(text) for text in (gloss, *facts.values()))
        expected[id] = ["unsafe_name"] if harmed else [KEPT]
    (tmp_path / "m.json").write_text(json.dumps(groups))
    before = inventory(tmp_path, tmp_path / "out")
    done = build(
        *("--arrays.min-frames", 1),
        out=tmp_path / "out",
        videos=tmp_path / "videos",
        dataset="wlasl",
        metadata=tmp_path / "m.json",
        exports=("arrays", "crops", "manifest", "webdataset"),
        report=True,
    )
    assert done.code == 0, done.said
    assert done.became == expected
    assert inventory(tmp_path, tmp_path / "out") == before
    for text in (done.said, *((tmp_path / "out" / name).read_text() for name in ("report.html", "run.log"))):
        assert not hidden(text)
        assert "<script>alert(1)" not in text
    for path in (tmp_path / "out").rglob("*"):
        assert path.name.isprintable()
        assert not path.is_symlink()


def test_files_whose_names_are_no_text(tmp_path: Path, build: Building) -> None:
    for folder, name in ((b"book", b"1.mp4"), (b"caf\xe9", b"1.mp4"), (b"book", b"caf\xe9.mp4")):
        place = Path((bytes(tmp_path) + b"/in/" + folder).decode(errors="surrogateescape"))
        place.mkdir(parents=True, exist_ok=True)
        (place / name.decode(errors="surrogateescape")).write_bytes(encoded(count=40))
    exports = ("crops", "manifest")
    done = build(out=tmp_path / "out", videos=tmp_path / "in", dataset="folder", exports=exports, report=True)
    assert done.code == 0, done.said
    assert done.became == {"book-1": [KEPT], "caf~e9-1": ["unsafe_name"], "book-caf~e9": ["unsafe_name"]}
    assert not hidden(done.said)


RECIPES = {
    "noise": bytes(range(256)),
    "utf16": "workers = 1".encode("utf-16"),
    "nul": b"workers = 1\0",
    "nested": b"a = " + b"[" * 100_000,
    "dotted": b".".join([b"a"] * 50_000) + b" = 1",
    "huge": b"workers = " + b"9" * 100_000,
    "infinity": b"timeout = inf",
    "nan": b"timeout = nan",
    "negative": b"memory = -1",
    "date": b"workers = 1979-05-27",
    "list": b"workers = [1]",
    "table": b"[workers]\na = 1",
    "twice": b"workers = 1\nworkers = 2",
    "escape": b'"\\u001b[2Ja" = 1',
    "bidi": '"\u202ea" = 1'.encode(),
    "a_word": b'workers = "\\u001b[2J"',
    "out": b'out = "a\\u0000b"',
    "gloss": b'[choose]\nglosses = ["\\u001b[2J"]',
    "executor": b'executor = "os:system"',
    "export": b'export = ["../../a"]',
    "path": b'metadata = "/dev/full"',
    "long": b"# " + b"a" * 2_000_000,
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_hostile_recipe_gets_one_message(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], drawn: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_bytes(RECIPES[name])
    given = ["build", recipe, "--videos", tmp_path, "--only", "acquire"]
    given += ["--metadata", drawn / "metadata.json"] if name != "path" else []
    given += ["--out", tmp_path / "out"] if name != "out" else []
    code, said = called(capsys, *given)
    assert code == 2, said
    assert "Traceback" not in said
    assert not hidden(said), said
    assert len(said) < LONGEST_MESSAGE


def test_numbers_of_cases() -> None:
    counted("names", NAMES)
    counted("recipes", RECIPES)
