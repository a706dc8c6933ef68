"""Tracks drawn over their video, for looking before one believes."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from chereme.contracts import LandmarkModel
from chereme.errors import OutputError, Rejected
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.types import Bytes, Entry, Track

COLORS = {"left_hand": (255, 140, 40), "right_hand": (40, 170, 255)}
"""RGB a part; another part is drawn in `OTHER`."""
OTHER = (120, 220, 120)


def track_video(video: Path, model: LandmarkModel) -> Track:
    """The points in every frame of a video file; `Rejected` when it cannot be read."""
    probed = probe(video)
    shot = resolve(Entry(id=video.stem, gloss=""), probed.media, probed.seconds)
    with model.open() as follow:
        track = next(follow(decode(shot, np.arange(shot.first, shot.stop))))
    if not isinstance(track, Track):
        raise Rejected(track.reason, track.detail)
    return track


def draw_video(track: Track, out: Path) -> None:
    """Write the tracked frames with their points drawn on, as H.264 at the video's own rate.

    Raises `OutputError` where `out` is there and no regular file: it would be replaced.
    """
    if out.exists() and not out.is_file():
        raise OutputError(f"{out} is no regular file; name an MP4 to write")

    def drawn() -> Iterator[Bytes]:
        row = 0
        for frames in decode(track.shot, track.index):
            for pixels in frames.pixels:
                yield draw_points(pixels, track, row)
                row += 1

    write_video(out, drawn(), fps=track.shot.media.fps)


def draw_points(pixels: Bytes, track: Track, row: int) -> Bytes:
    """A copy of a frame (height, width, rgb) with the points of one row of a track: bones, joints, the side's color."""
    drawn = np.ascontiguousarray(pixels).copy()
    height, width = drawn.shape[:2]
    thick = max(1, round(min(width, height) / 240))
    places = track.points[row, :, :2] * (width, height)
    for part in track.skeleton.parts:
        start = track.skeleton[part.name].start
        color = COLORS.get(part.name, OTHER)
        for a, b in part.edges:
            line = places[[start + a, start + b]]
            if np.isfinite(line).all():
                one, other = _fixed(line)
                cv2.line(drawn, one, other, color, thick, cv2.LINE_AA, _SHIFT)
        for place in places[track.skeleton[part.name]]:
            if np.isfinite(place).all():
                cv2.circle(
                    drawn, _fixed(place[None])[0], (thick + 1) << _SHIFT, (255, 255, 255), -1, cv2.LINE_AA, _SHIFT
                )
                cv2.circle(drawn, _fixed(place[None])[0], thick << _SHIFT, color, -1, cv2.LINE_AA, _SHIFT)
    return drawn


_SHIFT = 3
"""Fractional bits of OpenCV's drawing coordinates."""


def _fixed(places: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[tuple[int, int]]:
    """Pixel places in fixed point, kept within what OpenCV can draw."""
    return [(int(x), int(y)) for x, y in np.clip(places * (1 << _SHIFT), -(2**20), 2**20)]
