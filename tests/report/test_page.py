"""The page as a whole: what it tells, that nothing from data gets out of hand, and that it is the same each time."""

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from chereme.errors import DatasetError
from chereme.report import write_report
from chereme.types import REASONS, Reject, Split
from tests.report.folder import Folder, draw_video

VOID = {"meta", "input", "br", "col", "image", "path", "use", "rect"}


class Page(HTMLParser):
    """The elements of a page, its words, and whether all that was opened was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def ordinary() -> Folder:
    folder = Folder(crops=True)
    splits: tuple[Split, ...] = ("train", "train", "val", "test")
    for gloss in ("book", "drink"):
        for number, split in enumerate(splits):
            folder.add(f"{gloss}-{number}", gloss, split, signer=f"s{number}", source="aslpro")
    folder.lack("gone-1", "drink", source="aslu")
    folder.lack("gone-2", "candy", source="aslu")
    folder.rejects.append(Reject(id="book-1", stage="refine", reason="few_hands", detail="a hand in 12% of frames"))
    return folder


def page_of(folder: Folder, root: Path) -> Page:
    page = Page(write_report(folder.write(root)).read_text("utf-8"))
    assert not page.open
    return page


def test_it_tells_what_was_asked_found_kept_and_dropped(tmp_path: Path) -> None:
    page = page_of(ordinary(), tmp_path / "out")
    assert "7 of 10 clips kept" in page.words
    for word in ("missing_file", REASONS["missing_file"], "gone-1", "few_hands", "a hand in 12% of frames", "aslu"):
        assert word in page.words
    assert "no clip left" in page.words
    assert "exports/crops" in page.words
    assert "1.2\u202fkB" in page.words
    assert "1\u202fmin 18\u202fs" in page.words
    assert "--videos 'my videos' more" in page.words
    assert "--crops.size 160" in page.words
    assert "dataset folder" in page.words


def test_signers_of_both_train_and_test_are_named(tmp_path: Path) -> None:
    apart = page_of(ordinary(), tmp_path / "apart")
    assert "No signer of test signs in train" in apart.words
    folder = ordinary()
    folder.add("book-9", "book", "test", signer="s0")
    assert "signer is in both train and test" in page_of(folder, tmp_path / "shared").words


def test_twins_across_splits_are_listed(tmp_path: Path) -> None:
    assert "No two clips of different splits" in page_of(ordinary(), tmp_path / "none").words
    folder = ordinary()
    folder.summary["twins"] = {"across_splits": [["book-0", "drink-3"], *([f"{i}a", f"{i}b"] for i in range(40))]}
    words = page_of(folder, tmp_path / "out").words
    assert "41 groups of clips show the same signing" in words
    assert "book-0 book train = drink-3 drink test" in " ".join(words.split())
    assert "29 more" in words


def test_it_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    page = page_of(ordinary(), tmp_path / "out")
    assert not {"script", "link", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.elements}
    policy = next(meta["content"] for meta in page.named("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/jpeg;base64,"))


def test_links_within_the_page_lead_somewhere_and_ids_are_unique(tmp_path: Path) -> None:
    page = page_of(ordinary(), tmp_path / "out")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in page.named("a")]
    assert len(links) > 5
    assert {str(link)[1:] for link in links} <= set(ids)


def test_pictures_and_plots_have_words(tmp_path: Path) -> None:
    page = page_of(ordinary(), tmp_path / "out")
    pictures = [svg for svg in page.named("svg") if svg.get("class") == "picture"]
    plots = [svg for svg in page.named("svg") if svg.get("class") == "plot"]
    assert len(pictures) == 7 + 7
    assert plots
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in pictures + plots)
    assert any("left hand and right hand" in str(svg["aria-label"]) for svg in pictures)
    assert all("scope" in th for th in page.named("th"))


EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
HIDDEN = "abc\u202egpj.exe\u2066\x07"


def test_words_from_data_stay_words(tmp_path: Path) -> None:
    folder = Folder(crops=True)
    folder.add("id\"'><b>", EVIL, signer=EVIL, source=EVIL)
    folder.add("x" * 5000, HIDDEN, "test", signer=EVIL, source="{{ 7 * 7 }}")
    folder.lack("'", "y" * 100_000, detail=EVIL, source=HIDDEN)
    folder.lack("\u202ereversed", "$\\frac{1}{0}$ & <", detail="z" * 100_000)
    folder.summary = {
        "twins": {"across_splits": [["id\"'><b>", EVIL]]},
        "settings": {"dataset": EVIL, "videos": EVIL, EVIL: HIDDEN},
        "model": EVIL,
        "plan": EVIL,
        "chereme": EVIL,
        "seconds": {EVIL: 3.5},
        "exports": {EVIL: {"samples": EVIL, "rejected": {EVIL: EVIL}, "path": "../" + EVIL}},
    }
    page = page_of(folder, tmp_path / "out")
    assert not {"script", "img", "b>"} & {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.words
    assert "abc⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+0007⟩" in page.words
    assert "{{ 7 * 7 }}" in page.words
    everything = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert not set(everything) & set("\u202e\u2066\x07")
    assert "x" * 200 not in everything
    assert "y" * 200 not in everything
    assert "z" * 200 not in everything


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    root = ordinary().write(tmp_path / "out")
    first = write_report(root).read_bytes()
    assert write_report(root).read_bytes() == first
    shutil.copytree(root, tmp_path / "elsewhere")
    assert write_report(tmp_path / "elsewhere").read_bytes() == first


def test_the_plots_do_not_depend_on_the_reader_s_style(tmp_path: Path) -> None:
    import matplotlib as mpl

    root = ordinary().write(tmp_path / "out")
    first = write_report(root).read_bytes()
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.fonttype": "path"}):
        assert write_report(root).read_bytes() == first
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize(
    "gone", ["summary.json", "rejects.csv", "samples.parquet", "tracks", "exports", "catalog.parquet"]
)
def test_what_is_not_there_is_left_out(gone: str, tmp_path: Path) -> None:
    root = ordinary().write(tmp_path / "out")
    path = root / gone
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert not Page(write_report(root).read_text("utf-8")).open


@pytest.mark.parametrize("strange", [None, [], "?", {"a": []}, -1])
def test_the_summary_may_hold_strange_things(strange: object, tmp_path: Path) -> None:
    root = ordinary().write(tmp_path / "out")
    summary = json.loads((root / "summary.json").read_text("utf-8"))
    (root / "summary.json").write_text(json.dumps(dict.fromkeys(summary, strange)), "utf-8")
    assert "7 of 10 clips kept" in Page(write_report(root).read_text("utf-8")).words


def test_a_run_that_only_looked_for_files(tmp_path: Path) -> None:
    folder = ordinary()
    root = folder.write(tmp_path / "out")
    for name in ("tracks", "exports"):
        shutil.rmtree(root / name)
    (root / "samples.parquet").unlink()
    summary = json.loads((root / "summary.json").read_text("utf-8"))
    (root / "summary.json").write_text(json.dumps({k: summary[k] for k in ("asked", "found")}), "utf-8")
    words = Page(write_report(root).read_text("utf-8")).words
    assert "8 of 10 clips found" in words
    assert "not yet tracked and judged" in words


def test_no_output_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no output folder of chereme build"):
        write_report(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["summary.json", "catalog.parquet", "samples.parquet"])
def test_a_damaged_file_is_named(name: str, tmp_path: Path) -> None:
    root = ordinary().write(tmp_path / "out")
    (root / name).write_bytes(b"\x00{damaged")
    with pytest.raises(DatasetError, match=name):
        write_report(root)


def test_pictures_are_made_anew_without_the_crops_export(tmp_path: Path) -> None:
    folder = Folder()
    for number in range(3):
        folder.add(f"clip-{number}", "book", file=str(draw_video(tmp_path / f"{number}.mp4")))
    folder.add("lost", "book", file=str(tmp_path / "lost.mp4"))
    page = page_of(folder, tmp_path / "out")
    pictures = [svg for svg in page.named("svg") if svg.get("class") == "picture"]
    assert len(pictures) == 3 + 3
    assert "no picture" in page.words


def test_a_path_of_the_index_does_not_leave_the_folder(tmp_path: Path) -> None:
    root = ordinary().write(tmp_path / "out")
    index = root / "exports" / "crops" / "crops.parquet"
    rows = pq.read_table(index)
    secret = tmp_path / "secret.jpg"
    shutil.copy(root / "exports" / "crops" / rows["path"][0].as_py(), secret)
    paths = [str(secret), "../../../secret.jpg", "../crops.parquet", "crops.parquet", "", "\0", "train"]
    pq.write_table(rows.set_column(rows.column_names.index("path"), "path", [paths]), index)
    page = Page(write_report(root).read_text("utf-8"))
    assert not [svg for svg in page.named("svg") if svg.get("class") == "picture"]


def test_a_large_catalog_makes_no_large_page(tmp_path: Path) -> None:
    folder = Folder()
    for number in range(1500):
        folder.lack(f"gone-{number}", f"gloss-{number}", source=f"site-{number}")
    for number in range(150):
        folder.add(f"{number:04d}", f"gloss-{number}", ("train", "val", "test")[number % 3], signer=f"s{number}")
    folder.rejects = [Reject(id=f"{n:04d}", stage="extract", reason="no_hands") for n in np.arange(70, 150)]
    page = page_of(folder, tmp_path / "out")
    assert len((tmp_path / "out" / "report.html").read_bytes()) < 150_000
    assert "(1472 others)" in page.words
    assert "1\u202f494 more in rejects.csv" in page.words
    assert "1\u202f430 glosses have no clip left" in page.words
    assert any("each of 70 glosses" in str(svg.get("aria-label")) for svg in page.named("svg"))


def test_of_many_glosses_with_few_left_those_left_are_named(tmp_path: Path) -> None:
    folder = ordinary()
    for number in range(100):
        folder.lack(f"gone-{number}", f"gloss-{number}")
    page = page_of(folder, tmp_path / "out")
    bars = [each["aria-label"] for tag, each in page.elements if tag == "div" and each.get("class") == "bar"]
    assert bars == ["train 2, val 1, test 1", "train 1, val 1, test 1"]
    assert "101 glosses have no clip left" in page.words


def test_an_empty_crops_export_does_not_empty_the_sheet(tmp_path: Path) -> None:
    folder = Folder(crops=True)
    folder.add("clip", "book", file=str(draw_video(tmp_path / "clip.mp4")))
    root = folder.write(tmp_path / "out")
    index = root / "exports" / "crops" / "crops.parquet"
    pq.write_table(pq.read_table(index).slice(0, 0), index)
    page = Page(write_report(root).read_text("utf-8"))
    assert len([svg for svg in page.named("svg") if svg.get("class") == "picture"]) == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"right": 3, "left": 27, "neither": 5}, "The right hand leads in 3 clips, the left in 27, neither in 5."),
        ({"right": 3, "left": 27, "neither": 5, "mirrored": f"left {'x' * 200} --hands.mirror"}, "x --hands.mirror."),
        (["strange"], None),
        ({"right": "many", "mirrored": 3}, None),
    ],
)
def test_which_hand_leads_is_told_and_mirror_images_remarked_on(
    said: object, words: str | None, tmp_path: Path
) -> None:
    folder = ordinary()
    folder.summary = {"leading": said}
    page = page_of(folder, tmp_path / "out")
    assert words in page.words if words else "hand leads" not in page.words
