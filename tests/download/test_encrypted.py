"""Encrypted connections: the address is looked at, the certificate must fit the name."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.download.conftest import Fetching
from tests.download.server import Server, drip, page, whole
from tests.download.test_addresses import resolver


@pytest.fixture
def encrypted(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server as `turns.example`, with a certificate of its own that is trusted."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    command += ["-days", "2", "-subj", "/CN=turns.example", "-addext", "subjectAltName=DNS:turns.example"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.threads.socket = context.wrap_socket(server.threads.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    resolver(monkeypatch, {name: [["127.0.0.1"]] for name in ("turns.example", "other.example")})
    return server


def secure(server: Server, path: str, host: str = "turns.example") -> str:
    return server.url(path, host).replace("http:", "https:")


def test_files_and_pages_arrive(fetching: Fetching, encrypted: Server, clip: bytes) -> None:
    encrypted.routes |= {"/a.mp4": whole(clip), "/watch": page("<video src='/b.mp4'></video>"), "/b.mp4": whole(clip)}
    fetching({"1": secure(encrypted, "/a.mp4"), "2": secure(encrypted, "/watch")})
    assert fetching.files == ["1.mp4", "2.mp4"], fetching.rows


def test_a_slow_one_is_read_to_its_end(fetching: Fetching, encrypted: Server, clip: bytes) -> None:
    """Reads look up twice a second whether all is to stop; nothing is lost by that."""
    encrypted.routes["/a.mp4"] = drip(clip, size=len(clip) // 2 + 1, every=0.8)
    fetching({"1": secure(encrypted, "/a.mp4")}, tries=1)
    assert (fetching.to / "1.mp4").read_bytes() == clip


def test_another_name_than_the_certificates(fetching: Fetching, encrypted: Server, clip: bytes) -> None:
    encrypted.routes["/a.mp4"] = whole(clip)
    fetching({"1": secure(encrypted, "/a.mp4", "other.example")}, tries=1)
    (row,) = fetching.rows.values()
    assert row.reason == "unreachable"
    assert "certificate" in row.detail
