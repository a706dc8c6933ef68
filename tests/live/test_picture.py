"""What a picture costs is known before it is decoded."""

import io
import struct
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chereme.live.limits import Limits
from chereme.live.picture import MOST_SCANS, BadFrame, read_frame, size_of

TIME = struct.pack("<d", 1.5)


def jpeg(width: int = 40, height: int = 30, **how: Any) -> bytes:
    held = io.BytesIO()
    shades = np.linspace(0, 255, width * height * 3).astype(np.uint8).reshape(height, width, 3)
    Image.fromarray(shades).save(held, "JPEG", **how)
    return held.getvalue()


HOW: list[dict[str, Any]] = [
    {},
    {"progressive": True},
    {"quality": 30, "subsampling": 0},
    {"restart_marker_rows": 1},
]


@pytest.mark.parametrize("how", HOW)
def test_plain_pictures_are_taken(how: dict[str, Any]) -> None:
    data = jpeg(**how)
    assert size_of(data) == (40, 30)
    seconds, pixels = read_frame(TIME + data, Limits())
    assert seconds == 1.5
    assert pixels.shape == (30, 40, 3)


def test_passes_over_the_picture_are_counted() -> None:
    data = jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    few, many = data[:-2] + scan * 3 + data[-2:], data[:-2] + scan * MOST_SCANS + data[-2:]
    assert size_of(few) == (40, 30)
    with pytest.raises(BadFrame, match="scans; at most"):
        size_of(many)
    for hiding in (b"\xff", b"\0", b"xy", b"\xff\xff\xfe\xff\xff", b"\xff\xd0", b"\xff\x01"):
        # libjpeg passes over odd bytes between segments, and might find scans where we saw other things
        with pytest.raises(BadFrame):
            size_of(data[:last] + hiding + data[last:-2] + scan * MOST_SCANS + data[-2:])


@given(st.binary(max_size=200), st.booleans(), st.integers(0, 700))
def test_of_any_bytes_the_size_is_told_or_they_are_refused(noise: bytes, begun: bool, cut: int) -> None:
    whole = jpeg()
    data = whole[:cut] + noise + whole[cut + len(noise) :] if begun else noise
    try:
        width, height = size_of(data)
    except BadFrame:
        return
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert found is None or found.shape == (height, width, 3)
