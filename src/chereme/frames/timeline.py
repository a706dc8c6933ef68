"""When each frame of a file is shown, found without decoding it wherever the packets tell."""

import logging
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from chereme.errors import Rejected
from chereme.frames.container import MOST_PIXELS, open_video, whose_fault

logger = logging.getLogger(__name__)

FALLBACK_FPS = 25.0
"""Frames a second of a file that states neither times nor a rate."""

MOST_FRAMES = 3_000_000
"""Most frames of a file that is read: of each, some 200 bytes are held."""

UNSTAMPED = frozenset({"avi", "swf", "h264", "hevc", "mpegvideo", "m4v", "mjpeg", "dv"})
"""Containers without display times: FFmpeg guesses them, rightly only where no frame is shown out of order."""

VP8_SHOWN = 0x10
"""Bit of a VP8 packet's first byte: the frame is shown, not only predicted from (RFC 6386, section 9.1)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timeline:
    """The frames of a file in order of display."""

    seconds: npt.NDArray[np.float64] = field(repr=False)
    """(frames,) display time, 0 at the first frame shown, rising."""
    pts: npt.NDArray[np.int64] | None = field(repr=False)
    """(frames,) time stamp in the stream's own unit, or None where only counting tells the frames apart."""
    keys: npt.NDArray[np.int64] = field(repr=False)
    """(keyframes,) indices of the frames where decoding can start, rising; the first frame counts as one."""
    key_stamps: npt.NDArray[np.int64] = field(repr=False)
    """(keyframes,) the time stamp to seek to for each of `keys`."""
    fps: float
    """Frames a second: as stated where the times bear it out, else by the typical step, so that pauses count little."""
    size: tuple[int, int] | None
    """Width and height of the first picture, upright; None where none could be decoded, or none was wanted."""
    format: str = ""
    """Pixel format of the first picture; empty where there is no size."""
    rotation: int = 0
    """Degrees by which the first picture is to be turned."""
    order: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    """(packets,) the time stamps in the order in which the packets lie in the file, shown or not."""
    start: float = 0.0
    """Seconds on the container's own clock, which its sound goes by, at which the first frame is shown."""

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def stop(self) -> float:
        """Seconds at which the last frame ends, taking it to last as long as the typical one."""
        return float(self.seconds[-1]) + 1 / self.fps if len(self) else 0.0


def timeline(
    path: Path, most_pixels: int = MOST_PIXELS, most_frames: int = MOST_FRAMES, *, sized: bool = True
) -> Timeline:
    """The display time of every frame of a file. Empty where the stream holds no frames.

    Packets are demuxed, and only the first picture is decoded: the packets' time stamps, sorted, are the frames in
    order of display; those which the container discards (edit lists), marks as broken or never shows are left out.
    Where packets cannot tell (no time stamps as in AVI with B-frames, repeated ones, a start without a keyframe) the
    file is decoded once and the frames are counted. The last few files are remembered, because many entries may lie in
    one recording. Where the size is known already, `sized` False spares that picture.

    Raises `Rejected` as `open_video` does, and as `too_long` for more than `most_frames`.
    """
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise Rejected("missing_file", str(path)) from None
    return _timeline(path, most_pixels, most_frames, sized, stat.st_size, stat.st_mtime_ns)


class _Facts(NamedTuple):
    """What a packet says of its frame."""

    pts: int | None
    dts: int | None
    key: bool
    shown: bool


