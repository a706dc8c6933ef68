"""Addresses that may be connected to, and that the one looked at is the one connected to."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.download.addresses import Addresses, public
from chereme.download.reasons import Failure
from chereme.errors import SettingsError
from tests.download.conftest import Fetching
from tests.download.server import Server, first, redirect, whole


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:0a00:0001::", "2001:0:0:0:0:0:f5ff:fffe",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_is_as_public_wrapped_as_it_is_plain(address: Any) -> None:
    assert public(ip_address(f"::ffff:{address}")) == public(address)
    assert public(ip_address(f"64:ff9b::{address}")) == public(address)


def resolver(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> list[str]:
    """A resolver that says something else each time; the names that it was asked for."""
    asked: list[str] = []
    plain = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in answers:
            return plain(host, port, *rest, **more)
        asked.append(host)
        now = answers[host][min(asked.count(host), len(answers[host])) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_of_several_addresses_only_allowed_ones_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, {"a.example": [["10.0.0.1", "8.8.8.8", "8.8.4.4"]], "b.example": [["10.0.0.1"]]})
    assert Addresses().resolve("a.example", 80) == ["8.8.8.8", "8.8.4.4"]
    assert Addresses(("10.0.0.0/8",)).resolve("a.example", 80) == ["10.0.0.1", "8.8.8.8", "8.8.4.4"]
    with pytest.raises(Failure, match=r"private_address: b\.example is 10\.0\.0\.1; --private allows a network"):
        Addresses().resolve("b.example", 80)


def test_a_network_that_is_none() -> None:
    with pytest.raises(SettingsError, match="--private 'home' is no network such as"):
        Addresses(("home",))


def test_a_name_that_answers_differently_gains_nothing(
    monkeypatch: pytest.MonkeyPatch, fetching: Fetching, server: Server, clip: bytes
) -> None:
    """DNS rebinding: an allowed address when it is looked at, another when it is connected to."""
    asked = resolver(monkeypatch, {"turns.example": [["127.0.0.1"], ["127.0.0.2"]]})
    server.routes["/a.mp4"] = whole(clip)
    fetching({"7": server.url("/a.mp4", host="turns.example")})
    assert fetching.files == ["7.mp4"]
    assert asked == ["turns.example"]
    assert server.headers("/a.mp4")[0]["Host"] == f"turns.example:{server.port}"


def test_every_connection_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, fetching: Fetching, server: Server, clip: bytes
) -> None:
    resolver(monkeypatch, {"turns.example": [["127.0.0.1"], ["127.0.0.2"]]})

    def hang_up(a: Any, _: int) -> None:
        a.hang_up()

    server.routes["/a.mp4"] = first(hang_up, whole(clip))
    fetching({"7": server.url("/a.mp4", host="turns.example")})
    assert [row.reason for row in fetching.rows.values()] == ["private_address"]


def test_a_name_of_a_private_address_behind_a_redirect(
    monkeypatch: pytest.MonkeyPatch, fetching: Fetching, server: Server
) -> None:
    resolver(monkeypatch, {"inside.example": [["127.0.0.3"]]})
    server.routes["/a.mp4"] = redirect("http://inside.example/x.mp4")
    fetching({"7": "/a.mp4"})
    assert fetching.rows["/a.mp4"].reason == "private_address"
    assert "inside.example is 127.0.0.3" in fetching.rows["/a.mp4"].detail


def test_the_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, fetching: Fetching, server: Server, clip: bytes
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    server.routes |= {"/a.mp4": whole(clip), "/watch": whole(b"<video src='/a.mp4'></video>", "text/html")}
    fetching({"1": "/a.mp4", "2": "/watch"})
    assert [row.status for row in fetching.rows.values()] == ["fetched", "fetched"]


def test_a_proxy_that_was_named_is_asked(fetching: Fetching, server: Server, clip: bytes) -> None:
    server.routes["http://elsewhere.example/a.mp4"] = whole(clip)  # a proxy is asked for whole URLs
    fetching({"7": "http://elsewhere.example/a.mp4"}, proxy=server.url(""))
    assert fetching.files == ["7.mp4"]
