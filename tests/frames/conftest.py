"""Films whose pictures carry their own number, and reading it back."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from chereme.frames.probe import probe
from chereme.types import Bytes, Entry, Frames, Shot

BITS = 8
BLOCK = 16


def draw(number: int, width: int = BITS * BLOCK, height: int = 48) -> Bytes:
    """A picture with its number in black and white blocks along its top; below, red left and blue right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for bit in range(BITS):
        pixels[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 235 * (number >> bit & 1)
    pixels[BLOCK:, : width // 2, 0] = 200
    pixels[BLOCK:, width // 2 :, 2] = 200
    return pixels


def read(pixels: Bytes) -> int:
    """The number drawn on a picture."""
    blocks = pixels[4 : BLOCK - 4, : BITS * BLOCK].reshape(BLOCK - 8, BITS, BLOCK, 3)[:, :, 4:-4].mean((0, 2, 3))
    return sum(1 << bit for bit, level in enumerate(blocks) if level > 118)


def numbers(windows: Sequence[Frames]) -> list[int]:
    return [read(pixels) for window in windows for pixels in window.pixels]


Film = Callable[..., Path]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Writes a film of numbered pictures; `ticks` are their display times in `time_base`."""

    def write(
        name: str = "film.mp4",
        codec: str = "libx264",
        fps: Fraction = Fraction(25),
        count: int = 40,
        ticks: Sequence[int] | None = None,
        time_base: Fraction | None = None,
        b_frames: int = 0,
        gop: int = 12,
        rotation: int = 0,
        size: tuple[int, int] = (BITS * BLOCK, 48),
        pix_fmt: str = "yuv420p",
        options: dict[str, str] | None = None,
        mux: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", container_options=mux or {}) as container:
            stream = container.add_stream(codec, rate=fps, options=options or {})
            assert isinstance(stream, VideoStream)
            context = stream.codec_context
            context.width, context.height, context.pix_fmt = size[0], size[1], pix_fmt
            context.gop_size, context.max_b_frames = gop, b_frames
            context.time_base = time_base or 1 / fps
            context.bit_rate = 2_000_000
            if rotation:
                stream.set_display_rotation(rotation)
            for i in range(count):
                frame = av.VideoFrame.from_ndarray(draw(i, *size), format="rgb24")
                frame.pts = ticks[i] if ticks else i
                frame.time_base = time_base or 1 / fps
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


def shot_of(path: Path) -> Shot:
    media = probe(path).media
    return Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=media.frames)


@pytest.fixture
def whole() -> Callable[[Path], Shot]:
    """The shot of a whole file."""
    return shot_of


@pytest.fixture
def number_of() -> Callable[[Bytes], int]:
    """The number that a picture carries."""
    return read


@pytest.fixture
def numbers_of() -> Callable[[Sequence[Frames]], list[int]]:
    """The numbers that pictures carry."""
    return numbers


@pytest.fixture
def picture() -> Callable[..., Bytes]:
    """Draws a numbered picture."""
    return draw
