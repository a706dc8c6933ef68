"""Opens a video file: the one place where an untrusted file meets the demuxer."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from chereme.errors import Rejected
from chereme.frames.flash import is_compressed, plain_flash

DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,live_flv,swf,asf,ogg,"
    "rm,dv,mjpeg,gif,apng,ivf,nut,mxf,y4m,yuv4mpegpipe,wav,flac"
)
"""Containers that hold video or sound. Playlists (HLS, concat) are left out: they may name other files and hosts."""

TELLING = ((4, b"ftyp"), (4, b"moov"), (0, b"\x1aE\xdf\xa3"))
"""Offset and bytes that mark MP4 and Matroska, whose headers tell all that others must be searched for."""

SIGNATURES = (*TELLING, (4, b"mdat"), (8, b"AVI "), (0, b"FLV"), (0, b"OggS"))
"""Marks by which a video container is known even where it is too broken to open."""

FAILING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN)
"""What a disk or a file server says that breaks down."""

BLOCK = 1 << 20
"""Bytes read at a time."""

MOST_PIXELS = 7680 * 4320
"""Largest picture that is opened: 8K."""


@contextmanager
def open_video(
    path: Path, *, threads: int = 1, quick: bool = True, most_pixels: int = MOST_PIXELS
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its main video stream, ready to demux, decoding on `threads` threads.

    Metadata that is not UTF-8 is passed over. `quick` decodes no more on opening than the header needs (half the time
    of opening a short clip); rarely, H.264 that does not state its reordering then loses a frame.

    Raises `Rejected`: `missing_file`, `empty_file`, `not_a_video`, `undecodable` (a container too broken to open, for
    example an MP4 cut off before its index), `no_video_stream`, `too_large` (pictures above `most_pixels`); `OSError`
    where a disk fails.
    """
    try:
        facts = path.stat()
        if S_ISDIR(facts.st_mode):
            raise Rejected("not_a_video", f"{path.name} is a folder")
        if not facts.st_size:
            raise Rejected("empty_file", path.name)
    except FileNotFoundError:
        raise Rejected("missing_file", str(path)) from None
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    largest = {"max_pixels": str(most_pixels)}  # the decoder's own limit: a stream may grow midway
    known = quick and _marked(path, TELLING)
    if known:  # without the second, FFmpeg decodes a picture all the same, which is most of the time of opening
        options["analyzeduration"] = "1"  # microsecond
        largest["skip_frame"] = "all"
    source = plain_flash(path) if is_compressed(path) else str(path)
    try:
        container = av.open(source, "r", metadata_errors="ignore", container_options=options, options=largest)
    except av.error.FFmpegError as error:
        whose_fault(path, error)
        reason = "undecodable" if _marked(path, SIGNATURES) else "not_a_video"
        raise Rejected(reason, f"{path.name}: {error.strerror}") from error
    with container:
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise Rejected("no_video_stream", path.name)
        best = container.streams.best("video")
        stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
        context = stream.codec_context
        if context is None:
            raise Rejected("undecodable", f"{path.name}: no decoder for its codec")
        if context.width * context.height > most_pixels:
            raise Rejected("too_large", f"{path.name}: {context.width}×{context.height}, above {most_pixels} pixels")
        context.options = {"max_pixels": largest["max_pixels"]}
        context.skip_frame = "DEFAULT"
        context.thread_count = threads
        if threads > 1:
            context.thread_type = "AUTO"
        yield container, stream


def whose_fault(path: Path, error: av.error.FFmpegError) -> None:
    """Raise the `OSError` of a disk or server that fails; nothing where it is the file that breaks off.

    FFmpeg says "Input/output error" of both, so the file is read to its end. A disk that fails stops a run, because a
    clip of which only the beginning could be read must not be taken for a short one.
    """
    if error.errno not in FAILING:
        return
    try:
        with path.open("rb", buffering=0) as file:
            while file.read(BLOCK):
                pass
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror, str(path)) from error


def _marked(path: Path, marks: tuple[tuple[int, bytes], ...]) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[at : at + len(mark)] == mark for at, mark in marks)
