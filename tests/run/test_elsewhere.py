"""Output folders in a bucket: the same files as in a local one, and runs that go on from there on any machine."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chereme.catalog.choose import Choose
from chereme.errors import OutputError
from chereme.run.settings import Build, differing
from chereme.run.stages import build, estimate
from chereme.store import depot
from chereme.types import Reject
from tests.commands import run
from tests.run.conftest import digests

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
server = pytest.importorskip("moto.server")
pytestmark = pytest.mark.xdist_group("elsewhere")  # what its tests share is made once, in one process

VARYING = {"run.log", "summary.json"}
"""Files that tell of times."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of a bucket, on a server that speaks S3."""
    with pytest.MonkeyPatch.context() as patch:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
        host, port = running.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        far = fsspec.filesystem("s3")
        far.mkdir("signs")
        yield "s3://signs"
        fsspec.clear_instance_cache() if hasattr(fsspec, "clear_instance_cache") else far.clear_instance_cache()
        running.stop()


@pytest.fixture(scope="module")
def few(asked: Build) -> Build:
    """A run over the clips of one gloss."""
    return replace(asked, choose=Choose(glosses=("hello",)))


@pytest.fixture(scope="module")
def local(few: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it makes in a folder."""
    out = tmp_path_factory.mktemp("local")
    build(replace(few, out=out))
    return out


@pytest.fixture
def at(bucket: str, few: Build, tmp_path: Path, request: pytest.FixtureRequest) -> Build:
    """The run, with its output in a place of its own in the bucket."""
    return replace(few, out=Path(f"{bucket}/{request.node.name}"), scratch=tmp_path / "scratch")


def here(asked: Build, into: Path) -> Path:
    """What is in the bucket, on the disk."""
    got = depot.Depot(depot.url_of(asked.out or "") or "", into)
    got.fetch()
    return into


class Breaking:
    """Ends the run after so many clips."""

    def __init__(self, after: int) -> None:
        self.left = after

    def stage(self, name: str, total: int, done: int = 0) -> None:
        self.name, self.done = name, done

    def step(self, reject: Reject | None = None) -> None:
        if self.name == "extract":
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt


def test_a_bucket_holds_what_a_folder_would(at: Build, local: Path, tmp_path: Path) -> None:
    summary = build(at)
    found, expected = digests(here(at, tmp_path / "got")), digests(local)
    same = {name for name in expected if not (name.startswith(".") or "/part-" in name)}
    assert {name for name in found if "/part-" not in name} == same
    assert {name for name in same if found[name] != expected[name]} <= VARYING
    assert any("/part-" in name for name in found)  # how many there are is a matter of time
    assert summary["settings"]["out"] == differing(at)["out"] == f"s3://signs/{(at.out or Path()).name}"
    assert not list((tmp_path / "scratch").glob("*/"))  # the working copy is gone


def test_a_run_goes_on_from_the_bucket_alone(at: Build, local: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(at, Breaking(after=2))
    elsewhere = replace(at, scratch=tmp_path / "another machine")
    work = estimate(elsewhere)
    assert (work.found, work.finished) == (work.asked, 2)
    watched = Breaking(after=1000)
    build(elsewhere, watched)
    assert watched.left == 1000 - (work.asked - 2)
    got = here(at, tmp_path / "got")
    assert digests(got / "exports") == digests(local / "exports")
    made = sorted((tmp_path / "got").rglob("*.parquet"))
    build(replace(at, scratch=tmp_path / "a third"), watched)
    assert watched.done == work.asked or watched.name != "extract"
    assert [path.stat().st_size for path in sorted(here(at, tmp_path / "got").rglob("*.parquet"))] == [
        path.stat().st_size for path in made
    ]


def test_a_store_that_fails_is_one_clear_error_and_the_run_goes_on_later(
    at: Build, local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(depot, "PAUSE", 0.001)
    real = depot.Depot._put

    def put(self: depot.Depot, name: str) -> None:
        def fail() -> None:
            raise OSError("the bucket is on fire")

        if name.startswith("exports/crops"):
            self._again("put", name, fail)
        else:
            real(self, name)

    with monkeypatch.context() as burning:
        burning.setattr(depot.Depot, "_put", put)
        flags = ["--metadata", str(at.metadata), "--videos", str(at.videos[0]), "--workers", "1", "--scratch"]
        flags += [str(at.scratch), "--out", f"s3://signs/{(at.out or Path()).name}", "--choose.glosses"]
        assert run("build", *flags, *at.choose.glosses) == 2
    assert "the bucket is on fire" in capsys.readouterr().err.replace("\n", " ")
    got = here(at, tmp_path / "got")
    assert list(got.rglob("part-*.json"))
    assert not (got / "exports/crops/export.json").exists()
    watched = Breaking(after=1000)
    build(at, watched)
    assert watched.left == 1000  # nothing was tracked again
    assert digests(here(at, tmp_path / "got") / "exports") == digests(local / "exports")


def test_one_run_at_a_time(at: Build) -> None:
    class Second:
        def stage(self, name: str, total: int, done: int = 0) -> None:
            with pytest.raises(OutputError, match="in use by another run"):
                build(at)
            raise KeyboardInterrupt

        def step(self, reject: Reject | None = None) -> None: ...

    with pytest.raises(KeyboardInterrupt):
        build(at, Second())


def test_no_such_bucket(at: Build) -> None:
    with pytest.raises(OutputError, match=r"s3://elsewhere/x.*(does not exist|NoSuchBucket)"):
        build(replace(at, out=Path("s3://elsewhere/x")))
