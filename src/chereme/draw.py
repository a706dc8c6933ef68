"""Tracks drawn over their video or on white, for looking before one believes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from chereme.contracts import LandmarkModel
from chereme.errors import OutputError, Rejected, SettingsError
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.landmarks.recorded import probe_recording, read_track
from chereme.skeleton import HOLISTIC
from chereme.store import aside
from chereme.types import Bytes, Entry, Shot, Track

Background = Literal["video", "white"]

COLORS = {"left_hand": (255, 140, 40), "right_hand": (40, 170, 255), "face": (150, 110, 190)}
"""RGB a part; another part is drawn in `OTHER`."""
OTHER = (120, 220, 120)
FAINT = 0.05
"""Points with a lower score are not drawn: where a body is hidden or beyond the image, its points are guesses."""
ENDINGS = (".mp4", ".gif", ".png")
SHEET = 24
"""Frames of a sheet, evenly spaced."""
COLUMNS = 6
SHEET_PIXELS = 240
"""Greater side of a sheet's frame."""
SMALLEST = 64
"""Pixels. A pose on a smaller image is in other units; it is drawn as large as it is."""
FRAMED = 512
"""Pixels of the square that such a pose is drawn on."""


def track_video(video: Path, model: LandmarkModel) -> Track:
    """The points in every frame of a video file; `Rejected` when it cannot be read."""
    if video.is_dir():
        raise SettingsError(f"{video} is a folder; of one that `chereme build` wrote, name a clip to draw with --clip")
    probed = probe(video)
    shot = resolve(Entry(id=video.stem, gloss=""), probed.media, probed.seconds)
    with model.open() as follow:
        track = next(follow(decode(shot, np.arange(shot.first, shot.stop))))
    if not isinstance(track, Track):
        raise Rejected(track.reason, track.detail)
    return track


def read_pose(path: Path, video: Path | None = None) -> Track:
    """The track in a `.pose` file, of all frames; with a video, which it then lies over frame by frame.

    Raises `Rejected` when one of them cannot be read or they differ in their number of frames, `ExtraMissing` without
    pose-format.
    """
    media, seconds = probe_recording(path)
    shot = Shot(entry=Entry(id=path.stem, gloss=""), media=media, first=0, stop=media.frames)
    track = read_track(shot, np.arange(len(seconds)), HOLISTIC)
    if video is None:
        return track
    filmed = probe(video).media
    if filmed.frames != media.frames:
        raise Rejected("span_outside", f"{path.name} has {media.frames} frames, {video.name} {filmed.frames}")
    return replace(track, shot=replace(shot, media=filmed))


def check_target(out: Path) -> None:
    """Raise what `draw_video` would raise of `out`, before anything is tracked."""
    if out.exists() and not out.is_file():
        raise OutputError(f"{out} is no regular file; name an MP4 to write")
    if out.suffix.lower() not in ENDINGS:
        raise SettingsError(f"{out.name} ends in none of {', '.join(ENDINGS)}")


def draw_video(track: Track, out: Path, background: Background = "video") -> None:
    """Write the tracked frames with their points drawn on, at the track's own rate, over the video or on white.

    The ending of `out` says what: `.mp4` (H.264), `.gif`, or `.png`, a sheet of frames evenly spaced. Raises
    `OutputError` where `out` is there and no regular file: it would be replaced; `SettingsError` for another ending.
    """
    check_target(out)
    if background == "white":
        track = _framed(track)
    rows = np.arange(len(track.index))
    match out.suffix.lower():
        case ".mp4":
            write_video(out, _drawn(track, rows, background), fps=track.shot.media.fps)
        case ".gif":
            _write_gif(out, _drawn(track, rows, background), track.shot.media.fps)
        case _:
            chosen = rows[np.unique(np.linspace(0, len(rows) - 1, SHEET).round().astype(np.int64))]
            _write_png(out, sheet(_drawn(track, chosen, background)))


