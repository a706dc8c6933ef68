"""Pixels to an MP4 file that any player shows."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace

from chereme.errors import OutputError
from chereme.frames.planes import BT601, Colors, Planes
from chereme.types import Bytes, Floats

MUX = {"movflags": "+faststart", "fflags": "+bitexact"}
"""The index comes first, and no clock and no version is written."""
SOUND_BITS = 128_000
"""Bits a second of AAC."""
TREELESS = frozenset({"ultrafast", "superfast"})
"""x264's presets without a macroblock tree."""
LOOKAHEAD = 10
"""Frames that x264 looks ahead to grow a tree with a preset that has none: as with `veryfast`."""
AVX512F = 13
"""OpenCV's number for the processor's feature."""

Sound = tuple[Floats, int]
"""Samples (channels, samples) of one or two channels, and how many there are a second."""


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
    with whole_file(path) as aside:
        encoder = Encoder(aside, first.shape, fps, crf=crf, preset=preset, keyframe=keyframe)
        with encoder:
            for each in chain([first], frames):
                encoder.add(each)
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place when the block ends well, and goes when not.

    Raises `OutputError` where that cannot be.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        aside = Path(name)
        try:
            yield aside
            aside.chmod(0o644)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


class Encoder:
    """An MP4 file that is being written, a picture at a time; whole when its block has ended.

    With a `time_base`, each picture comes with its time in that unit; without, pictures come at even steps of `fps`.
    Pictures come as RGB or, with their `colors` stated, as planes. `tree` has x264 weigh blocks by its macroblock tree.
    `sound` begins with the first picture, at a rate that AAC knows.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        fps: float,
        *,
        crf: float = 23.0,
        preset: str = "veryfast",
        keyframe: int = 50,
        tree: bool = False,
        colors: Colors = BT601,
        time_base: Fraction | None = None,
        sound: Sound | None = None,
    ) -> None:
        # 1001 is the denominator of 23.976 and 29.97, the only common rates that are no short decimal.
        rate = Fraction(fps).limit_denominator(1001)
        self._shape, self._unit, self._count = shape, time_base or 1 / rate, 0
        self._container = av.open(str(path), "w", format="mp4", container_options=MUX)
        options = {"crf": str(crf), "preset": preset, "x264-params": _tree(preset) if tree else "mbtree=0"}
        self._stream = self._container.add_stream("libx264", rate=rate, options=options)
        height, width = shape[:2]
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        context.gop_size = keyframe
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.colorspace, context.color_primaries = colors.matrix, colors.primaries
        context.color_trc = colors.transfer
        context.color_range = ColorRange.JPEG if colors.full else ColorRange.MPEG
        if time_base:
            context.time_base = time_base
        if sound:
            add_sound(self._container, sound)

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._container:
            if kind is None:
                self._container.mux(self._stream.encode(None))

    def add(self, pixels: Bytes, time: int | None = None) -> None:
        """One picture more, uint8 (height, width, rgb); its time in units of the time base where it has one."""
        if pixels.shape != self._shape or pixels.dtype != np.uint8:
            detail = f"{pixels.dtype} {pixels.shape}; the first was uint8 {self._shape}"
            raise ValueError(f"frame {self._count} is {detail}")
        height, width = pixels.shape[:2]
        even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        frame = frame.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG, threads=1
        )
        self._encode(frame, time)

    def add_planes(self, planes: Planes, time: int | None = None) -> None:
        """One picture more as planes, of the colors that were stated."""
        if planes.shape != self._shape[:2]:
            raise ValueError(f"frame {self._count} is {planes.shape}; the first was {self._shape[:2]}")
        self._encode(planes.frame(), time)

    def _encode(self, frame: av.VideoFrame, time: int | None) -> None:
        frame.pts, frame.time_base = self._count if time is None else time, self._unit
        self._container.mux(self._stream.encode(frame))
        self._count += 1


def _tree(preset: str) -> str:
    """x264's settings for a macroblock tree that is computed alike each time.

    The tree weighs blocks by how much later pictures lean on them: files a third smaller at about the same likeness.
    Its AVX-512 code gave other bytes from run to run with libx264 of PyAV 18.1, its AVX2 code does not.
    """
    wanted = [f"mbtree=1:rc-lookahead={LOOKAHEAD}"] if preset in TREELESS else []
    return ":".join([*wanted, *(["asm=avx2"] if cv2.checkHardwareSupport(AVX512F) else [])])


def add_sound(container: OutputContainer, sound: Sound) -> None:
    """Add sound as AAC to a file whose pictures are still to come."""
    samples, rate = sound
    stream = container.add_stream("aac", rate=rate)
    assert isinstance(stream, AudioStream)
    context = stream.codec_context
    layout = "mono" if len(samples) == 1 else "stereo"
    context.layout, context.format, context.bit_rate = layout, "fltp", SOUND_BITS
    context.flags |= Flags.bitexact
    context.open(strict=False)
    step = context.frame_size or 1024
    for at in range(0, samples.shape[1], step):
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, at : at + step]), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