@lru_cache(maxsize=16)
def _timeline(path: Path, most_pixels: int, most_frames: int, sized: bool, size: int, mtime_ns: int) -> Timeline:
    packets: list[_Facts] = []
    pictures: list[VideoFrame] = []
    with open_video(path, most_pixels=most_pixels) as (container, stream):
        try:
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    continue
                if packet.size:
                    packets.append(_Facts(packet.pts, packet.dts, packet.is_keyframe, _shown(packet, stream)))
                if len(packets) > most_frames:
                    raise Rejected("too_long", f"{path.name}: more than {most_frames:,} frames")
                if sized and not pictures:
                    pictures = _try(packet)
        except av.error.FFmpegError as error:
            whose_fault(path, error)
            logger.warning("%s breaks off after %d packets: %s", path.name, len(packets), error.strerror)
        unit, rate = stream.time_base or Fraction(1), float(stream.average_rate or stream.guessed_rate or 0)
        told = container.format.name not in UNSTAMPED or not stream.codec_context.codec.reorder
    pts = _stamps(packets) if told or not packets else None
    if pts is None:
        seconds = _by_decoding(path, packets, unit, rate, most_pixels)
        keys = stamps = np.zeros(min(len(seconds), 1), np.int64)
    else:
        seconds = (pts - pts[:1]).astype(np.float64) * float(unit)
        keys, stamps = _keys(packets, pts)
    shape = _upright(pictures[0]) if pictures else None
    return Timeline(
        seconds=seconds,
        pts=pts,
        keys=keys,
        key_stamps=stamps,
        fps=_fps(seconds, rate),
        size=shape,
        format=pictures[0].format.name if pictures else "",
        rotation=pictures[0].rotation % 360 if pictures else 0,
        order=np.array([packet.pts for packet in packets if packet.pts is not None], np.int64),
        start=float(pts[0] * unit) if pts is not None and len(pts) else 0.0,
    )


def _try(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return []


def _upright(picture: VideoFrame) -> tuple[int, int]:
    size = picture.width, picture.height
    return size[::-1] if round(picture.rotation / 90) % 2 else size


def _shown(packet: "Packet[VideoStream]", stream: VideoStream) -> bool:
    if packet.is_discard:
        return False
    return stream.codec_context.name != "vp8" or bool(memoryview(packet)[0] & VP8_SHOWN)


def _stamps(packets: list[_Facts]) -> npt.NDArray[np.int64] | None:
    """Time stamps in order of display, or None where the packets do not tell the frames."""
    if not packets:
        return np.zeros(0, np.int64)
    shown = [packet.pts for packet in packets if packet.shown]
    stamps = sorted(pts for pts in shown if pts is not None)
    first = packets[0]
    # Frames shown before the first keyframe lean on pictures that are not in the file; decoders drop some of them.
    if not stamps or len(set(stamps)) != len(shown) or not first.key or first.pts is None or stamps[0] < first.pts:
        return None
    return np.array(stamps, np.int64)


def _keys(packets: list[_Facts], pts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The frames where decoding can start, and where to seek for each."""
    keys = sorted(
        (p.pts, p.pts if p.dts is None else min(p.pts, p.dts)) for p in packets if p.key and p.pts is not None
    )
    at, stamps = np.array(keys, np.int64).reshape(-1, 2).T
    frames = np.searchsorted(pts, at)
    inside = frames < len(pts)
    return frames[inside].astype(np.int64), stamps[inside]


def _fps(seconds: npt.NDArray[np.float64], stated: float) -> float:
    steps = np.diff(seconds)
    if not len(steps):
        return stated or FALLBACK_FPS
    mean, typical = len(steps) / float(seconds[-1]), 1 / float(np.median(steps))
    # Time stamps rounded to milliseconds spoil the typical step much and the mean a little.
    best = mean if abs(mean - typical) < 0.05 * mean else typical
    return stated if abs(stated - best) < 0.01 * best else best


def _by_decoding(
    path: Path, packets: list[_Facts], unit: Fraction, rate: float, most_pixels: int
) -> npt.NDArray[np.float64]:
    """Display times of the frames that the decoder gives."""
    count = 0
    with open_video(path, quick=False, most_pixels=most_pixels) as (container, stream):
        try:
            for packet in container.demux(stream):
                if not packet.is_corrupt:
                    count += len(packet.decode())
        except av.error.FFmpegError as error:
            whose_fault(path, error)
            logger.warning("%s cannot be decoded beyond frame %d: %s", path.name, count, error.strerror)
    dts = sorted({packet.dts for packet in packets if packet.dts is not None})
    if len(dts) == count:  # each packet shows one frame, so the frames are shown at the packets' steps
        return (np.array(dts, np.int64) - (dts[0] if dts else 0)).astype(np.float64) * float(unit)
    return np.arange(count) / (rate or FALLBACK_FPS)
