"""Broken files of landmarks: `.pose` headers that claim what cannot be, files cut off, other Parquet files."""

import io
import random
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chereme.exports.pose_file import as_pose, pose_bytes
from tests.hostile.cases import KEPT, Case, case, gathered
from tests.people import person

FLIPS = 60
FRAMES = 12
BAD = ("not_a_pose", "no_frames")


@cache
def whole() -> bytes:
    return pose_bytes(as_pose(person(np.linspace(0, 60, FRAMES), np.linspace(0, 150, FRAMES))))


def poses() -> Iterator[Case]:
    """Version, size of the picture, components, then the body: fps, frames, people, and the numbers."""
    data = whole()
    body = len(data) - 4 * (FRAMES * 576 * 4) - 10

    def pose(name: str, changed: bytes, *expected: str) -> Case:
        return case(name, changed, *expected, suffix=".pose")

    def patched(at: int, new: bytes) -> bytes:
        return data[:at] + new + data[at + len(new) :]

    yield pose("pose_whole", data, KEPT)
    yield pose("pose_trailing", data + bytes(1000), KEPT, *BAD)
    yield pose("pose_twice", data + data, KEPT, *BAD)
    yield pose("pose_empty", b"", "empty_file")
    for at in sorted(
        {
            *range(1, 64, 4),
            *range(64, body, body // 12),
            *range(body - 2, body + 12),
            *range(body + 12, len(data), len(data) // 8),
        }
    ):
        yield pose(f"pose_cut_{at}", data[:at], *BAD)
    for name, value in (
        ("0", 0.0),
        ("7", 0.7),
        ("1", 1.0),
        ("nan", float("nan")),
        ("infinite", float("inf")),
        ("negative", -0.1),
        ("huge", 1e30),
        ("0_3", 0.3),
    ):
        yield pose(f"pose_version_{name}", patched(0, struct.pack("<f", value)), *BAD)
    for name, value in (("0_1", 0.1),):
        yield pose(f"pose_version_{name}", patched(0, struct.pack("<f", value)), KEPT, *BAD)
    for at, what in ((4, "width"), (6, "height"), (8, "depth"), (10, "components"), (12, "name")):
        for name, new in (("0", bytes(2)), ("max", b"\xff\xff"), ("1", b"\x01\0")):
            yield pose(f"pose_{what}_{name}", patched(at, new), KEPT, *BAD)
    for name, number in (
        ("0", 0.0),
        ("nan", float("nan")),
        ("infinite", float("inf")),
        ("negative", -25.0),
        ("tiny", 1e-30),
        ("huge", 1e30),
    ):
        yield pose(f"pose_fps_{name}", patched(body, struct.pack("<f", number)), "not_a_pose", "too_long")
    for name, count in (("0", 0), ("more", FRAMES + 1), ("million", 10**6), ("max", 2**32 - 1), ("half", 2**31)):
        yield pose(f"pose_frames_{name}", patched(body + 4, struct.pack("<I", count)), *BAD)
    yield pose("pose_frames_fewer", patched(body + 4, struct.pack("<I", 5)), KEPT, *BAD)
    for name, people in (("0", 0), ("2", 2), ("max", 65535)):
        yield pose(f"pose_people_{name}", patched(body + 8, struct.pack("<H", people)), *BAD)
    yield pose("pose_of_another", data.replace(b"LANDMARKS", b"LANDMARCH"), *BAD)
    yield pose("pose_no_utf8", data.replace(b"LANDMARKS", b"LANDMAR\xff\xfe"), KEPT, *BAD)
    yield pose("pose_escape", data.replace(b"LANDMARKS", b"LANDM\x1b[2J"), *BAD)
    for name, number in (("nan", np.nan), ("infinite", np.inf), ("huge", 3e38), ("negative", -3e38)):
        yield pose(
            f"pose_points_{name}",
            data[: body + 10] + np.full((len(data) - body - 10) // 4, number, "<f4").tobytes(),
            KEPT,
            "no_hands",
            *BAD,
        )
    for name, other in (
        ("html", b"<html></html>" * 50),
        ("zeros", bytes(100_000)),
        ("ones", b"\xff" * 100_000),
        ("pickle", b"\x80\x04cos\nsystem\n(S'true'\ntR." * 40),
    ):
        yield pose(f"pose_{name}", other, *BAD)
    chance = random.Random(11)
    yield pose("pose_noise", chance.randbytes(100_000), *BAD)
    for number in range(FLIPS):
        changed = bytearray(data)
        for _ in range(2 ** chance.randrange(5)):
            changed[chance.randrange(body + 10)] = chance.choice((0, 0xFF, 0x7F, chance.randrange(256)))
        yield pose(f"pose_flip_{number:02}", bytes(changed), KEPT, "no_hands", "too_long", *BAD)


def tables() -> Iterator[Case]:
    """Parquet, as asl-signs has it and as not."""
    rows = 42
    plain: dict[str, Any] = {
        "frame": np.repeat(np.arange(FRAMES), rows),
        "type": ["left_hand"] * 21 * FRAMES + ["right_hand"] * 21 * FRAMES,
        "landmark_index": np.tile(np.arange(21), 2 * FRAMES),
        "x": np.full(rows * FRAMES, 0.5),
        "y": np.full(rows * FRAMES, 0.5),
        "z": np.zeros(rows * FRAMES),
    }
    plain["frame"] = np.tile(np.repeat(np.arange(FRAMES), 21), 2)

    def table(name: str, columns: dict[str, Any], *expected: str) -> Case:
        held = io.BytesIO()
        pq.write_table(pa.table(columns), held)
        return case(name, held.getvalue(), *expected, suffix=".parquet")

    yield table("table_whole", plain, KEPT)
    for column in plain:
        yield table(
            f"table_without_{column}", {name: value for name, value in plain.items() if name != column}, "not_a_pose"
        )
        yield table(f"table_text_{column}", plain | {column: ["a\x1b[2J"] * rows * FRAMES}, "not_a_pose")
        yield table(f"table_null_{column}", plain | {column: pa.nulls(rows * FRAMES)}, "not_a_pose", "no_hands")
        yield table(f"table_nested_{column}", plain | {column: [[1]] * rows * FRAMES}, "not_a_pose")
    for name, value in (("huge", 2**62), ("negative", -(2**62)), ("far", 10**6)):
        for column in ("frame", "landmark_index"):
            numbers = plain[column].copy()
            numbers[0] = value
            yield table(f"table_{column}_{name}", plain | {column: numbers}, "not_a_pose", "too_large")
    yield table("table_infinite", plain | {"x": np.full(rows * FRAMES, np.inf)}, "no_hands", KEPT, "not_a_pose")
    yield table("table_of_nothing", {name: value[:0] for name, value in plain.items()}, "no_frames")
    held = io.BytesIO()
    pq.write_table(pa.table(plain), held)
    data = held.getvalue()
    for tenth in range(1, 10):
        yield case(f"table_cut_{tenth}", data[: len(data) * tenth // 10], "not_a_pose", suffix=".parquet")
    yield case("table_empty", b"", "empty_file", suffix=".parquet")
    yield case("table_html", b"<html></html>", "not_a_pose", suffix=".parquet")
    chance = random.Random(13)
    for number in range(FLIPS // 2):
        changed = bytearray(data)
        for _ in range(2 ** chance.randrange(4)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        yield case(
            f"table_flip_{number:02}",
            bytes(changed),
            KEPT,
            "not_a_pose",
            "no_hands",
            "too_large",
            "no_frames",
            suffix=".parquet",
        )


MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (poses, tables)


@cache
def cases() -> tuple[Case, ...]:
    """All of them, each name once."""
    return gathered(MAKERS)