def sheet(frames: Iterator[Bytes]) -> Bytes:
    """Frames, (height, width, rgb) each, made smaller and laid out in rows of `COLUMNS`."""
    small = []
    for frame in frames:
        scale = SHEET_PIXELS / max(frame.shape[:2])
        size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
        small.append(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    blank = np.full_like(small[0], 255)
    small += [blank] * (-len(small) % min(COLUMNS, len(small)))
    columns = min(COLUMNS, len(small))
    return np.vstack([np.hstack(small[row : row + columns]) for row in range(0, len(small), columns)])


def _drawn(track: Track, rows: np.ndarray[tuple[int], np.dtype[np.int64]], background: Background) -> Iterator[Bytes]:
    if background == "white":
        media = track.shot.media
        white = np.full((media.height, media.width, 3), 255, np.uint8)
        yield from (draw_points(white, track, row) for row in rows.tolist())
        return
    left = iter(rows.tolist())
    for frames in decode(track.shot, track.index[rows]):
        for pixels in frames.pixels:
            yield draw_points(pixels, track, next(left))


def _framed(track: Track) -> Track:
    """A track whose image is large enough to draw on: one in other units gets a square around its points."""
    media = track.shot.media
    if min(media.width, media.height) >= SMALLEST:
        return track
    image = np.concatenate([np.arange(len(track.skeleton))[track.skeleton[part.name]] for part in track.skeleton.parts
                            if part.unit == "image"])  # fmt: skip
    places = track.points[:, image].reshape(-1, 3)
    places = places[~np.isnan(places).any(axis=1)]
    if not len(places):
        return replace(track, shot=replace(track.shot, media=replace(media, width=FRAMED, height=FRAMED)))
    shape = np.array([media.width, media.height, media.width], np.float32)
    low, high = (places * shape).min(axis=0), (places * shape).max(axis=0)
    side = max(float((high - low)[:2].max()) * 1.1, 1e-6)
    points = track.points.copy()
    points[:, image] = (points[:, image] * shape - (low + high) / 2) / side + np.array([0.5, 0.5, 0], np.float32)
    shot = replace(track.shot, media=replace(media, width=FRAMED, height=FRAMED))
    return replace(track, shot=shot, points=points)


def draw_points(pixels: Bytes, track: Track, row: int) -> Bytes:
    """A copy of a frame (height, width, rgb) with the points of one row of a track: bones, joints, the side's color.

    Of a face the lines alone, and its points where it has no lines; points in meters are not in the picture.
    """
    drawn = np.ascontiguousarray(pixels).copy()
    height, width = drawn.shape[:2]
    thick = max(1, round(min(width, height) / 240))
    places = track.points[row, :, :2] * (width, height)
    places[track.score[row] < FAINT] = np.nan
    for part in track.skeleton.parts:
        if part.unit != "image":
            continue
        start = track.skeleton[part.name].start
        color = COLORS.get(part.name, OTHER)
        for a, b in part.edges:
            line = places[[start + a, start + b]]
            if np.isfinite(line).all():
                one, other = _fixed(line)
                cv2.line(drawn, one, other, color, thick, cv2.LINE_AA, _SHIFT)
        if part.name == "face" and part.edges:
            continue
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


def _write_png(out: Path, pixels: Bytes) -> None:
    _, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    with _written(out) as temporary:
        temporary.write_bytes(data.tobytes())


def _write_gif(out: Path, frames: Iterator[Bytes], fps: float) -> None:
    from PIL import Image

    images = (Image.fromarray(frame).quantize(colors=64, dither=Image.Dither.NONE) for frame in frames)
    first = next(images)
    with _written(out) as temporary:
        # Browsers play no faster than 50 frames a second.
        shown = max(20, round(1000 / fps))
        first.save(temporary, format="GIF", save_all=True, append_images=images, duration=shown, loop=0, disposal=1)


@contextmanager
def _written(out: Path) -> Iterator[Path]:
    """A path to write to, which becomes `out` when it is whole."""
    try:
        with aside(out) as temporary:
            yield temporary
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}") from error
