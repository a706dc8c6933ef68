"""`chereme live` and `chereme serve` with a checkpoint from a file."""

import json
import signal
import struct
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

pytest.importorskip("torch")
pytest.importorskip("uvicorn")

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chereme.frames.probe import probe
from tests.commands import run


def test_a_film(checkpoint: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video, out = drawn / "videos" / "0300501.mp4", tmp_path / "drawn.mp4"
    assert run("live", checkpoint, "--video", video, "--out", out, "--threshold", 0.99, "--top", 1) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["word"] is None
    assert len(told["ranked"]) == 1
    assert told["ranked"][0][0] in ("book", "hello")
    assert probe(out).media.frames == probe(video).media.frames


def test_what_cannot_be_leaves_with_2(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = tmp_path / "none.mp4"
    for arguments, words in (
        (("live", none), "is not there"),
        (("live", checkpoint, "--out", none), "--out goes with --video"),
        (("live", checkpoint, "--video", none), "missing_file"),
        (("live", checkpoint, "--video", none, "--out", tmp_path / "a.avi"), "a.avi does not end in .mp4"),
        (("live", checkpoint, "--video", none, "--device", "gpu"), "runs on cpu, cuda or cuda:1, not on 'gpu'"),
        (("serve", checkpoint, "--port", 70000), "port must be"),
        (("serve", checkpoint, "--certificate", none), "both --certificate and --key"),
    ):
        assert run(*arguments) in (1, 2), arguments
        said = capsys.readouterr()
        assert words in " ".join((said.err + said.out).split()), arguments


def test_networks_that_are_not_there_are_said_in_a_line(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEREME_MODELS", str(tmp_path))
    assert run("serve", checkpoint, "--port", 0) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith(f"error: {tmp_path} (CHEREME_MODELS) has no ")
    assert "chereme models --fetch" in said
    assert "Traceback" not in said


def test_a_server(checkpoint: Path) -> None:
    program = "from chereme.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", str(checkpoint), "--port", "0", "--token", "abc"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            address = server.stdout.readline().split()[1]
            assert address.endswith("/#token=abc")
            look_at(address.removesuffix("/#token=abc"))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
        assert server.returncode in (0, 130)
        assert server.stdout.read() == ""


def look_at(top: str) -> None:
    with urlopen(f"{top}/about", timeout=30) as answer:
        assert json.load(answer)["recognizer"] == "lstm"
        assert answer.headers.get("server") is None
    camera = top.replace("http", "ws") + "/camera"
    with connect(camera, subprotocols=["chereme", "token.abc"], proxy=None) as socket:  # type: ignore[list-item]
        assert json.loads(socket.recv())["words"] == 2
        with pytest.raises(ConnectionClosed) as closed:
            socket.send(struct.pack("<d", 1.0) + bytes(2 << 20))
            socket.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1009, "refused before it is whole"
