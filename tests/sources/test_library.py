"""Every entry finds its own file, or a reason why not."""

import zipfile
from pathlib import Path

import pytest

from chereme.errors import DatasetError, Rejected
from chereme.sources import Found, Library
from chereme.types import Entry, Reject


def put(root: Path, *names: str, content: str | None = None) -> None:
    """Files whose bytes are their names, unless told otherwise."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or name)


def entry(id: str, *files: str, url: str | None = None) -> Entry:
    return Entry(id=id, gloss="a", files=files, url=url)


def names(matched: dict[str, Found | Reject]) -> dict[str, str]:
    """The file's name by id, or the reason."""
    return {id: m.name if isinstance(m, Found) else m.reason for id, m in matched.items()}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (entry("00335"), "clips/00335.mp4"),
        (entry("00335", "00335", "able"), "clips/00335.mp4"),
        (entry("1", "able.swf"), "able.webm"),
        (entry("1", "ABLE"), "able.webm"),
        (entry("1", "book/1.mp4"), "book/1.mp4"),
        (entry("1", "book/1"), "book/1.mp4"),
        (entry("1", "dad/1.mov"), "words/dad/1.mp4"),
        (entry("1", "DAD\\1.MP4"), "words/dad/1.mp4"),
        (entry("1", "Upper.mov"), "Upper.MOV"),
        (entry("1", "v1.2"), "v1.2.mp4"),
        (entry("1", "don't want.mp4"), "don't want.mp4"),
        (entry("x", "eat/2.mp4"), "missing_file"),
        (entry("00335", "eat/2.mp4"), "missing_file"),
        (entry("notes"), "missing_file"),
        (entry("hidden"), "missing_file"),
        (entry("nothing", "../able"), "missing_file"),
    ],
    ids=str,
)
def test_rules(wanted: Entry, found: str, tmp_path: Path) -> None:
    put(tmp_path, "clips/00335.mp4", "able.webm", "book/1.mp4", "words/dad/1.mp4", "Upper.MOV", "v1.2.mp4")
    put(tmp_path, "don't want.mp4", "notes.txt", ".hidden.mp4", "__MACOSX/hidden.mp4", ".cache/hidden.mp4")
    library = Library.open((tmp_path,))
    assert len(library) == 7
    assert names(library.match([wanted])) == {wanted.id: found}
    if found == "missing_file":
        with pytest.raises(Rejected, match="missing_file: no video named"):
            library.find(wanted)
    else:
        assert library.find(wanted).path.read_text() == found


def test_as_written_comes_before_other_cases_and_endings(tmp_path: Path) -> None:
    put(tmp_path, "Able.mp4", "able.mp4", "able.webm")
    library = Library.open((tmp_path,))
    assert library.find(entry("1", "Able.mp4")).name == "Able.mp4"
    assert library.find(entry("1", "able.webm")).name == "able.webm"
    with pytest.raises(Rejected, match=r"ambiguous_file: 2 different files fit 'able'"):
        library.find(entry("1", "able"))


def test_the_same_name_in_two_folders(tmp_path: Path) -> None:
    put(tmp_path, "a/1.mp4", "b/1.mp4", content="same")
    assert Library.open((tmp_path,)).find(entry("1")).name == "a/1.mp4"
    put(tmp_path, "b/1.mp4", content="SAME")
    with pytest.raises(Rejected, match=r"ambiguous_file: 2 different files fit '1': .*a/1\.mp4, .*b/1\.mp4"):
        Library.open((tmp_path,)).find(entry("1"))
    assert Library.open((tmp_path,)).find(entry("x", "b/1.mp4")).name == "b/1.mp4"


def test_a_path_below_the_folder_given_comes_before_one_deeper_down(tmp_path: Path) -> None:
    put(tmp_path, "old/book/1.mp4", "book/1.mp4")
    assert Library.open((tmp_path,)).find(entry("1", "book/1.mp4")).name == "book/1.mp4"


def test_entries_of_one_url_share_a_file(tmp_path: Path) -> None:
    put(tmp_path, "abcdefghijk.mp4", "able.mp4")
    matched = Library.open((tmp_path,)).match(
        [
            entry("1", "1", "abcdefghijk", url="https://www.youtube.com/watch?v=abcdefghijk"),
            entry("2", "2", "abcdefghijk", url="https://youtu.be/abcdefghijk"),
            entry("3", "3", "able.mp4", url="http://www.a.org/able.mp4"),
            entry("4", "4", "able.mp4", url="https://a.org/able.mp4"),
        ]
    )
    assert names(matched) == {"1": "abcdefghijk.mp4", "2": "abcdefghijk.mp4", "3": "able.mp4", "4": "able.mp4"}


def test_urls_that_end_in_the_same_name_are_all_refused(tmp_path: Path) -> None:
    put(tmp_path, "able.mp4")
    matched = Library.open((tmp_path,)).match(
        [
            entry("1", "1", "able.mp4", url="http://a.org/able.mp4"),
            entry("2", "2", "able.mp4", url="http://b.org/able.mp4"),
            entry("3", "3", "able.swf", url="http://a.org/x/able.swf"),
        ]
    )
    assert names(matched) == dict.fromkeys("123", "ambiguous_file")
    assert isinstance(matched["1"], Reject)
    assert matched["1"].detail == "3 different entries or URLs lay claim to able.mp4"


