"""Broken videos: cut off at every box, bytes flipped, impossible numbers, other things under a video's name."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from chereme.types import REASONS
from tests.hostile.boxes import box, boxes, find, patched, replaced
from tests.hostile.cases import KEPT, Case, case, gathered

FRAMES = 12
WIDTH, HEIGHT = 96, 64
ANY = (KEPT, *REASONS)
LOST = ("undecodable", "not_a_video", "no_frames", "no_video_stream")
"""What a file may be called that is too broken for its pictures to be had."""

FLIPS = 60
"""Files with flipped bytes, of each container."""


def pictures(count: int = FRAMES, width: int = WIDTH, height: int = HEIGHT) -> Iterator[np.ndarray[Any, Any]]:
    """A bright square that moves over a gradient."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    for i in range(count):
        image = np.stack([across * 255 // max(width, 1), down * 255 // max(height, 1), across * 0 + 90], axis=2)
        image[height // 4 : height // 2 + 1, i * width // (2 * count) : i * width // (2 * count) + width // 4 + 1] = 255
        yield image.astype(np.uint8)


@contextmanager
def _written(form: str, **mux: str) -> Iterator[tuple[Any, list[bytes]]]:
    """A container to write, and a list that has its bytes when the block has ended."""
    done: list[bytes] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        with av.open(str(path), "w", format=form, container_options={"fflags": "+bitexact", **mux}) as container:
            yield container, done
        done.append(path.read_bytes())


@cache
def encoded(
    form: str = "mp4",
    codec: str = "libx264",
    *,
    count: int = FRAMES,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    fps: Fraction = Fraction(25),
    pix_fmt: str = "yuv420p",
    mux: tuple[tuple[str, str], ...] = (("movflags", "+faststart"),),
    rotation: int = 0,
    sound: bool = False,
    options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A sound file of the moving square."""
    with _written(form, **dict(mux)) as (container, done):
        stream: Any = container.add_stream(codec, rate=fps, options=dict(options))
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.thread_count = 1
        if rotation:
            stream.set_display_rotation(rotation)
        heard: Any = container.add_stream("aac", rate=16000) if sound else None
        for image in pictures(count, *size):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
        if heard:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
            silence.sample_rate = 16000
            container.mux(heard.encode(silence))
            container.mux(heard.encode(None))
    return done[0]


def sound_only(form: str) -> bytes:
    with _written(form) as (container, done):
        stream: Any = container.add_stream("pcm_s16le" if form == "wav" else "aac", rate=16000)
        noise = np.random.default_rng(0).normal(0, 2000, (1, 4000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return done[0]


PLAIN, FIRST, FRAGMENTS = (
    (),
    (("movflags", "+faststart"),),
    (("movflags", "+frag_keyframe+empty_moov+default_base_moof"),),
)


def cut_off() -> Iterator[Case]:
    """An MP4 ended at the beginning, in the middle and at the end of every box, its index first, last and in pieces."""
    for form, mux in (("first", FIRST), ("last", PLAIN), ("pieces", FRAGMENTS)):
        whole = encoded(mux=mux, sound=form == "first", options=(("g", "4"),))
        start = find(whole, "mdat").body
        ends: dict[int, str] = {}
        for each in boxes(whole):
            for place, at in (
                ("begin", each.start),
                ("head", each.start + 5),
                ("middle", (each.body + each.stop) // 2),
            ):
                ends.setdefault(at, f"{each.path.replace('.', '_')}_{place}")
        for number, (at, name) in enumerate(sorted(ends.items())):
            safe = "".join(letter if letter.isalnum() or letter == "_" else "x" for letter in name)
            expected: tuple[str, ...] = ("empty_file",) if at == 0 else LOST
            if (at > start) if form != "last" else (at >= find(whole, "udta").start):
                expected = (KEPT, "undecodable", "no_frames")  # pictures before the end are good
            yield case(f"cut_{form}_{number:03}_{safe}", whole[:at], *expected)
    for form, codec in (
        ("matroska", "libx264"),
        ("avi", "mpeg4"),
        ("flv", "flv1"),
        ("mpegts", "mpeg2video"),
        ("asf", "msmpeg4"),
    ):
        whole = encoded(form, codec, mux=())
        for tenth in range(1, 10):
            data = whole[: len(whole) * tenth // 10]
            yield case(
                f"cut_{form}_{tenth}",
                data,
                KEPT,
                *LOST,
                suffix={"matroska": ".mkv", "mpegts": ".ts"}.get(form, f".{form}"),
            )


def flipped() -> Iterator[Case]:
    """Bytes changed by chance, a few or many, anywhere or in the index alone."""
    chance = random.Random(7)
    for form, codec, suffix in (
        ("mp4", "libx264", ".mp4"),
        ("matroska", "libx264", ".mkv"),
        ("avi", "mpeg4", ".avi"),
        ("webm", "libvpx", ".webm"),
    ):
        whole = encoded(form, codec, mux=FIRST if form == "mp4" else ())
        index = find(whole, "moov") if form == "mp4" else None
        for number in range(FLIPS):
            data = bytearray(whole)
            low, high = (index.start, index.stop) if index and number % 2 else (0, len(data))
            for _ in range(2 ** chance.randrange(7)):
                data[chance.randrange(low, high)] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
            yield case(f"flip_{form}_{number:02}", bytes(data), *ANY, suffix=suffix)


def disguised() -> Iterator[Case]:
    """Other things under a video's name."""
    chance = random.Random(5)
    noise = chance.randbytes(60_000)
    page = b"<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>"
    yield case("no_bytes", b"", "empty_file")
    for size in (1, 7, 8, 4096, 1_000_000):
        yield case(f"zeros_{size}", bytes(size), "not_a_video")
        yield case(f"ones_{size}", b"\xff" * size, "not_a_video", "undecodable", "no_video_stream")
    for suffix in (".mp4", ".mkv", ".avi", ".webm", ".swf", ".ts", ".flv"):
        yield case(f"html{suffix.replace('.', '_')}", page, "not_a_video", suffix=suffix)
        yield case(
            f"noise{suffix.replace('.', '_')}", noise, "not_a_video", "undecodable", "no_video_stream", suffix=suffix
        )
    for name, text in (
        ("json", b'{"error": "gone"}'),
        ("xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        ("script", b"#!/bin/sh\nrm -rf /\n"),
        ("pdf", b"%PDF-1.7\n" + noise[:500]),
        ("zip", b"PK\x03\x04" + noise[:500]),
        ("gzip", b"\x1f\x8b\x08" + noise[:500]),
        ("elf", b"\x7fELF" + noise[:500]),
        ("pickle", b"\x80\x04cos\nsystem\n(S'true'\ntR."),
        ("playlist", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        ("concat", b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
        ("dash", b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>'),
        ("image_list", b"/etc/passwd\n" * 20),
        ("subtitles", b"1\n00:00:00,000 --> 00:00:02,000\nhello\n"),
        ("ass", b"[Script Info]\nTitle: a\n[Events]\n"),
        ("lrc", b"[00:01.00]la\n"),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='99999999' height='9'/>"),
    ):
        yield case(f"text_{name}", text, "not_a_video", "no_video_stream")
    yield case("noise_after_ftyp", box(b"ftyp", b"isom\0\0\2\0isomiso2") + noise, "undecodable", "no_video_stream")
    yield case("noise_after_ebml", b"\x1aE\xdf\xa3" + noise, "undecodable", "not_a_video", suffix=".mkv")
    yield case("noise_after_riff", b"RIFF\xff\xff\xff\xffAVI " + noise, *LOST, suffix=".avi")
    yield case("noise_after_flv", b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + noise, *LOST, suffix=".flv")
    whole = encoded()
    data = find(whole, "mdat")
    mixed = whole[: data.body] + chance.randbytes(data.stop - data.body) + whole[data.stop :]
    yield case("encrypted_pictures", mixed, "undecodable")
    yield case("zeroed_pictures", whole[: data.body] + bytes(data.stop - data.body) + whole[data.stop :], "undecodable")
    yield case(
        "encrypted_entry",
        replaced(whole, "avc1", box(b"encv", whole[find(whole, "avc1").body : find(whole, "avc1").stop])),
        KEPT,
        *LOST,
    )
    yield case("unknown_codec", patched(whole, "stsd", 12, b"xyz9"), "undecodable")
    yield case("whole", whole, KEPT)
    yield case("whole_last", encoded(mux=PLAIN), KEPT)
    yield case("whole_twice", whole + whole, KEPT)
    yield case("trailing_noise", whole + noise, KEPT)
    yield case("sound_alone", sound_only("mp4"), "no_video_stream")
    yield case("sound_wav", sound_only("wav"), "no_video_stream")
    yield case("sound_claims_video", patched(sound_only("mp4"), "hdlr", 8, b"vide"), *LOST)
    yield case("subtitles_alone", _subtitles(), "no_video_stream", "not_a_video", suffix=".mkv")
    yield case("cover_alone", _cover(), "no_video_stream", suffix=".mkv")


def numbers() -> Iterator[Case]:
    """Sizes, rates, times and counts that cannot be, or that nobody films with."""
    whole = encoded()
    for wide, high in ((1, 1), (2, 2), (3, 5), (17, 31), (1, 512), (512, 1)):
        small = encoded(size=(wide, high), pix_fmt="yuv444p")
        yield case(f"size_{wide}x{high}", small, KEPT)
    yield case("size_in_index_0", patched(whole, "avc1", 24, bytes(4)), KEPT, *LOST)
    yield case("size_in_index_65535", patched(whole, "avc1", 24, b"\xff" * 4), KEPT, "too_large")
    for name, form, codec, pix_fmt, find_size, new in (
        ("jpeg", "avi", "mjpeg", "yuvj420p", b"\xff\xc0\x00\x11\x08", b"\xff\xff\xff\xff"),
        ("gif", "gif", "gif", "rgb8", b"GIF89a", b"\xff\xff\xff\xff"),
    ):
        data = bytearray(encoded(form, codec, pix_fmt=pix_fmt, mux=()))
        at = -1
        while (at := data.find(find_size, at + 1)) >= 0:
            data[at + len(find_size) : at + len(find_size) + 4] = new
        yield case(f"size_{name}_65535", bytes(data), "too_large", "undecodable", KEPT)
    y4m = b"YUV4MPEG2 W%d H%d F25:1 C420\nFRAME\n"
    for wide in (0, 99_999, 2**31 - 1, 2**40):
        yield case(f"size_y4m_{wide}", y4m % (wide, wide) + bytes(100), "too_large", *LOST)
    ivf = bytearray(encoded("ivf", "libvpx", mux=()))
    ivf[12:16] = b"\xff\x3f\xff\x3f"
    at = ivf.find(b"\x9d\x01\x2a")
    ivf[at + 3 : at + 7] = b"\xff\x3f\xff\x3f"
    yield case("size_vp8_16383", bytes(ivf), "too_large", suffix=".webm")
    yield case("size_h264_65520", _large_h264(whole), "too_large", "undecodable")
    yield case("sizes_change", _sizes(), KEPT, suffix=".ts")
    yield case("sizes_grow_to_16k", _sizes(grown=(16383, 16383)), KEPT, "too_large", "undecodable", suffix=".webm")
    for turn in (90, 180, 270, 45):
        yield case(f"turned_{turn}", encoded(rotation=turn), KEPT)
    yield case("turned_by_nothing", patched(whole, "tkhd", 40, bytes(36)), KEPT)
    yield case("turned_by_noise", patched(whole, "tkhd", 40, random.Random(3).randbytes(36)), KEPT)
    yield case("one_frame", encoded(count=1), KEPT)
    yield case("two_frames", encoded(count=2), KEPT)
    yield case("no_frames", _without_frames(), *LOST)
    for rate in (Fraction(10_000), Fraction(1, 600), Fraction(1000), Fraction(24000, 1001)):
        yield case(f"fps_{rate.numerator}_{rate.denominator}", encoded(fps=rate), KEPT)
    for name, scale in (("0", 0), ("1", 1), ("max", 2**32 - 1)):
        yield case(f"timescale_{name}", patched(whole, "mdhd", 12, struct.pack(">I", scale)), KEPT, "too_long", *LOST)
        yield case(f"movie_timescale_{name}", patched(whole, "mvhd", 12, struct.pack(">I", scale)), KEPT, *LOST)
    for name, step in (("0", 0), ("1", 1), ("max", 2**32 - 1), ("negative", 2**31)):
        yield case(f"step_{name}", patched(whole, "stts", 12, struct.pack(">I", step)), KEPT, "too_long", *LOST)
    for name, count in (("0", 0), ("max", 2**32 - 1), ("more", 13), ("fewer", 5)):
        yield case(f"steps_{name}", patched(whole, "stts", 8, struct.pack(">I", count)), KEPT, *LOST)
    for hours in (2, 100):
        length = struct.pack(">I", hours * 3600 * 1000)
        claimed = patched(patched(whole, "mvhd", 16, length), "tkhd", 20, length)
        media = struct.unpack(">I", whole[find(whole, "mdhd").body + 12 : find(whole, "mdhd").body + 16])[0]
        claimed = patched(claimed, "mdhd", 16, struct.pack(">I", (hours * 3600 * media) % 2**32))
        yield case(f"claims_{hours}_hours", claimed, KEPT)
        stretched = whole.replace(b"edts", b"free")  # which would end it earlier
        step = hours * 3600 * media // FRAMES
        yield case(
            f"lasts_{hours}_hours",
            patched(stretched, "stts", 12, struct.pack(">I", step)),
            *((KEPT,) if hours == 2 else ("too_long",)),
        )
    for name, shift in (("back", -100), ("far_back", -(2**31)), ("far_ahead", 2**31 - 1)):
        moved = box(b"ctts", struct.pack(">III", 0x01000000, 1, FRAMES) + struct.pack(">i", shift))
        if any(each.path.endswith("ctts") for each in boxes(whole)):
            yield case(f"shown_{name}", replaced(whole, "ctts", moved), KEPT, *LOST)
    for name, entry in (("back", (1000, -5000)), ("empty", (1000, -1)), ("beyond", (1000, 2**30)), ("nothing", (0, 0))):
        edit = box(b"elst", struct.pack(">II", 0, 1) + struct.pack(">Iii", *entry, 65536))
        yield case(f"edit_{name}", replaced(whole, "elst", edit), KEPT, *LOST)
    edits = box(b"elst", struct.pack(">II", 0, 100_000) + struct.pack(">Iii", 1, 0, 65536) * 100_000)
    yield case("edits_100000", replaced(whole, "elst", edits), "too_long")  # each of them shows all samples
    for stated, scale in ((0, 0), (0, 1), (1, 0), (2**32 - 1, 1), (1, 2**32 - 1)):
        data = bytearray(encoded("avi", "mpeg4", mux=()))
        at = data.find(b"strh") + 8
        data[at + 20 : at + 28] = struct.pack("<II", scale, stated)
        yield case(f"avi_rate_{stated}_{scale}", bytes(data), KEPT, "too_long", *LOST, suffix=".avi")


def counts() -> Iterator[Case]:
    """Tables that claim more than there is, lie elsewhere, or nest without end."""
    whole = encoded()
    for kind in ("stts", "stsc", "stsz", "stco", "stss", "ctts", "elst", "dref"):
        if not any(each.path.endswith(kind) for each in boxes(whole)):
            continue
        at = 8 if kind == "stsz" else 4
        for name, count in (("0", 0), ("max", 2**32 - 1), ("million", 1_000_000)):
            yield case(f"count_{kind}_{name}", patched(whole, kind, at, struct.pack(">I", count)), KEPT, *LOST)
    yield case("samples_of_4_gb", patched(whole, "stsz", 12, b"\xff" * 4 * FRAMES), KEPT, *LOST)
    yield case("samples_of_nothing", patched(whole, "stsz", 12, bytes(4 * FRAMES)), *LOST)
    yield case("chunk_beyond", patched(whole, "stco", 8, b"\xff" * 4), *LOST)
    yield case("chunk_in_index", patched(whole, "stco", 8, bytes(4)), KEPT, *LOST)
    longer = encoded(mux=PLAIN)
    for name, number, reason in (("60_thousand", 60_000, "too_long"), ("80_million", 80_000_000, "out_of_memory")):
        sizes = box(b"stsz", struct.pack(">III", 0, 1, number))
        held = box(b"stsc", struct.pack(">IIIII", 0, 1, 1, number, 1))
        claimed = replaced(replaced(replaced(longer, "stsz", sizes), "stsc", held), "stts", _steps(number))
        yield case(f"samples_{name}", claimed + bytes(60_000), reason)
    for path in ("moov", "trak", "stbl", "mdat", "ftyp"):
        each = find(whole, path)
        for name, length in (("1", 1), ("4", 4), ("max", 2**32 - 1), ("half", 2**31)):
            data = whole[: each.start] + struct.pack(">I", length) + whole[each.start + 4 :]
            yield case(f"length_{path}_{name}", data, KEPT, *LOST)
    nested = b""
    for _ in range(3000):
        nested = box(b"moov", nested)
    yield case("nested_moov", box(b"ftyp", b"isom\0\0\2\0isom") + nested, *LOST)
    nested = b""
    for _ in range(3000):
        nested = box(b"udta", nested)
    last = encoded(mux=PLAIN)
    index = find(last, "moov")
    longer = struct.pack(">I", index.stop - index.start + len(nested))
    yield case("nested_udta", last[: index.start] + longer + last[index.start + 4 :] + nested, KEPT, *LOST)
    unpacked = 64 << 20
    packed = zlib.compress(bytes(unpacked), 9)
    bomb = box(b"moov", box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", unpacked) + packed)))
    yield case("index_bomb", box(b"ftyp", b"qt  \0\0\2\0qt  ") + bomb, *LOST, suffix=".mov")
    # Blocks of zeros after a flush can be repeated: 4 GB out of 4 MB.
    deflate = zlib.compressobj(9)
    block = (deflate.compress(bytes(16 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH))[2:]
    for name, repeats, reasons in (("small", 1, ("too_large", *LOST)), ("large", 256, ("too_large",))):
        flash = b"CWS\x08" + struct.pack("<I", 2**32 - 1) + b"\x78\xda" + block * repeats
        yield case(f"flash_bomb_{name}", flash, *reasons, suffix=".swf")
    strange = encoded("matroska", "libx264", mux=())
    for name, old, new in (
        ("unknown_length", b"\x18\x53\x80\x67\x01", b"\x18\x53\x80\x67\xff"),
        ("zero_scale", b"\x2a\xd7\xb1\x83\x0f\x42\x40", b"\x2a\xd7\xb1\x83\0\0\0"),
        ("width_0", b"\xb0\x81", b"\xb0\x80"),
        ("track_0", b"\xd7\x81\x01", b"\xd7\x81\0"),
    ):
        assert name == "unknown_length" or old in strange, name
        yield case(f"matroska_{name}", strange.replace(old, new), KEPT, *LOST, suffix=".mkv")
    deep = b"\x1aE\xdf\xa3\x80" + (b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 2000)
    yield case("matroska_nested", deep, *LOST, suffix=".mkv")


def _steps(number: int) -> bytes:
    return box(b"stts", struct.pack(">IIII", 0, 1, number, 512))


def _without_frames() -> bytes:
    with _written("mp4") as (container, done):
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        container.start_encoding()
    return done[0]


def _subtitles() -> bytes:
    """Matroska with one track, of text: a header written by hand."""

    def element(name: bytes, body: bytes) -> bytes:
        return name + struct.pack(">Q", (1 << 56) | len(body)) + body

    head = element(b"\x1aE\xdf\xa3", element(b"\x42\x82", b"matroska"))
    track = b"".join(
        element(name, body)
        for name, body in ((b"\xd7", b"\x01"), (b"\x73\xc5", b"\x01"), (b"\x83", b"\x11"), (b"\x86", b"S_TEXT/UTF8"))
    )
    block = element(b"\xa0", element(b"\xa1", b"\x81\0\0\0hello") + element(b"\x9b", b"\x20"))
    cluster = element(b"\x1f\x43\xb6\x75", element(b"\xe7", b"\0") + block)
    info = element(b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", b"\x0f\x42\x40"))
    return head + element(b"\x18\x53\x80\x67", info + element(b"\x16\x54\xae\x6b", element(b"\xae", track)) + cluster)


def _cover() -> bytes:
    """Sound with a picture on its sleeve, which is no film."""
    jpeg = encoded("mjpeg", "mjpeg", pix_fmt="yuvj420p", count=1, mux=())
    with _written("matroska") as (container, done):
        stream: Any = container.add_stream("aac", rate=16000)
        container.add_attachment("cover.jpg", "image/jpeg", jpeg)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return done[0]


def _sizes(grown: tuple[int, int] | None = None) -> bytes:
    """A stream whose pictures change their size midway; `grown` writes another size into a VP8 keyframe's head."""
    if grown is None:
        parts = [encoded("mpegts", "mpeg2video", size=size, mux=()) for size in ((96, 64), (320, 240), (48, 32))]
        return b"".join(parts)
    data = bytearray(encoded("webm", "libvpx", mux=(), options=(("g", "4"), ("keyint_min", "4"))))
    first = data.find(b"\x9d\x01\x2a")
    later = data.find(b"\x9d\x01\x2a", first + 1)
    assert later > 0
    data[later + 3 : later + 7] = struct.pack("<HH", *grown)
    return bytes(data)


def _large_h264(whole: bytes) -> bytes:
    """Another sequence parameter set in the index: 4095 × 4095 macroblocks, baseline."""
    bits = "".join(
        (
            "010000101100000000111110",  # baseline 6.2
            _golomb(0),
            _golomb(0),
            _golomb(2),
            _golomb(1),
            "0",
            _golomb(4094),
            _golomb(4094),
            "1",
            "1",
            "0",
            "0",
            "1",
        )
    )
    bits += "0" * (-len(bits) % 8)
    raw = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    unit = b"\x67" + raw.replace(b"\0\0\0", b"\0\0\x03\0").replace(b"\0\0\1", b"\0\0\x03\1")
    picture = b"\x68\xce\x38\x80"
    config = (
        b"\x01\x42\xc0\x3e\xff\xe1"
        + struct.pack(">H", len(unit))
        + unit
        + b"\x01"
        + struct.pack(">H", len(picture))
        + picture
    )
    return replaced(whole, "avcC", box(b"avcC", config))


def _golomb(value: int) -> str:
    """Exp-Golomb code (ITU-T H.264, 9.1)."""
    code = bin(value + 1)[2:]
    return "0" * (len(code) - 1) + code


MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (cut_off, flipped, disguised, numbers, counts)


@cache
def cases() -> tuple[Case, ...]:
    """All of them, each name once."""
    return gathered(MAKERS)
