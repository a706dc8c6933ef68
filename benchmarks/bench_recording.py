"""How often a long recording is decoded to cut sixty clips out of it: together, and one by one.

    .venv/bin/python benchmarks/bench_recording.py

The recording is the drawn signer's clips one after the other. Numbers are processor seconds, the least of three runs.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import av
import numpy as np

from chereme.frames import cut as cutting
from chereme.frames.cut import Cut
from chereme.frames.decode import decode, pictures
from chereme.frames.piece import Made
from chereme.frames.probe import probe
from chereme.types import Bytes, Entry, Shot

CLIPS = 60
TRIMMED = 8
"""Of each clip an eighth is left out at either end, so that there is something between clips."""
DRAWN = Path(__file__).parent.parent / "tests" / "assets" / "drawn" / "videos"


def shot(path: Path) -> Shot:
    """The whole of a file."""
    media = probe(path).media
    return Shot(entry=Entry(id=path.stem, gloss="a"), media=media, first=0, stop=media.frames)


def drawn(path: Path) -> list[Bytes]:
    """Every frame of a file."""
    whole = shot(path)
    return [pixels for window in decode(whole, np.arange(whole.stop)) for pixels in window.pixels]


def record(path: Path, clips: list[list[Bytes]], keyframe: int) -> None:
    """Write a recording with a keyframe every so many frames and no others."""
    with av.open(str(path), "w") as container:
        options = {"crf": "20", "x264-params": f"scenecut=0:keyint={keyframe}:min-keyint=1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *clips[0][0].shape[:2], "yuv420p"
        for clip in clips:
            for pixels in clip:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


class Clock:
    """Processor seconds spent in decoding, as the cutter asks for it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pictures(self, *asked: Any) -> Iterator[Any]:
        """Pictures as the decoder gives them."""
        decoded = pictures(*asked)
        while True:
            start = process_time()
            picture = next(decoded, None)
            self.seconds += process_time() - start
            if picture is None:
                return
            yield picture


def least(work: Callable[[], float], times: int = 3) -> float:
    """The least of several measurements."""
    return min(work() for _ in range(times))


def main() -> None:
    """Print what was measured."""
    clips = [drawn(path) for path in islice(cycle(sorted(DRAWN.glob("*.mp4"))), CLIPS)]
    starts = np.cumsum([0, *map(len, clips)]).tolist()
    for keyframe in (250, 10**6):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "long.mp4"
            record(path, clips, keyframe)
            whole = shot(path)
            parts = {}
            for number, clip in enumerate(clips):
                rest = len(clip) // TRIMMED
                first, stop = starts[number] + rest, starts[number + 1] - rest
                entry = Entry(id=str(number), gloss="a")
                parts[Path(folder) / f"{number}.mp4"] = Shot(entry=entry, media=whole.media, first=first, stop=stop)

            def once() -> float:
                start = process_time()
                for _ in pictures(whole, np.arange(whole.stop)):  # noqa: B023  # called within the turn
                    pass
                return process_time() - start

            def cut(groups: list[dict[Path, Shot]]) -> float:
                clock = Clock()
                cutting.pictures = clock.pictures  # type: ignore[attr-defined, assignment]
                for group in groups:
                    assert all(isinstance(made, Made) for _, made in Cut(copy=False).cut(group))
                return clock.seconds

            full = least(once)
            together = least(lambda: cut([parts]))  # noqa: B023
            apart = least(lambda: cut([{path: part} for path, part in parts.items()]), 1)  # noqa: B023
            print(
                f"{whole.stop} frames, a keyframe every {min(keyframe, whole.stop)}: decoding all of them {full:.2f} s"
            )
            print(f"  {CLIPS} clips together {together:.2f} s, {together / full:.2f} decodes", end="; ")
            print(f"one by one {apart:.2f} s, {apart / full:.2f} decodes")


if __name__ == "__main__":
    sys.exit(main())
