"""A part of a file taken over packet by packet, where that gives just the frames asked for."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from chereme.frames.container import open_video
from chereme.frames.encode import MUX, add_sound, whole_file
from chereme.frames.sound import sound_between
from chereme.frames.timeline import Timeline, timeline
from chereme.types import Shot

PLAIN = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats of H.264 that every player shows."""
SHIFT = 0.5
"""Frames by which a copied picture may be shown earlier or later than it was."""


class _Inexact(Exception):
    """Why a copy would not be exact, or is not."""


def splice(shot: Shot, line: Timeline, path: Path, *, sound: bool = False) -> str:
    """Write the frames of a shot to an MP4 at `path` without encoding them; empty, or why that would not be exact.

    It is where the file is plain H.264, upright, the shot begins at a keyframe, and no picture from there on to the
    shot's last leans on one outside: then the packets from the keyframe on, in decoding order, are just the shot's
    frames. The copy is opened again and decoded: it counts only with as many frames, each within half a frame of its
    time. Sound is encoded anew, because its packets end elsewhere than the pictures do.
    """
    if line.pts is None:
        return "the file has no time stamps"
    if shot.first not in line.keys:
        return "starts between keyframes"
    if why := _unfit(shot.media.path):
        return why
    try:
        delay = _delay(shot, line)
        with whole_file(path) as aside:
            _copy(shot, line, aside, delay, sound)
            if not _same(shot, line, aside):
                raise _Inexact("a copy has other frames")
    except _Inexact as why_not:
        return str(why_not)
    except av.error.FFmpegError as error:
        return f"cannot be copied ({error.strerror})"
    return ""


def seconds_of(shot: Shot, line: Timeline) -> tuple[float, float]:
    """When a shot begins and ends on the clock of its container, which the sound goes by."""
    last = line.seconds[shot.stop] if shot.stop < len(line) else line.stop
    return line.start + float(line.seconds[shot.first]), line.start + float(last)


def _unfit(path: Path) -> str:
    with open_video(path) as (container, stream):
        if stream.codec_context.name != "h264":
            return f"its codec is {stream.codec_context.name}"
        try:
            first = next(iter(container.decode(stream)), None)
        except av.error.FFmpegError:
            first = None
        if first is None:
            return "its first picture cannot be decoded"
        if first.format.name not in PLAIN:  # told by the picture: headers may leave it open
            return f"its pictures are {first.format.name}"
        return "it is turned" if first.rotation % 360 else ""


def _packets(shot: Shot, line: Timeline) -> "Iterator[tuple[Packet[VideoStream], int]]":
    """The packets of a shot in decoding order, each with its time stamp."""
    assert line.pts is not None
    wanted = {int(pts) for pts in line.pts[shot.first : shot.stop]}
    start = int(line.pts[shot.first])
    begun = False
    key = int(np.searchsorted(line.keys, shot.first))
    with open_video(shot.media.path, quick=False) as (container, stream):
        if key:
            container.seek(int(line.key_stamps[key]), stream=stream)
        for packet in container.demux(stream):
            pts = packet.pts
            begun |= pts == start
            if not begun or pts is None:
                continue
            if packet.is_corrupt or packet.is_discard or pts not in wanted:
                raise _Inexact("its pictures lean on others outside")
            wanted.remove(pts)
            yield packet, pts
            if not wanted:
                return
    raise _Inexact("its packets end early")


def _delay(shot: Shot, line: Timeline) -> int:
    """By how much decoding must run ahead of display, in units of the stream's time base."""
    assert line.pts is not None
    order = np.array([pts for _, pts in _packets(shot, line)], np.int64)
    return max(0, int((line.pts[shot.first : shot.stop] - order).max()))


def _copy(shot: Shot, line: Timeline, path: Path, delay: int, sound: bool) -> None:
    assert line.pts is not None
    start = int(line.pts[shot.first])
    # Decoding times are made anew: some containers have none, and a part's need not begin where the file's did.
    due = iter((line.pts[shot.first : shot.stop] - start - delay).tolist())
    with (
        open_video(shot.media.path, quick=False) as (_, stream),
        av.open(str(path), "w", format="mp4", container_options=MUX) as written,
    ):
        copy = written.add_stream_from_template(stream)
        if sound and (heard := sound_between(shot.media.path, *seconds_of(shot, line))):
            add_sound(written, heard)
        for packet, pts in _packets(shot, line):
            packet.pts, packet.dts, packet.stream = pts - start, next(due), copy
            written.mux(packet)


def _same(shot: Shot, line: Timeline, path: Path) -> bool:
    """Whether the copy decodes to as many frames, each at its time."""
    copied = timeline(path)
    due = line.seconds[shot.first : shot.stop] - line.seconds[shot.first]
    if len(copied) != len(due) or np.abs(copied.seconds - due).max() * line.fps > SHIFT:
        return False
    with open_video(path, quick=False) as (container, stream):
        try:
            return sum(1 for _ in container.decode(stream)) == len(due)
        except av.error.FFmpegError:
            return False
