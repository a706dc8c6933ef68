"""Zip archives that lie, climb, link, explode or are cut off; each holds, or claims to hold, the video of its name."""

import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO

from tests.hostile.cases import KEPT, Case, case, gathered
from tests.hostile.videos import encoded

Member = tuple[str, bytes]

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def zipped(*members: Member, method: int = zipfile.ZIP_STORED, mode: int = 0o100644) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.filename = name  # as it is, without zipfile's own cleaning
            info.external_attr, info.compress_type = mode << 16, method
            with warnings.catch_warnings(action="ignore"):  # of two members of one name
                file.writestr(info, data)
    return held.getvalue()


def with_bytes(data: bytes, mark: bytes, at: int, new: bytes, *, last: bool = False) -> bytes:
    """Other bytes at a place in the first, or last, record of a kind."""
    start = (data.rindex(mark) if last else data.index(mark)) + at
    return data[:start] + new + data[start + len(new) :]


def both(data: bytes, local: int, central: int, new: bytes) -> bytes:
    return with_bytes(with_bytes(data, LOCAL, local, new), CENTRAL, central, new)


def named() -> Iterator[Case]:
    """Members whose names lead elsewhere. Each file of an archive is wanted by the last part of its name."""
    video = encoded()
    tricks = {
        "climbs": "../../{}.mp4",
        "climbs_deep": "a/../../../{}.mp4",
        "absolute": "/tmp/{}.mp4",
        "backslashes": "..\\..\\{}.mp4",
        "drive": "C:\\{}.mp4",
        "drive_folder": "C:a/{}.mp4",
        "share": "\\\\host\\share\\{}.mp4",
        "newline": "a\n/{}.mp4",
        "escape": "\x1b[2J/{}.mp4",
        "bidi": "\u202e/{}.mp4",
        "long": "a" * 300 + "/{}.mp4",
        "deep": "a/" * 600 + "{}.mp4",
        "empty_part": "a//{}.mp4",
    }
    for name, pattern in tricks.items():
        yield case(name, zipped((pattern.format(name), video)), "unsafe_name")
    for name, pattern in {
        "plain": "{}.mp4",
        "folder": "a/b/{}.mp4",
        "here": "./{}.mp4",
        "accents": "é/{}.mp4",
        "device": "CON/{}.mp4",
        "dots": ".../{}.mp4",
    }.items():
        yield case(name, zipped((pattern.format(name), video)), KEPT)
    yield case("hidden_folder", zipped(("__MACOSX/hidden_folder.mp4", video)), "missing_file")
    yield case("nul", zipped(("nul.mp4", video)).replace(b"nul.mp4", b"nul\0mp4"), "missing_file", "unsafe_name")
    yield case("link", zipped(("link.mp4", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "unsafe_name")
    yield case(
        "link_back", zipped(("link_back.mp4", b"../../../../etc/passwd"), mode=stat.S_IFLNK | 0o777), "unsafe_name"
    )
    yield case("device_file", zipped(("device_file.mp4", video), mode=stat.S_IFCHR | 0o666), KEPT, "unsafe_name")
    yield case("pipe", zipped(("pipe.mp4", video), mode=stat.S_IFIFO | 0o666), KEPT, "unsafe_name")
    yield case("nested", zipped(("inner.zip", zipped(("nested.mp4", video)))), "missing_file")
    yield case(
        "twice", zipped(("twice.mp4", video), ("twice.mp4", video[:-1] + b"?")), KEPT, "ambiguous_file", "undecodable"
    )
    yield case(
        "folder_and_file",
        zipped(("folder_and_file.mp4/x.mp4", video), ("folder_and_file.mp4", video)),
        KEPT,
        "unsafe_name",
        "ambiguous_file",
    )


def packed() -> Iterator[Case]:
    """Members that are not what the archive says."""
    video = encoded()
    for method, name in ((8, "deflate"), (12, "bzip2"), (14, "lzma")):
        whole = zipped((f"{name}.mp4", video), method=method)
        yield case(name, whole, KEPT)
        broken = zipped((f"{name}_broken.mp4", video), method=method)
        yield case(f"{name}_broken", with_bytes(broken, LOCAL, 60 + len(name), b"\xff" * 40), "undecodable")
        bomb = zipped((f"{name}_bomb.mp4", bytes(20_000_000)), method=method)
        yield case(f"{name}_bomb", bomb, "too_large")
    yield case("crc", both(zipped(("crc.mp4", video)), 14, 16, b"\xde\xad\xbe\xef"), "undecodable")
    yield case(
        "crc_of_directory", with_bytes(zipped(("crc_of_directory.mp4", video)), CENTRAL, 16, bytes(4)), "undecodable"
    )
    yield case("encrypted", both(zipped(("encrypted.mp4", video)), 6, 8, b"\x01\0"), "undecodable")
    yield case("strongly_encrypted", both(zipped(("strongly_encrypted.mp4", video)), 6, 8, b"\x41\0"), "undecodable")
    yield case("patched_data", both(zipped(("patched_data.mp4", video)), 6, 8, b"\x20\0"), "undecodable")
    yield case("method", both(zipped(("method.mp4", video)), 8, 10, b"\x63\0"), "undecodable")
    yield case("smaller", both(zipped(("smaller.mp4", video)), 22, 24, struct.pack("<I", 100)), "undecodable")
    yield case(
        "larger", both(zipped(("larger.mp4", video)), 22, 24, struct.pack("<I", len(video) * 2)), KEPT
    )  # whole, by its checksum
    yield case(
        "much_larger",
        both(zipped(("much_larger.mp4", video)), 22, 24, struct.pack("<I", 2**32 - 2)),
        "too_large",
        "undecodable",
    )
    yield case("packed_larger", both(zipped(("packed_larger.mp4", video)), 18, 20, struct.pack("<I", 2**31)), KEPT)
    yield case(
        "understated_bomb",
        both(zipped(("understated_bomb.mp4", bytes(20_000_000)), method=8), 22, 24, struct.pack("<I", 5000)),
        "undecodable",
    )
    yield case(
        "other_name_inside", with_bytes(zipped(("other_name_inside.mp4", video)), LOCAL, 30, b"evil"), "undecodable"
    )
    yield case("no_local_head", with_bytes(zipped(("no_local_head.mp4", video)), LOCAL, 0, bytes(4)), "undecodable")
    yield case(
        "head_beyond",
        with_bytes(zipped(("head_beyond.mp4", video)), CENTRAL, 42, b"\xff\xff\xff\x7f"),
        "undecodable",
        "missing_file",
    )
    yield case("no_bytes", zipped(("no_bytes.mp4", b"")), "empty_file")
    yield case("page", zipped(("page.mp4", b"<html></html>")), "not_a_video")
    yield case("overlapping", _overlapping(video), KEPT, "undecodable")


def directories() -> Iterator[Case]:
    """Archives whose own directory is wrong: nothing in them is found, or all of it."""
    video = encoded()

    def plain(name: str) -> bytes:
        return zipped((f"{name}.mp4", video))

    yield case("archive_empty", b"", "missing_file")
    yield case("archive_html", b"<html></html>", "missing_file")
    yield case("archive_noise", zlib.compress(bytes(range(256)) * 50), "missing_file")
    yield case("archive_of_nothing", zipped(), "missing_file")
    for tenth in range(1, 10):
        name = f"archive_cut_{tenth}"
        whole = plain(name)
        yield case(name, whole[: len(whole) * tenth // 10], "missing_file")
    yield case("archive_cut_1_byte", plain("archive_cut_1_byte")[:-1], "missing_file")
    yield case("archive_prefixed", b"MZ" + bytes(5000) + plain("archive_prefixed"), KEPT)
    yield case("archive_suffixed", plain("archive_suffixed") + b"x" * 100, KEPT, "missing_file")
    for name, at, new in (
        ("archive_count_0", 8, bytes(4)),
        ("archive_count_max", 8, b"\xff" * 4),
        ("archive_directory_size", 12, b"\xff\xff\xff\x7f"),
        ("archive_directory_at", 16, b"\xff\xff\xff\x7f"),
        ("archive_disk", 4, b"\x09\0\x09\0"),
        ("archive_remark", 20, b"\xff\xff"),
    ):
        yield case(name, with_bytes(plain(name), END, at, new, last=True), KEPT, "missing_file", "undecodable")
    for name, at, new in (
        ("archive_name_length", 28, b"\xff\xff"),
        ("archive_extra_length", 30, b"\xff\xff"),
        ("archive_entry_mark", 0, b"PK\x09\x09"),
        ("archive_flags", 8, b"\xff\xff"),
    ):
        yield case(name, with_bytes(plain(name), CENTRAL, at, new), KEPT, "missing_file", "undecodable")
    many = zipped(*((f"{i}.mp4", b"") for i in range(20_000)), ("archive_many.mp4", video))
    yield case("archive_many", many, KEPT)


def _overlapping(video: bytes) -> bytes:
    """A directory that names the same bytes a thousand times over, as the best of bombs do."""
    data = zipped(("overlapping.mp4", video))
    start, end = data.index(CENTRAL), data.index(END)
    record = data[start:end]
    others = b"".join(record.replace(b"overlapping.mp4", b"lapping%04d.mp4" % i) for i in range(999))
    total = struct.pack("<HHHHIIH", 0, 0, 1000, 1000, len(record) + len(others), start, 0)
    return data[:start] + record + others + END + total


MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (named, packed, directories)


@cache
def cases() -> tuple[Case, ...]:
    """All of them, each name once."""
    return gathered(MAKERS)
