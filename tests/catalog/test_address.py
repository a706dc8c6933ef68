"""URLs: YouTube's forms, the names of downloads, recordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.catalog.address import file_names, recording_of, youtube_id


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=chEreme_001",
        "http://youtube.com/watch?v=chEreme_001&t=3s",
        "https://m.youtube.com/watch?feature=x&v=chEreme_001",
        "https://youtu.be/chEreme_001",
        "https://youtu.be/chEreme_001?t=3",
        "https://www.youtube.com/embed/chEreme_001",
        "https://www.youtube.com/v/chEreme_001/",
    ],
)
def test_one_recording_in_all_forms_of_youtube(url: str) -> None:
    assert youtube_id(url) == "chEreme_001"
    assert file_names(url) == ("chEreme_001",)
    assert recording_of(url) == "youtube:chEreme_001"


@pytest.mark.parametrize(
    "url", ["https://example.org/youtube.com/chEreme_001", "https://notyoutu.be/chEreme_001", "youtu.be"]
)
def test_other_urls_are_not_youtube(url: str) -> None:
    assert youtube_id(url) is None


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("http://example.org/a/tea.swf", ("tea.swf",)),
        ("http://example.org/a/tea.mp4?x=1#y", ("tea.mp4",)),
        ("http://example.org/a%20b/Sign%20Tea.mp4", ("Sign%20Tea.mp4", "Sign Tea.mp4")),
        ("http://example.org/a/..%2F..%2Fetc%2Fpasswd", ("..%2F..%2Fetc%2Fpasswd", "passwd")),
        ("http://example.org/a/..%5c..", ("..%5c..",)),
        ("http://example.org/a\\..\\..\\tea.mp4", ("tea.mp4",)),
        ("http://example.org/a/", ()),
        ("http://example.org/..", ()),
        ("http://[broken", ()),
    ],
)
def test_a_download_is_named_by_the_last_part(url: str, names: tuple[str, ...]) -> None:
    assert file_names(url) == names


def test_scheme_and_www_do_not_make_another_recording() -> None:
    assert recording_of("http://www.Example.org/a.mp4#t") == recording_of("https://example.org/a.mp4")
    assert recording_of("https://example.org/a?n=1") != recording_of("https://example.org/a?n=2")


@given(st.text() | st.text().map("http://youtu.be/{}".format))
def test_any_text_gives_names_without_folders(url: str) -> None:
    assert not [name for name in file_names(url) if "/" in name or "\\" in name or name in (".", "..", "")]
    assert isinstance(recording_of(url), str)
