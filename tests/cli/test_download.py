"""`chereme download`: exit codes, one clear message, tables; nothing fancy without a terminal."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from chereme.cli import download as command
from chereme.cli import screen
from chereme.download.ledger import Row
from tests.cli.test_commands import run
from tests.download.conftest import write_metadata
from tests.download.server import serving, status, whole


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    return write_metadata(tmp_path / "m.json", [("1", "http://127.0.0.1:1/a.mp4")])


BAD = {
    "no folder": ([], "say where to fetch to, with --to"),
    "absent metadata": (["--to", "{tmp}/o", "FIRST:{tmp}/none.json"], "none.json: there is no such file"),
    "no urls": (["--to", "{tmp}/o", "FIRST:{tmp}/nourl.json"], "no entry names a URL"),
    "unknown source": (["--to", "{tmp}/o", "--only", "her"], "did you mean 'here'?"),
    "unknown reason": (["--to", "{tmp}/o", "--retry", "gon"], "did you mean 'gone'"),
    "unknown network": (["--to", "{tmp}/o", "--private", "home"], "is no network such as 192.168.0.0/16"),
    "impossible": (["--to", "{tmp}/o", "--workers", "0"], "--workers must be at least 1, not 0"),
    "negative": (["--to", "{tmp}/o", "--delay", "-1"], "--delay must be 0 or above"),
    "proxy": (["--to", "{tmp}/o", "--proxy", "here:80"], "must be like http://host:port"),
    "unwritable": (["--to", "{tmp}/m.json/o"], "choose another --to"),
    "unknown dataset": (["--to", "{tmp}/o", "--dataset", "wlas"], "did you mean 'wlasl'?"),
    "unknown setting": (["--too", "x"], "--to"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_message(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, metadata: Path
) -> None:
    (tmp_path / "nourl.json").write_text('[{"gloss": "book", "instances": [{"video_id": "1"}]}]')
    arguments, words = BAD[case]
    filled = [each.format(tmp=tmp_path) for each in arguments]
    first = next((each.removeprefix("FIRST:") for each in filled if each.startswith("FIRST:")), str(metadata))
    code, out, err = run(capsys, "download", first, *(each for each in filled if not each.startswith("FIRST:")))
    assert code == 2, (out, err)
    assert words in err
    assert "Traceback" not in err
    assert out == ""


QUICK = ("--private", "127.0.0.1/32", "--delay", "0", "--tries", "1")


def test_what_stands_is_said_by_source_and_host(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path
) -> None:
    clip = (drawn / "videos" / "0100101.mp4").read_bytes()
    with serving() as server:
        server.routes |= {"/a.mp4": whole(clip), "/b.mp4": status(404), "/c.mp4": status(500)}
        urls = [(str(i), server.url(f"/{name}.mp4")) for i, name in enumerate("abc")]
        metadata = write_metadata(tmp_path / "m.json", urls, {"0": "aslpro", "1": "aslpro", "2": "signschool"})
        command = ("download", metadata, "--to", tmp_path / "o", *QUICK)
        code, out, _ = run(capsys, *command, "--dry-run")
        assert code == 0
        assert "would be asked for 3" in out
        assert not (tmp_path / "o").exists()
        assert server.threads.asked == []
        code, out, err = run(capsys, *command)
        assert code == 1
        assert "aslpro 2 1 1 0 0" in out
        assert "signschool 1 0 0 1 0" in out
        assert "127.0.0.1 3 1 1 1 0" in out
        assert "gone 1 the host has no such file" in out
        assert "downloads.csv" in out
        assert "%" not in err
        server.routes["/c.mp4"] = status(404)
        assert run(capsys, *command)[0] == 0
        code, out, _ = run(capsys, *command, "--dry-run")
        assert "would be asked for 0" in out


def test_a_limit_asks_for_few(capsys: pytest.CaptureFixture[str], tmp_path: Path, drawn: Path) -> None:
    clip = (drawn / "videos" / "0100101.mp4").read_bytes()
    with serving() as server:
        server.routes |= {f"/{i}.mp4": whole(clip) for i in range(3)}
        urls = [(str(i), server.url(f"/{i}.mp4")) for i in range(3)]
        metadata = write_metadata(tmp_path / "m.json", urls)
        assert run(capsys, "download", metadata, "--to", tmp_path / "o", *QUICK, "--limit", "2")[0] == 1
        assert len(server.threads.asked) == 2
        assert run(capsys, "download", metadata, "--to", tmp_path / "o", *QUICK, "--limit", "2")[0] == 0


def test_the_bar_tells_files_bytes_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=200, record=True)
    monkeypatch.setattr(screen, "err", console)
    with command.Bars() as bars:
        bars.start(2)
        bars.bytes(1_500_000)
        facts = {"key": "a", "url": "a", "source": "s", "host": "h", "entries": 1}
        bars.step(Row(**facts, status="failed", reason="gone"))  # type: ignore[arg-type]
    said = console.export_text()
    assert "1/2" in said
    assert "1.5 MB" in said
    assert "gone 1" in said


def test_a_wlasl_subset_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = {"1": "1", "2": "2", "3": "3", "4": "2"}
    metadata = write_metadata(tmp_path / "m.json", [(i, f"http://127.0.0.1:1/{n}.mp4") for i, n in names.items()])
    subset = {"2": {"subset": "train", "action": [0, 1, 9]}}
    (tmp_path / "nslt_100.json").write_text(json.dumps(subset))
    code, out, _ = run(capsys, "download", metadata, "--to", tmp_path, "--choose.subset", "100", "--dry-run")
    assert code == 0
    assert "would be asked for 1" in out
    assert "URLs of the others 1" in out
    assert "entries with these, chosen or not 2" in out


def test_it_is_among_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert "download" in run(capsys, "--help")[1].split()
    out = run(capsys, "download", "--help")[1]
    assert {"--to", "--only", "--retry", "--dry-run", "--height", "--per-host"} <= set(out.split())
