"""Pixels of just the frames that are asked for, exact by time stamp."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from chereme.errors import Rejected
from chereme.frames.container import MOST_PIXELS, open_video, whose_fault
from chereme.frames.memory import keep_freed_memory
from chereme.frames.timeline import Timeline, timeline
from chereme.types import Bytes, Frames, Shot

logger = logging.getLogger(__name__)

WINDOW_BYTES = 4 << 20
"""Pixels held at a time: a frame of 1280×720, four of 640×480. Larger windows only push the networks' weights out of
the processor's cache: 64 MiB cost 0.7 ms a frame more."""

SEEK_WORTH = 16
"""Frames that must be saved for a jump to a keyframe to pay: opening the file anew costs about as much."""


def decode(shot: Shot, index: npt.ArrayLike, *, window_bytes: int = WINDOW_BYTES, threads: int = 1) -> Iterator[Frames]:
    """The frames `index` of a shot's file, (frames,) rising, within the shot, in windows of at most `window_bytes`.

    Pixels are RGB, upright (rotation metadata applied), converted by the matrix and range that the file states, BT.601
    where it states none: the same values as OpenCV gives. Pixels are taken as square. A picture whose size differs from
    the file's (some streams change size midway) is scaled to it. Frames not asked for are decoded only as far as others
    need them, and never converted. One thread by default, because a run keeps one worker a core.

    A file that breaks off gives the frames before the break, and a warning in the log; `Rejected` as `undecodable` when
    none of those asked for can be decoded, or when the file is not the one that was probed.
    """
    return _windows(shot, _asked(shot, index), window_bytes, threads)


def pictures(shot: Shot, index: npt.ArrayLike, *, threads: int = 1) -> Iterator[tuple[int, VideoFrame]]:
    """The frames `index` as `decode` gives them, each with its number, but as the decoder made them.

    They are not converted, turned or scaled. The caller counts them: those that cannot be had are left out.
    Raises `Rejected` as `undecodable` when the file is not the one that was probed.
    """
    asked = _asked(shot, index)
    line, most = _line(shot)
    return _pictures(shot.media.path, line, asked.tolist(), threads, most)


def _asked(shot: Shot, index: npt.ArrayLike) -> npt.NDArray[np.int64]:
    asked = np.asarray(index, np.int64)
    if asked.ndim != 1 or (np.diff(asked) <= 0).any():
        raise ValueError("frame indices must be one rising row")
    if len(asked) and not shot.first <= asked[0] <= asked[-1] < shot.stop:
        raise ValueError(f"frames {asked[0]} to {asked[-1]} do not lie in the shot's {shot.first} to {shot.stop}")
    return asked


def _line(shot: Shot) -> tuple[Timeline, int]:
    """The timeline of a shot's file, which must be the one that was probed, and the largest picture to decode."""
    media = shot.media
    most = max(MOST_PIXELS, media.width * media.height)
    line = timeline(media.path, most, sys.maxsize, sized=False)
    if len(line) != media.frames:
        detail = f"{media.path.name} had {media.frames} frames when it was probed and has {len(line)} now"
        raise Rejected("undecodable", detail)
    return line, most


