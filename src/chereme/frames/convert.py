"""A video of any container to an MP4 that any program reads, with the same frames at the same times."""

import logging
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from chereme.errors import Rejected
from chereme.frames.container import open_video
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import Limits, Probed, probe
from chereme.types import Bytes, Entry, Shot

logger = logging.getLogger(__name__)

COPIED = frozenset({"h264", "hevc", "mpeg4", "av1"})
"""Codecs that programs look for in MP4: their pictures are taken over as they are."""

QUALITY = 18.0
"""x264's crf for pictures that must be encoded anew: hardly to be told from what came."""

MOST_SHIFT = 0.5
"""Frames by which a picture may be shown earlier or later in a file of even steps."""


def to_mp4(source: Path, target: Path, limits: Limits | None = None) -> None:
    """Write the main video stream of `source` as the MP4 `target`, copied where that gives the same frames.

    Otherwise it is encoded as H.264 at even steps. Sound is left out. The same file gives the same bytes.

    Raises `Rejected`: as `probe` does; `undecodable` when the MP4 would have other frames, or when its pictures do not
    come at even steps and cannot be copied.
    """
    before = probe(source, limits)
    with open_video(source) as (_, stream):
        codec = stream.codec_context.name
    if codec in COPIED:
        try:
            _copy(source, target)
            if _same(before, probe(target, limits)):
                return
        except (av.error.FFmpegError, Rejected) as error:
            logger.info("%s: cannot be copied into MP4 (%s); encoded anew", source.name, error)
    _encode(before, target)
    if not _same(before, probe(target, limits)):
        target.unlink(missing_ok=True)
        raise Rejected("undecodable", f"{source.name}: other frames in MP4 than in {codec}")


def _copy(source: Path, target: Path) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with (
        open_video(source, quick=False) as (container, stream),
        av.open(str(target), "w", format="mp4", container_options=options) as written,
    ):
        copy = written.add_stream_from_template(stream)
        for packet in container.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                written.mux(packet)


def _encode(before: Probed, target: Path) -> None:
    media = before.media
    even = np.arange(media.frames) / media.fps
    if np.abs(before.seconds - even).max() * media.fps > MOST_SHIFT:
        raise Rejected("undecodable", f"{media.path.name}: its frames do not come at even steps")
    whole = Shot(entry=Entry(id="whole", gloss=""), media=media, first=0, stop=media.frames)
    write_video(target, _pictures(whole), media.fps, crf=QUALITY)


def _pictures(whole: Shot) -> Iterator[Bytes]:
    for window in decode(whole, np.arange(whole.stop)):
        yield from window.pixels


def _same(before: Probed, after: Probed) -> bool:
    """Whether as many frames are shown, each within half a frame of its time."""
    if before.media.frames != after.media.frames:
        return False
    shift = np.abs(before.seconds - after.seconds).max() * before.media.fps
    return bool(shift <= MOST_SHIFT)
