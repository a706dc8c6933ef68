"""Cookies of the user's own: shown to the site that they are for, and kept to ourselves."""

from pathlib import Path

import pytest

from chereme.download import sites
from chereme.errors import SettingsError
from tests.download.conftest import Fetching
from tests.download.server import Answering, Behavior, Server, page, status, whole

SECRET = "hush-5c1e"
VIDEO_PAGE = '<html><head><title>tea</title></head><body><video src="/media/tea.mp4" width="320"></video></body></html>'


def members(inner: Behavior) -> Behavior:
    """A page for those who are signed in."""

    def answer(a: Answering, number: int) -> None:
        (inner if f"session={SECRET}" in a.headers.get("Cookie", "") else status(401))(a, number)

    return answer


@pytest.fixture
def cookies(tmp_path: Path) -> Path:
    """The user's file, with a cookie for the server and one for another site."""
    path = tmp_path / "cookies.txt"
    lines = [f"127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tsession\t{SECRET}", "example.org\tFALSE\t/\tFALSE\t0\tother\tx"]
    path.write_text("\n".join(["# Netscape HTTP Cookie File", *lines, ""]))
    return path


@pytest.mark.parametrize("plain", [True, False])
def test_a_site_that_wants_one_to_be_signed_in(
    plain: bool, fetching: Fetching, server: Server, clip: bytes, cookies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not plain:
        monkeypatch.setattr(sites, "_plain", lambda video: False)
    server.routes |= {"/watch": members(page(VIDEO_PAGE)), "/media/tea.mp4": members(whole(clip))}
    before = cookies.read_bytes()
    fetching({"7": "/watch"}, tries=1)
    assert fetching.files == []
    fetching({"7": "/watch"}, tries=1, cookies=cookies, retry=(fetching.rows["/watch"].reason,))
    assert (fetching.to / "7.mp4").read_bytes() == clip
    assert cookies.read_bytes() == before
    sent = [headers.get("Cookie", "") for path in ("/watch", "/media/tea.mp4") for headers in server.headers(path)]
    assert any(SECRET in each for each in sent)
    assert not any("other" in each for each in sent)


def test_they_are_written_nowhere(
    fetching: Fetching, server: Server, clip: bytes, cookies: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.routes |= {"/watch": members(page(VIDEO_PAGE)), "/media/tea.mp4": status(403)}
    fetching({"7": "/watch"}, tries=1, cookies=cookies)
    assert SECRET not in caplog.text
    for path in fetching.to.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ('[{"name": "session", "value": "hush"}]', "no cookies.txt"),
        ("# Netscape HTTP Cookie File\nexample.org hush\n", "no cookies.txt"),
        ("# Netscape HTTP Cookie File\n", "holds no cookies"),
    ],
    ids=["missing", "JSON", "spaces", "empty"],
)
def test_a_file_that_is_none_is_said_before_anything_is_asked_for(
    text: str | None, said: str, fetching: Fetching, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=said) as raised:
        fetching({"7": "/watch"}, cookies=path)
    assert "hush" not in str(raised.value) + "".join(capsys.readouterr())
    assert server.count("/watch") == 0


def test_a_browser_that_is_not_there(fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="knows no browser 'netscape'"):
        fetching({"7": "/watch"}, cookies_from_browser="netscape")
    with pytest.raises(SettingsError, match="cannot be read"):
        fetching({"7": "/watch"}, cookies_from_browser="firefox")
    with pytest.raises(SettingsError, match="not of both"):
        fetching({"7": "/watch"}, cookies=tmp_path, cookies_from_browser="firefox")
