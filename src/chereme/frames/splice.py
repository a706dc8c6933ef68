"""A part of a file taken over packet by packet, where that gives just the frames asked for."""

import re
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
START_CODE = re.compile(b"\0\0\1")
"""What stands before each unit of H.264 in a stream without lengths (ITU-T H.264, annex B)."""
UNIT_TYPE, IDR = 0x1F, 5
"""Bits of a unit's first byte that say what it is, and the number of a slice of a picture that refreshes the decoder
(ITU-T H.264, section 7.3.1 and table 7-1)."""
SHIFT = 0.5
"""Frames by which a copied picture may be shown earlier or later than it was."""
LEANS = "its pictures lean on others outside"


class _Inexact(Exception):
    """Why a copy would not be exact, or is not."""


def splice(shot: Shot, line: Timeline, path: Path, *, sound: bool = False) -> str:
    """Write the frames of a shot to an MP4 at `path` without encoding them; empty, or why that would not be exact.

    It is where the file is plain H.264, upright, the shot begins at a keyframe past which decoders look not back (IDR;
    any where the shot is the whole file), and no picture from there on to the shot's last leans on one outside: then
    the packets from the keyframe on, in decoding order, are just the shot's frames. The copy is opened again: it counts
    only with as many frames, each within half a frame of its time. Sound is encoded anew, because its packets end
    elsewhere than the pictures do.
    """
    if line.pts is None:
        return "the file has no time stamps"
    if shot.first not in line.keys:
        return "starts between keyframes"
    if not line.format:
        return "its first picture cannot be decoded"
    if line.format not in PLAIN:  # told by a picture: headers may leave it open
        return f"its pictures are {line.format}"
    if line.rotation:
        return "it is turned"
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


def _refreshes(packet: "Packet[VideoStream]") -> bool:
    """Whether no later picture leans on one before this: a slice of an IDR picture (ITU-T H.264, table 7-1)."""
    data, header = bytes(packet), packet.stream.codec_context.extradata or b""
    if not header.startswith(b"\x01"):  # start codes before each unit; otherwise their lengths (ISO/IEC 14496-15)
        return any(data[at.end()] & UNIT_TYPE == IDR for at in START_CODE.finditer(data) if at.end() < len(data))
    size, at = (header[4] & 3) + 1, 0
    while at + size < len(data):
        if data[at + size] & UNIT_TYPE == IDR:
            return True
        at += size + int.from_bytes(data[at : at + size], "big")
    return False


def _delay(shot: Shot, line: Timeline) -> int:
    """By how much decoding must run ahead of display, in units of the stream's time base."""
    assert line.pts is not None
    wanted = line.pts[shot.first : shot.stop]
    start = int(np.argmax(line.order == wanted[0]))
    order = line.order[start : start + len(wanted)]
    if not np.array_equal(np.sort(order), wanted):
        raise _Inexact(LEANS)
    return max(0, int((wanted - order).max()))


def _copy(shot: Shot, line: Timeline, path: Path, delay: int, sound: bool) -> None:
    assert line.pts is not None
    start = int(line.pts[shot.first])
    # Decoding times are made anew: some containers have none, and a part's need not begin where the file's did.
    due = iter((line.pts[shot.first : shot.stop] - start - delay).tolist())
    left = {int(pts) for pts in line.pts[shot.first : shot.stop]}
    with open_video(shot.media.path) as (container, stream):
        if (codec := stream.codec_context.name) != "h264":
            raise _Inexact(f"its codec is {codec}")
        if key := int(np.searchsorted(line.keys, shot.first)):
            container.seek(int(line.key_stamps[key]), stream=stream)
        with av.open(str(path), "w", format="mp4", container_options=MUX) as written:
            copy = written.add_stream_from_template(stream)
            if sound and (heard := sound_between(shot.media.path, *seconds_of(shot, line))):
                add_sound(written, heard)
            for packet in container.demux(stream):
                pts = packet.pts
                if pts is None or (len(left) == shot.stop - shot.first and pts != start):
                    continue  # before the shot
                if packet.is_corrupt or packet.is_discard or pts not in left:
                    raise _Inexact(LEANS)
                if pts == start and shot.first and not _refreshes(packet):
                    raise _Inexact(LEANS)
                packet.pts, packet.dts, packet.stream = pts - start, next(due), copy
                written.mux(packet)
                left.remove(pts)
                if not left:
                    return
    raise _Inexact("its packets end early")


def _same(shot: Shot, line: Timeline, path: Path) -> bool:
    """Whether the copy has as many frames, each at its time."""
    copied = timeline(path, sized=False)
    due = line.seconds[shot.first : shot.stop] - line.seconds[shot.first]
    return len(copied) == len(due) and bool(np.abs(copied.seconds - due).max() * line.fps <= SHIFT)