def test_an_id_outweighs_a_name(tmp_path: Path) -> None:
    put(tmp_path, "able.mp4")
    matched = Library.open((tmp_path,)).match([entry("1", "able", url="http://b.org/able.mp4"), entry("able")])
    assert names(matched) == {"1": "ambiguous_file", "able": "able.mp4"}


def test_an_id_in_another_case_does_not_take_the_file(tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    assert names(Library.open((tmp_path,)).match([entry("A", "A"), entry("a", "a")])) == {
        "A": "ambiguous_file",
        "a": "a.mp4",
    }


def test_entries_that_state_the_same_path_share_it(tmp_path: Path) -> None:
    put(tmp_path, "long/talk.mp4")
    matched = Library.open((tmp_path,)).match([entry(id, "long/talk.mp4") for id in "123"])
    assert names(matched) == dict.fromkeys("123", "long/talk.mp4")


def test_archives_are_looked_into(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "videos.zip", "w") as file:
        for name in ("videos/00335.mp4", "videos/book/1.mp4", "videos/readme.txt", "__MACOSX/._00335.mp4"):
            file.writestr(name, name)
    put(tmp_path, "videos/book/1.mp4")
    for library in (Library.open((tmp_path,)), Library.open((tmp_path / "videos.zip", tmp_path / "videos"))):
        found = library.find(entry("00335"))
        assert (found.name, found.packed, found.size) == ("videos/00335.mp4", True, len("videos/00335.mp4"))
        assert library.find(entry("1", "book/1.mp4")).name.endswith("book/1.mp4")


def test_a_broken_archive_stops_the_run_only_when_it_was_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "a.zip", "b.mp4")
    assert len(Library.open((tmp_path,))) == 1
    assert "a.zip" in caplog.text
    with pytest.raises(DatasetError, match=r"a\.zip: is neither a folder, nor a zip archive, nor a video"):
        Library.open((tmp_path / "a.zip",))
    with pytest.raises(DatasetError, match="nowhere: there is no such folder"):
        Library.open((tmp_path / "nowhere",))
    assert len(Library.open((tmp_path / "b.mp4",))) == 1


def test_links_never_lead_out(tmp_path: Path) -> None:
    put(tmp_path, "outside/secret.mp4", "inside/real.mp4")
    (tmp_path / "inside" / "secret.mp4").symlink_to(tmp_path / "outside" / "secret.mp4")
    (tmp_path / "inside" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "inside" / "alias.mp4").symlink_to("real.mp4")
    (tmp_path / "inside" / "dangling.mp4").symlink_to("nowhere.mp4")
    library = Library.open((tmp_path / "inside",))
    assert {id for id in ("secret", "real", "alias", "dangling") if _finds(library, id)} == {"real", "alias"}
    (tmp_path / "link").symlink_to(tmp_path / "inside")
    assert Library.open((tmp_path / "link",)).find(entry("real")).path.read_text() == "inside/real.mp4"


def test_an_output_folder_among_the_videos_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    copy = "built/exports/clips/videos/train/tea/1.mp4"
    put(tmp_path, "1.mp4", copy, "built/catalog.parquet", "built/run.log")
    assert Library.open((tmp_path,)).find(entry("1")).name == "1.mp4"
    assert "built is an output folder: passed over" in caplog.text
    assert Library.open((tmp_path / "built",)).find(entry("1")).path == tmp_path / copy  # asked for by its name


def _finds(library: Library, id: str) -> bool:
    try:
        return bool(library.find(entry(id)))
    except Rejected:
        return False


def test_the_order_in_which_folders_list_does_not_matter(tmp_path: Path) -> None:
    put(tmp_path / "x", "b/1.mp4", "a/1.mp4", content="same")
    put(tmp_path / "w", "c/1.mp4", content="same")
    one = Library.open((tmp_path / "x", tmp_path / "w")).find(entry("1"))
    two = Library.open((tmp_path / "w", tmp_path / "x")).find(entry("1"))
    assert one == two


def test_real_clips(shared_data: Path) -> None:
    library = Library.open((shared_data / "wlasl_videos",))
    assert len(library) == 18
    assert library.find(entry("07069", "07069")).size > 1000
    words = Library.open((shared_data / "words",))
    assert len(words) == 48
    assert words.find(entry("book-1", "book/1.mp4")).name == "book/1.mp4"


def test_landmarks_tracked_before_take_the_place_of_a_video_that_is_not_there(tmp_path: Path) -> None:
    put(tmp_path / "a", "1.mp4", "1.pose", "2.pose", "book/3.pose")
    put(tmp_path / "b", "2.mp4")
    library = Library.open((tmp_path / "a", tmp_path / "b"))
    found = library.match([entry("1"), entry("2"), entry("3", "book/3.mp4")])
    assert names(found) == {"1": "1.mp4", "2": "2.mp4", "3": "book/3.pose"}
    assert sorted(each.name for each in library.files) == ["1.mp4", "2.mp4", "2.pose", "book/3.pose"]


def test_different_landmarks_for_one_entry_are_ambiguous(tmp_path: Path) -> None:
    put(tmp_path / "a", "1.pose", content="one")
    put(tmp_path / "b", "1.pose", content="another")
    assert names(Library.open((tmp_path / "a", tmp_path / "b")).match([entry("1")])) == {"1": "ambiguous_file"}
