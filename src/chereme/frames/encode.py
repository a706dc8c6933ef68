"""Pixels to an MP4 file that any player shows."""

import os
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorRange, Colorspace

from chereme.errors import OutputError
from chereme.types import Bytes

SMPTE170M = 6
"""BT.601's number among ITU-T H.273's matrix coefficients, primaries and transfer functions."""


def write_video(
    path: Path, pixels: Iterable[Bytes], fps: float, *, crf: float = 23.0, preset: str = "veryfast", keyframe: int = 50
) -> Path:
    """Write uint8 (height, width, rgb) frames as H.264 in MP4, and give back the path.

    The file appears under its name when it is complete. Its index comes first, so that it plays while it loads, and it
    states BT.601 colors. The same frames give the same bytes: one encoding thread, no clock, and no macroblock tree,
    which x264 does not compute alike each time on processors with AVX-512. H.264 at 4:2:0 wants even sides, so an odd
    side grows by one and repeats its last row or column. `crf` is x264's quality (0 to 51, lower
    is better), `keyframe` the most frames between two keyframes.

    Raises `ValueError` for no frames or frames of different shapes, `OutputError` where the file cannot be written.
    """
    frames = iter(pixels)
    first = next(frames, None)
    if first is None:
        raise ValueError(f"no frames to write to {path}")
    shape = first.shape
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        aside = Path(name)
        try:
            options = {"crf": str(crf), "preset": preset, "mbtree": "0"}
            _encode(aside, chain([first], frames), shape, fps, options, keyframe)
            aside.chmod(0o644)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def _encode(
    path: Path, frames: Iterable[Bytes], shape: tuple[int, ...], fps: float, options: dict[str, str], keyframe: int
) -> None:
    # 1001 is the denominator of 23.976 and 29.97, the only common rates that are no short decimal.
    rate = Fraction(fps).limit_denominator(1001)
    height, width = shape[:2]
    mux = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", container_options=mux) as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        context.gop_size = keyframe
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.colorspace = context.color_primaries = context.color_trc = SMPTE170M
        context.color_range = ColorRange.MPEG
        for i, pixels in enumerate(frames):
            if pixels.shape != shape or pixels.dtype != np.uint8:
                raise ValueError(f"frame {i} is {pixels.dtype} {pixels.shape}; the first was uint8 {shape}")
            even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG, threads=1
            )
            frame.pts, frame.time_base = i, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
