"""Clips of long recordings, from metadata in its real form to files: every frame of each span and no other."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from chereme.exports.clips import Clips
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.types import Bytes
from tests.run.test_clips import table

BITS, BLOCK = 10, 8
FRAMES = 700
MILLISECOND = Fraction(1, 1000)
UNEVEN = [0, *accumulate(islice(cycle((33, 41, 34, 67, 33, 50, 100)), FRAMES - 1))]
"""Milliseconds at which a phone might show its frames: about 50 s."""
RATES = {
    "film.mp4": Fraction(24000, 1001),
    "pal.mp4": Fraction(25),
    "ntsc.mp4": Fraction(30000, 1001),
    "webcam.mp4": Fraction(30),
    "sports.mp4": Fraction(50),
    "phone.mkv": None,
}
"""Frames a second of each recording; None: variable."""
SOURCES = {
    "asl5200": [(1, 40), (100, 161), (333, 333), (650, 690)],
    "northtexas": [(1, 40), (100, 161), (200, 290)],
    "lillybauer": [(1, 75), (51, 51)],
    "aslpro": [(100, -1), (2, -1), (1, -1)],
}
"""First and last frame of instances, counted from 1 and inclusive, by source as in WLASL; -1: to the end."""


def picture(number: int) -> Bytes:
    """A picture with its number in black and white blocks."""
    bits = [235 * (number >> bit & 1) for bit in range(BITS)]
    return np.repeat(np.kron(np.array(bits, np.uint8), np.ones((32, BLOCK), np.uint8))[..., None], 3, axis=2)


def numbers(path: Path) -> list[int]:
    """The numbers in all pictures of a file, as any player shows them."""
    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    levels = [each.reshape(32, BITS, BLOCK)[4:-4, :, 2:-2].mean((0, 2)) for each in shown]
    return [sum(1 << bit for bit in range(BITS) if level[bit] > 118) for level in levels]


def film(path: Path, rate: Fraction | None) -> None:
    """Write a recording of numbered pictures, with frames shown out of order and a keyframe every two seconds or so."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "12"}
        stream = container.add_stream("libx264", rate=rate or 30, options=options)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = BITS * BLOCK, 32, "yuv420p"
        context.gop_size, context.max_b_frames = 60, 2
        context.time_base = unit = 1 / rate if rate else MILLISECOND
        for i in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(i), format="rgb24")
            frame.pts, frame.time_base = i if rate else UNEVEN[i], unit
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def shown(rate: Fraction | None) -> list[Fraction]:
    """Seconds, the middle of each frame on screen; one of a variable rate lasts the typical step at most."""
    if rate:
        return [(i + Fraction(1, 2)) / rate for i in range(FRAMES)]
    steps = [after - before for before, after in pairwise(UNEVEN)]
    typical = sorted(steps)[len(steps) // 2]
    return [
        (at + Fraction(min(step, typical), 2)) * MILLISECOND for at, step in zip(UNEVEN, [*steps, typical], strict=True)
    ]


def expected(source: str, first: int, last: int, rate: Fraction | None) -> list[int]:
    """The frames that an instance means."""
    if source == "asl5200":  # the file's own frames
        return list(range(first - 1, FRAMES if last == -1 else last))
    start, stop = Fraction(first - 1, 25), None if last == -1 else Fraction(last, 25)
    middles = shown(rate)
    found = [i for i, middle in enumerate(middles) if start <= middle and (stop is None or middle < stop)]
    return found or [max(i for i, middle in enumerate(middles) if middle < start)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A record of the metadata, and the frames it means."""

    id: str
    record: dict[str, Any]
    frames: list[int]


def instances() -> Iterator[Instance]:
    """All spans of all sources, in each recording."""
    for file, rate in RATES.items():
        for source, spans in SOURCES.items():
            for first, last in spans:
                id = f"{Path(file).stem}-{source}-{first}"
                record = {"bbox": [0, 0, 80, 32], "fps": 25, "frame_end": last, "frame_start": first}
                record |= {"instance_id": 0, "signer_id": 1, "source": source, "split": "train", "variation_id": 0}
                record |= {"url": f"https://example.org/{file}", "video_id": id}
                yield Instance(id=id, record=record, frames=expected(source, first, last, rate))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Six long recordings with the metadata of their signs in WLASL's form."""
    folder = tmp_path_factory.mktemp("recordings")
    for file, rate in RATES.items():
        film(folder / file, rate)
    top = [{"gloss": "book", "instances": [each.record for each in instances()]}]
    (folder / "WLASL_v0.3.json").write_text(json.dumps(top))
    return Build(metadata=folder / "WLASL_v0.3.json", videos=(folder,), export=("clips",), executor="here")


@pytest.mark.parametrize("copy", [True, False])
def test_every_frame_of_the_span_and_no_other(recordings: Build, copy: bool, tmp_path: Path) -> None:
    summary = build(replace(recordings, out=tmp_path, clips=Clips(copy=copy)))
    asked = list(instances())
    assert summary["exports"]["clips"]["samples"] == len(asked) == 72, summary
    out = tmp_path / "exports" / "clips"
    rows = {row["video_id"]: row for row in table(out / "manifest.csv")}
    for each in asked:
        found = numbers(out / rows[each.id]["path"])
        assert found == each.frames, (
            f"{each.id}: {found[:1]} to {found[-1:]}, not {each.frames[0]} to {each.frames[-1]}"
        )
    for id, row in rows.items():
        native = "asl5200" in id or id.endswith("aslpro-1")  # that one is the whole file
        assert row["frame_base"] == ("the file's own frames" if native else "25 a second")


def test_a_box_follows_the_size_of_the_file(recordings: Build, tmp_path: Path) -> None:
    """MS-ASL's boxes are shares of a picture whose size it states, and files that were fetched are often smaller."""
    clip = {"start_time": 1.0, "end_time": 2.0, "label": 0, "text": "book", "url": "https://example.org/pal.mp4"}
    clip |= {"width": 1280.0, "height": 512.0, "box": [0.0, 0.25, 1.0, 0.75], "signer_id": 3}
    (tmp_path / "MSASL_train.json").write_text(json.dumps([clip]))
    asked = replace(recordings, dataset="msasl", metadata=tmp_path / "MSASL_train.json", out=tmp_path / "out")
    for other in (Clips(crop=True), Clips(crop=True, crf=30)):  # found anew, and remembered
        build(replace(asked, clips=other))
        (row,) = table(tmp_path / "out" / "exports" / "clips" / "manifest.csv")
        assert (row["width"], row["height"], row["made"]) == ("40", "32", "encoded: cropped")


def test_a_box_of_a_larger_picture_is_said(recordings: Build, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,gloss,path,start,end,box\n1,book,pal.mp4,1,2,20 0 300 32\n")
    build(replace(recordings, dataset="csv", metadata=tmp_path / "a.csv", out=tmp_path / "out", clips=Clips(crop=True)))
    (row,) = table(tmp_path / "out" / "exports" / "clips" / "manifest.csv")
    assert row["made"] == "encoded: cropped, by a box that reaches far beyond the picture"
