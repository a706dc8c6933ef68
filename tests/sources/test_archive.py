"""Members of archives come out whole, inside their folder, or not at all."""

import errno
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import OutputError, Rejected
from chereme.sources import Found, Limits, fetch
from chereme.sources.archive import safe_name

CONTENT = os.urandom(5000)

Pack = Callable[..., Found]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """An archive of one member, as found."""

    def write(
        name: str = "videos/a.mp4", content: bytes = CONTENT, mode: int = 0o100644, deflate: bool = False
    ) -> Found:
        path = tmp_path / "clips.zip"
        info = zipfile.ZipInfo(name)
        info.filename = name  # as it is, without zipfile's own cleaning
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(info, content)
        return Found(root=path, name=name, size=len(content), packed=True)

    return write


def reason(found: Found, out: Path, limits: Limits | None = None) -> str:
    with pytest.raises(Rejected) as caught:
        fetch(found, out, limits)
    assert not out.exists() or not [path for path in out.rglob("*") if path.is_file()]
    return caught.value.reason


def test_a_member_is_unpacked_once(pack: Pack, tmp_path: Path) -> None:
    path = fetch(pack(), tmp_path / "out")
    assert path.read_bytes() == CONTENT
    assert path.relative_to(tmp_path / "out").parts[1:] == ("videos", "a.mp4")
    os.utime(path, (1, 1))
    assert fetch(pack(), tmp_path / "out").stat().st_mtime == 1
    assert [p.name for p in path.parent.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], CONTENT[:-1] + b"?"], ids=["empty", "short", "changed"])
def test_a_damaged_copy_is_replaced(damage: bytes, pack: Pack, tmp_path: Path) -> None:
    path = fetch(pack(), tmp_path / "out")
    assert damage != CONTENT
    path.write_bytes(damage)
    assert fetch(pack(), tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "name",
    [
        "../a.mp4",
        "videos/../../a.mp4",
        "/etc/a.mp4",
        "C:\\a.mp4",
        "c:a.mp4",
        "..\\a.mp4",
        "\\\\host\\a.mp4",
        "a\nb.mp4",
    ],
)
def test_names_that_leave_or_hide_are_refused(name: str, pack: Pack, tmp_path: Path) -> None:
    assert reason(pack(name), tmp_path / "out") == "unsafe_name"


def test_links_are_refused(pack: Pack, tmp_path: Path) -> None:
    assert reason(pack(content=b"/etc/passwd", mode=stat.S_IFLNK | 0o777), tmp_path / "out") == "unsafe_name"


def test_limits(pack: Pack, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bomb = pack(content=bytes(1_000_000), deflate=True)
    assert reason(bomb, out) == "too_large"
    assert reason(pack(), out, Limits(most_gigabytes=4999e-9)) == "too_large"
    assert fetch(pack(), out, Limits(most_gigabytes=5000e-9)).is_file()
    plain = Found(root=tmp_path, name="clips.zip", size=(tmp_path / "clips.zip").stat().st_size)
    with pytest.raises(Rejected, match="too_large"):
        fetch(plain, out, Limits(most_gigabytes=1e-9))


def test_a_wrong_checksum_is_refused(pack: Pack, tmp_path: Path) -> None:
    found = pack()
    data = bytearray(found.root.read_bytes())
    at = data.index(CONTENT[:50])
    data[at + 100] ^= 1
    found.root.write_bytes(data)
    assert reason(found, tmp_path / "out") == "undecodable"


def test_encryption_is_refused(pack: Pack, tmp_path: Path) -> None:
    found = pack()
    data = bytearray(found.root.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    found.root.write_bytes(data)
    assert reason(found, tmp_path / "out") == "undecodable"


def test_a_member_that_is_gone(pack: Pack, tmp_path: Path) -> None:
    found = pack()
    pack("other.mp4")
    os.utime(found.root, (5, 5))
    assert reason(found, tmp_path / "out") == "missing_file"
    found.root.unlink()
    assert reason(found, tmp_path / "out") == "missing_file"


def test_archives_of_one_name_stay_apart(tmp_path: Path) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with zipfile.ZipFile(tmp_path / folder / "clips.zip", "w") as file:
            file.writestr("1.mp4", folder)
        found = Found(root=tmp_path / folder / "clips.zip", name="1.mp4", size=1, packed=True)
        paths.append(fetch(found, tmp_path / "out"))
    assert [path.read_text() for path in paths] == ["a", "b"]


def test_a_disk_that_refuses_stops_the_run(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder"):
        fetch(pack(), tmp_path / "file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("chereme.sources.archive.copyfileobj", full)
    with pytest.raises(OutputError, match=r"cannot unpack videos/a\.mp4 to .*: No space left on device"):
        fetch(pack(), tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_member_is_on_the_disk_before_it_has_its_name(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[int, bool]] = []
    target = tmp_path / "out"

    def fsync(opened: int) -> None:
        flushed.append((os.fstat(opened).st_size, any(path.suffix == ".mp4" for path in target.rglob("*"))))

    monkeypatch.setattr(os, "fsync", fsync)
    fetch(pack(), target)
    assert flushed == [(len(CONTENT), False)]


def test_a_name_that_is_a_folder_too_is_refused(pack: Pack, tmp_path: Path) -> None:
    fetch(pack("videos"), tmp_path / "out")
    with pytest.raises(Rejected, match="unsafe_name"):
        fetch(pack("videos/a.mp4"), tmp_path / "out")


def test_files_in_folders_are_given_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mp4").write_bytes(CONTENT)
    (tmp_path / "in" / "b.mp4").symlink_to(tmp_path / "secret.mp4")
    (tmp_path / "secret.mp4").write_bytes(CONTENT)
    found = Found(root=tmp_path / "in", name="a.mp4", size=5000)
    assert fetch(found, tmp_path / "out") == tmp_path / "in" / "a.mp4"
    assert reason(Found(root=tmp_path / "in", name="b.mp4", size=5000), tmp_path / "out") == "unsafe_name"
    assert reason(Found(root=tmp_path / "in", name="../secret.mp4", size=5000), tmp_path / "out") == "unsafe_name"
    assert reason(Found(root=tmp_path / "in", name="c.mp4", size=5000), tmp_path / "out") == "missing_file"


pieces = st.one_of(st.sampled_from(["..", ".", "", "a", "C:", "b.mp4", "\\", "/", "\0", "\u202e", "~"]), st.text())


@given(st.lists(pieces, min_size=1, max_size=6).map("/".join) | st.text())
def test_safe_names_never_leave_their_folder(name: str) -> None:
    safe = safe_name(name)
    if safe is not None:
        root = "/srv/clips"
        assert os.path.normpath(os.path.join(root, safe)) == f"{root}/{safe}"  # noqa: PTH118
        assert safe.isprintable()
        assert not any(mark in safe for mark in (":", "\\", "\0"))
        assert safe_name(safe) == safe


@given(st.lists(st.from_regex(r"[a-z0-9 _'()-]{1,20}", fullmatch=True), min_size=1, max_size=4).map("/".join))
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name
    assert safe_name("./" + name) == name
