"""Who is let in: names, pages, tokens; and how much."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import SettingsError
from chereme.live.access import Access, Guard, bearer, offered
from chereme.live.limits import Limits, Pace
from chereme.live.serve import Serve, address
from chereme.live.settings import Live


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("", False),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8000", False),
        ("[::2]:8000", False),
    ],
)
def test_names_that_are_answered_to(host: str, known: bool) -> None:
    assert Access().knows(host) is known


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (None, True),
        ("http://localhost:8000", True),
        ("https://localhost:8000", True),
        ("http://localhost:8001", False),
        ("http://localhost", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_that_are_ours(origin: str | None, own: bool) -> None:
    assert Access().is_own(origin, "localhost:8000") is own


def test_tokens() -> None:
    assert Access().opens("")
    assert Access(token="abc").opens("abc")
    assert not Access(token="abc").opens("")
    assert not Access(token="abc").opens("ab")
    assert not Access(token="abc").opens("äbc")
    assert bearer("Bearer abc") == "abc"
    assert bearer("Basic abc") == ""
    assert offered("chereme, token.abc") == "abc"
    assert offered("chereme") == ""
    assert "abc" not in repr(Access(token="abc")) + repr(Serve(token="abc"))


def test_elsewhere_a_token_is_drawn() -> None:
    here, there, named = Serve().access(), Serve(host="0.0.0.0").access(), Serve(host="10.0.0.7", name=("Sign.org",))
    assert here.token == ""
    assert not here.knows("10.0.0.7")
    assert len(there.token) >= 24
    assert there.token != Serve(host="0.0.0.0").access().token
    assert there.knows("10.0.0.7:8000")
    assert named.access().knows("sign.org:8000")
    assert not named.access().knows("evil.org")
    assert Serve(host="::1", token="a").access().token == "a"


def test_the_address_to_open() -> None:
    assert address(Serve(), Serve().access(), 81) == "http://127.0.0.1:81/"
    assert address(Serve(host="::1"), Serve(host="::1").access(), 81) == "http://[::1]:81/"
    elsewhere = Serve(host="0.0.0.0", token="a-b")
    assert address(elsewhere, elsewhere.access(), 81) == "http://localhost:81/#token=a-b"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Serve(port=70000), "port must be"),
        (lambda: Serve(token="a b"), "token is made of"),
        (lambda: Serve(certificate=__file__), "both --certificate and --key"),  # type: ignore[arg-type]
        (lambda: Limits(connections=0), "limits.connections must be above 0"),
        (lambda: Limits(most_fps=float("nan")), "limits.most-fps must be above 0"),
        (lambda: Live(threshold=1.5), "live.threshold must be between 0 and 1"),
        (lambda: Live(pause=-1), "live.pause must be"),
    ],
)
def test_impossible_settings(make: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make()


@given(gaps=st.lists(st.floats(0, 0.2), max_size=80), most=st.floats(1, 60))
def test_the_pace_lets_no_more_through_than_it_says(gaps: list[float], most: float) -> None:
    pace, now, passed = Pace(most), 10.0, []
    for gap in gaps:
        now += gap
        if not pace.keeps(now):
            break
        passed.append(now)
    for start in passed:
        assert sum(start <= each < start + 1 for each in passed) <= 2 * most


def test_a_steady_camera_keeps_the_pace() -> None:
    pace = Pace(30)
    assert all(pace.keeps(number / 29.9) for number in range(1000))
    assert not all(pace.keeps(100 + number / 45) for number in range(1000))


def test_what_is_neither_http_nor_websocket_passes() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return None

    asyncio.run(Guard(app, Access())({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
