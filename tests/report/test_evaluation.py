"""What an evaluation is told as: the same figures in each file, nothing from data that gets out of hand."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.errors import OutputError
from chereme.report import write_evaluation
from chereme.report.confusion import MOST_SIDE, matrix
from chereme.training.answers import Answers
from chereme.training.evaluate import Counts, Evaluate, Evaluation
from chereme.training.scores import score
from chereme.types import Vocabulary
from tests.report.test_page import Page

EVIL = "<script>x</script>|[a](b)\u202e\n#"


def make_evaluation(
    glosses: int = 6, clips: int = 40, *, wrong: int = 10, names: dict[int, str] | None = None, **facts: Any
) -> Evaluation:
    """The first `wrong` clips are taken for the next gloss; the others are right."""
    labels = np.arange(clips) % glosses
    said = np.where(np.arange(clips) < wrong, (labels + 1) % glosses, labels)
    probabilities = np.full((clips, glosses), 0.2 / (glosses - 1), np.float32)
    probabilities[np.arange(clips), said] = 0.8
    words = tuple((names or {}).get(label, f"gloss {label}") for label in range(glosses))
    answers = Answers(
        probabilities=probabilities,
        labels=labels,
        ids=tuple(f"{clip:03}" for clip in range(clips)),
        signers=tuple(facts.pop("signers", [""] * clips)),
        sources=("tv",) * clips,
        vocabulary=Vocabulary(words),
    )
    ordinary = {"official": clips + 10, "asked": clips + 10, "found": clips + 2, "kept": clips + 1, "judged": clips}
    return Evaluation(
        recognizer="lstm",
        glosses=glosses,
        facts=facts.pop("facts", {"epoch": 7, "fit": {"seed": 3}}),
        asked=Evaluate(),
        counts=Counts(**({"twins": 1, "unknown": 0} | ordinary | facts.pop("counts", {}))),
        twins=("003",),
        notes=facts.pop("notes", ()),
        scores=score(answers, frozenset({"a"})),
        answers=answers,
    )


def page_of(found: Evaluation, folder: Path) -> Page:
    page = Page(write_evaluation(found, folder, "best.pt").read_text("utf-8"))
    assert not page.open
    return page


def test_all_files_tell_the_same(tmp_path: Path) -> None:
    page = page_of(make_evaluation(), tmp_path)
    told = json.loads((tmp_path / "evaluation.json").read_bytes())
    markdown = (tmp_path / "evaluation.md").read_text("utf-8")
    first = told["scores"]["top"][0]
    assert (first["k"], first["per_instance"]["right"], first["per_instance"]["of"]) == (1, 30, 40)
    ends = f"{100 * first['per_instance']['low']:.1f}–{100 * first['per_instance']['high']:.1f}"
    for text in (page.words, markdown):
        assert "75.0\u202f% top-1 on 40 test clips of 6 glosses" in text
        assert ends in text
        assert "were all" in text.lower()
        assert "60.0\u202f%" in text, "30 of officially 50"
    assert told["counts"]["official"] == 50
    assert told["facts"]["fit"]["seed"] == 3
    assert "fit.seed" in page.words
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert sum(line["rank"] == 1 for line in answers) == 30
    assert [line["id"] for line in answers if line["twin"]] == ["003"]
    assert answers[0]["words"][0] == {"word": "gloss 1", "probability": 0.8}


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    page = page_of(make_evaluation(signers=["a", "b"] * 20), tmp_path)
    assert not page.named("script")
    assert not page.named("link")
    (policy,) = [each["content"] for each in page.named("meta") if each.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    for attributes in (attributes for _, attributes in page.elements):
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#"), attributes
    anchors = {attributes["href"] for attributes in page.named("a")}
    sections = {f"#{attributes['id']}" for attributes in page.named("section")}
    assert anchors == sections
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_words_from_data_do_nothing(tmp_path: Path) -> None:
    found = make_evaluation(names={1: EVIL}, signers=[EVIL, "b"] * 20, facts={EVIL: EVIL}, wrong=12)
    page = page_of(found, tmp_path)
    assert "⟨U+202E⟩" in page.words
    assert not page.named("script")
    text = "".join((tmp_path / f"evaluation.{ending}").read_text("utf-8") for ending in ("html", "md"))
    assert "\u202e" not in text
    markdown = (tmp_path / "evaluation.md").read_text("utf-8")
    assert "<script>" not in markdown.replace("\\<", "")
    assert not re.search(r"(?<!\\)\[a\]", markdown)
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    pipes = [len(re.findall(r"(?<!\\)\|", line)) for line in tables]
    assert set(pipes) <= {3, 5, 6}, "no word opens a column of its own"


def test_signers_seen_and_unseen(tmp_path: Path) -> None:
    page = page_of(make_evaluation(signers=["a", "b", "", "c", "d"] * 8), tmp_path)
    for words in ("signers trained on", "signers never seen", "signers not stated", "(not stated)"):
        assert words in page.words
    assert "Drawing signers anew" in page.words


def test_what_is_not_known_is_not_told(tmp_path: Path) -> None:
    unknown = {"official": None, "asked": None, "found": None, "twins": 0}
    page = page_of(make_evaluation(counts=unknown, notes=("It is not known.",)), tmp_path)
    assert "official number not known" in page.words
    assert "in the catalog" not in page.words
    assert "There are none." in page.words
    assert "It is not known." in page.words
    assert "It is not known." in (tmp_path / "evaluation.md").read_text("utf-8")


def test_all_right_and_all_wrong(tmp_path: Path) -> None:
    assert "No clip was answered wrongly." in page_of(make_evaluation(wrong=0), tmp_path / "a").words
    assert "0.0\u202f% top-1" in page_of(make_evaluation(wrong=40), tmp_path / "b").words


def test_long_lists_have_an_end(tmp_path: Path) -> None:
    page = page_of(make_evaluation(300, 600, signers=[f"s{clip}" for clip in range(600)], wrong=100), tmp_path)
    assert "570 more are in evaluation.json" in page.words
    assert "270 more glosses" in page.words
    told = json.loads((tmp_path / "evaluation.json").read_bytes())
    assert len(told["scores"]["signers"]) == 600
    assert len(told["scores"]["glosses"]) == 300


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_evaluation(make_evaluation(), tmp_path / "file", "best.pt")


@pytest.mark.parametrize(("glosses", "together"), [(6, 1), (MOST_SIDE, 1), (MOST_SIDE + 1, 2), (700, 5)])
def test_the_matrix_holds_every_clip(glosses: int, together: int) -> None:
    found = make_evaluation(glosses, 2 * glosses, wrong=glosses // 2)
    drawn = matrix(found.scores, found.answers.vocabulary)
    assert drawn.together == together
    assert drawn.size <= MOST_SIDE
    assert drawn.size * together >= glosses
    assert sum(square.clips for square in drawn.squares) == 2 * glosses
    assert all(0 <= square.row < drawn.size and 0 <= square.column < drawn.size for square in drawn.squares)
    for row in range(drawn.size):
        assert sum(square.share for square in drawn.squares if square.row == row) == pytest.approx(1)
    assert len(drawn.names) == (glosses if together == 1 else 0)


def test_the_matrix_shows_only_glosses_that_occur() -> None:
    found = make_evaluation(100, 3, wrong=1)
    drawn = matrix(found.scores, found.answers.vocabulary)
    assert drawn.names == ("gloss 0", "gloss 1", "gloss 2")
    assert [(square.row, square.column) for square in drawn.squares] == [(0, 1), (1, 1), (2, 2)]