def _windows(shot: Shot, asked: npt.NDArray[np.int64], window_bytes: int, threads: int) -> Iterator[Frames]:
    keep_freed_memory()
    media, (line, most) = shot.media, _line(shot)
    room = max(1, window_bytes // (media.height * media.width * 3))
    upright = _Upright(media.width, media.height)
    pixels = np.empty((0, media.height, media.width, 3), np.uint8)
    held: list[int] = []
    done = 0
    for frame, picture in _pictures(media.path, line, asked.tolist(), threads, most):
        image = upright(picture)
        if room == 1:  # nothing is to be put beside it, so it need not be copied
            pixels, held = np.ascontiguousarray(image)[None], [frame]
        else:
            if not held:
                pixels = np.empty((min(room, len(asked) - done), media.height, media.width, 3), np.uint8)
            pixels[len(held)] = image
            held.append(frame)
        done += 1
        if len(held) == len(pixels):
            yield _frames(shot, line, held, pixels)
            held = []
    if held:
        yield _frames(shot, line, held, pixels[: len(held)])
    if len(asked) and not done:
        raise Rejected("undecodable", f"none of the {len(asked)} frames asked of {media.path.name}")
    if done < len(asked):
        logger.warning("%s: %d of %d frames could not be decoded", media.path.name, len(asked) - done, len(asked))


def _frames(shot: Shot, line: Timeline, held: list[int], pixels: Bytes) -> Frames:
    index = np.array(held, np.int64)
    return Frames(shot=shot, index=index, pixels=pixels, seconds=line.seconds[index])


def _pictures(
    path: Path, line: Timeline, asked: list[int], threads: int, most_pixels: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Each frame asked for, in order; those that cannot be had are left out."""
    for key, run in _runs(line, asked):
        got = -1
        # A jump or a skipped picture may cost a frame in an odd file; then the rest is read plainly from the start.
        for quick in (True, False):
            left = [frame for frame in run if frame > got]
            for frame, picture in _read(path, line, left, key if quick else 0, quick, threads, most_pixels):
                got = frame
                yield frame, picture
            if got == run[-1]:
                break


def _runs(line: Timeline, asked: list[int]) -> list[tuple[int, list[int]]]:
    """Where to start, as a position in `keys`, and the frames to read from there on."""
    at = np.maximum(np.searchsorted(line.keys, asked, side="right") - 1, 0)
    runs: list[tuple[int, list[int]]] = []
    reached = 0
    for frame, key in zip(asked, at.tolist(), strict=True):
        if line.keys[key] - reached >= SEEK_WORTH:
            runs.append((key, [frame]))
        elif runs:
            runs[-1][1].append(frame)
        else:
            runs.append((0, [frame]))
        reached = frame
    return runs


def _read(
    path: Path, line: Timeline, asked: list[int], key: int, quick: bool, threads: int, most_pixels: int
) -> Iterator[tuple[int, VideoFrame]]:
    """The frames asked for, from a keyframe on; with `quick` it ends at the first that is missing."""
    wanted = {(frame if line.pts is None else int(line.pts[frame])): frame for frame in asked}
    due = iter(wanted)
    next_due = next(due)
    skips = quick and threads == 1 and line.pts is not None
    count = 0
    with open_video(path, threads=threads, quick=quick, most_pixels=most_pixels) as (container, stream):
        if key:
            container.seek(int(line.key_stamps[key]), stream=stream)
        try:
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    continue
                if skips:  # pictures that no other refers to need not be decoded unless they are asked for
                    stream.codec_context.skip_frame = (
                        "DEFAULT" if packet.pts is None or packet.pts in wanted else "NONREF"
                    )
                for picture in packet.decode():
                    stamp = picture.pts if line.pts is not None else count
                    count += 1
                    if stamp is None or stamp < next_due:
                        continue
                    while stamp > next_due:
                        if quick:
                            return
                        if (following := next(due, None)) is None:
                            return
                        next_due = following
                    if stamp == next_due:
                        yield wanted[stamp], picture
                        if (following := next(due, None)) is None:
                            return
                        next_due = following
        except av.error.FFmpegError as error:
            whose_fault(path, error)
            logger.warning("%s breaks off: %s", path.name, error.strerror)


class _Upright:
    """Pictures to upright RGB of one size."""

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._convert = VideoReformatter()

    def __call__(self, picture: VideoFrame) -> Bytes:
        """(height, width, rgb), in memory that no other picture will have while this is held."""
        turns = round(picture.rotation / 90) % 4
        width, height = self._size if turns % 2 == 0 else self._size[::-1]
        # Without scaling this is the same arithmetic as OpenCV's default, bit for bit, at half its time.
        rgb = self._convert.reformat(
            picture, width=width, height=height, format="rgb24", interpolation="FAST_BILINEAR", threads=1
        )
        plane = rgb.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, : width * 3]
        return np.rot90(rows.reshape(height, width, 3), turns)
