"""Clips cut out of a file: many of one long recording in one pass, copied where that is exact."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from chereme.errors import Rejected, SettingsError
from chereme.frames.box import even_box, reaches_beyond
from chereme.frames.container import MOST_PIXELS
from chereme.frames.decode import pictures
from chereme.frames.encode import Encoder, whole_file
from chereme.frames.piece import Made, Piece, resampled
from chereme.frames.planes import Colors, Planes, Splitter, colors
from chereme.frames.sound import sound_between
from chereme.frames.splice import seconds_of, splice
from chereme.frames.timeline import Timeline, timeline
from chereme.types import Shot

UNEVEN = 0.1
"""Frames by which a picture may be off even steps (time stamps are rounded) before its own time is kept."""
TICKS = Fraction(1, 90000)
"""Unit of the times of a clip whose pictures come at uneven steps: that of MPEG's own clocks, in seconds."""
KEYFRAME = 250
"""Most frames between two keyframes: x264's own choice."""
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How clips are cut: just the frames of the span, as H.264 in MP4."""

    crop: bool = False
    """Whether to cut out the entry's box, drawn in to the picture and to even sides; entries without one stay whole."""
    short_side: int = 0
    """Length of the shorter side in pixels, the other in proportion; 0: as it is."""
    width: int = 0
    """Width in pixels, an even number; with `height` 0 in proportion. 0: as it is."""
    height: int = 0
    """Height in pixels, an even number; with `width` 0 in proportion. 0: as it is."""
    fps: float = 0.0
    """Frames a second, each the one on screen at the middle of its time; 0: the file's own frames and times."""
    sound: bool = False
    """Whether to keep the sound."""
    crf: float = 23.0
    """x264's quality, 0 to 51; lower is better."""
    preset: str = "superfast"
    """x264's effort, from ultrafast to veryslow: smaller files for more time; all with its macroblock tree."""
    copy: bool = True
    """Whether to take over the file's own H.264 where nothing is changed and the span begins at a keyframe."""

    def __post_init__(self) -> None:
        for name in ("short_side", "width", "height"):
            value = getattr(self, name)
            if value < 0 or value % 2:
                raise SettingsError(f"{name.replace('_', '-')} of clips is an even number of pixels, not {value}")
        if self.short_side and (self.width or self.height):
            raise SettingsError("clips take either short-side or width and height, not both")
        if not 0 <= self.fps <= 1000:
            raise SettingsError(f"fps of clips is from 0 (as it is) to 1000, not {self.fps}")
        if not 0 <= self.crf <= 51:
            raise SettingsError(f"crf of clips is from 0 to 51, not {self.crf}")
        if self.preset not in PRESETS:
            raise SettingsError(f"preset of clips is one of {', '.join(PRESETS)}, not '{self.preset}'")

    def cut(self, shots: Mapping[Path, Shot]) -> Iterator[tuple[Path, Made | Rejected]]:
        """Write each path's shot; each path as it is finished, with what was made or why nothing was.

        All shots are of one file, which is decoded once, however many they are and whether or not they overlap; jumps
        over what none of them wants go to keyframes. A file is there only when it is whole and has been opened again
        and its frames counted.

        Raises `ValueError` for shots of several files, `OutputError` where a file cannot be written.
        """
        files = {shot.media.path for shot in shots.values()}
        if len(files) > 1:
            raise ValueError(f"shots of one file at a time, not of {len(files)}")
        if not files:
            return
        media = next(iter(shots.values())).media
        try:
            line = timeline(media.path, max(MOST_PIXELS, media.width * media.height), sys.maxsize)
            if len(line) != media.frames:
                raise Rejected("undecodable", f"{media.path.name} had {media.frames} frames and has {len(line)} now")
        except Rejected as trouble:
            yield from ((path, trouble) for path in shots)
            return
        left: list[Piece] = []
        for path, shot in shots.items():
            try:
                piece = self._piece(path, shot, line)
                why = self._changed(piece)
                if not why:
                    why = splice(shot, line, path, sound=self.sound)
            except Rejected as trouble:
                yield path, trouble
                continue
            if why:
                piece.why = why
                left.append(piece)
            else:
                yield path, piece.probed("copied")
        yield from self._encode(left, line)

    def _changed(self, piece: Piece) -> str:
        """What is asked for that a copy would not have; empty where nothing is."""
        if not self.copy:
            return "copying is off"
        if self.fps:
            return "resampled"
        x0, y0, x1, y1 = piece.box
        media = piece.shot.media
        if (x1 - x0, y1 - y0) != (media.width, media.height):
            return "cropped" + (", by a box that reaches far beyond the picture" if reaches_beyond(piece.shot) else "")
        return "resized" if piece.size != (x1 - x0, y1 - y0) else ""

    def _piece(self, path: Path, shot: Shot, line: Timeline) -> Piece:
        box = even_box(shot) if self.crop and shot.entry.box else (0, 0, shot.media.width, shot.media.height)
        seconds = line.seconds[shot.first : shot.stop] - line.seconds[shot.first]
        counts, times = np.ones(len(seconds), np.int64), None
        if self.fps:
            counts = resampled(seconds, shot.media.fps, self.fps)
        elif np.abs(seconds * shot.media.fps - np.arange(len(seconds))).max() > UNEVEN:
            times = np.round(seconds / float(TICKS)).astype(np.int64)
        return Piece(
            path=path,
            shot=shot,
            box=box,
            size=self._size(box[2] - box[0], box[3] - box[1]),
            fps=self.fps or shot.media.fps,
            counts=counts,
            times=times,
        )

    def _size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the clip, even where they change."""
        if self.short_side:
            scale = self.short_side / min(width, height)
        elif self.width and self.height:
            return self.width, self.height
        elif self.width or self.height:
            scale = self.width / width if self.width else self.height / height
        else:
            return width, height
        if scale == 1:
            return width, height
        return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))

    def _encode(self, pieces: list[Piece], line: Timeline) -> Iterator[tuple[Path, Made | Rejected]]:
        """One pass over the file for all pieces."""
        if not pieces:
            return
        waiting = sorted(pieces, key=lambda piece: (piece.wanted[0], piece.wanted[-1]))
        index = np.unique(np.concatenate([piece.wanted for piece in waiting]))
        shot = waiting[0].shot
        # One shot over all of them: the decoder asks no more of it than its file and its bounds.
        span = Shot(entry=shot.entry, media=shot.media, first=int(index[0]), stop=int(index[-1]) + 1)
        running: list[Piece] = []
        trouble = Rejected("undecodable", f"{shot.media.path.name} breaks off")
        split = Splitter(shot.media.width, shot.media.height)
        stated: Colors | None = None
        try:
            for frame, picture in pictures(span, index):
                stated = stated or colors(picture)
                planes = split(picture)
                while waiting and waiting[0].wanted[0] <= frame:
                    running.append(waiting.pop(0))
                for piece in [piece for piece in running if frame > piece.wanted[-1]]:
                    running.remove(piece)  # its last frame was passed over
                    yield piece.path, piece.failed()
                for piece in [piece for piece in running if piece.shows(frame)]:
                    self._add(piece, frame, planes, stated, line)
                    if frame == piece.wanted[-1]:
                        running.remove(piece)
                        yield piece.path, piece.finished()
        except Rejected as rejected:
            trouble = rejected
        finally:
            for piece in running:
                piece.failed()
        for piece in (*running, *waiting):
            yield piece.path, piece.failed() if piece.done else trouble

    def _add(self, piece: Piece, frame: int, planes: Planes, stated: Colors, line: Timeline) -> None:
        x0, y0, x1, y1 = piece.box
        picture = planes.cut(piece.box)
        if piece.size != (x1 - x0, y1 - y0):
            picture = picture.scaled(*piece.size)
        encoder = piece.encoder = piece.encoder or self._begun(piece, picture.shape, stated, line)
        row = frame - piece.shot.first
        for _ in range(int(piece.counts[row])):
            encoder.add_planes(picture, None if piece.times is None else int(piece.times[row]))
        piece.done += 1

    def _begun(self, piece: Piece, shape: tuple[int, ...], stated: Colors, line: Timeline) -> Encoder:
        """What writes a clip aside, until it is finished or failed."""
        aside = piece.open.enter_context(whole_file(piece.path))
        encoder = Encoder(
            aside,
            shape,
            piece.fps,
            crf=self.crf,
            preset=self.preset,
            keyframe=KEYFRAME,
            tree=True,
            colors=stated,
            time_base=None if piece.times is None else TICKS,
            sound=sound_between(piece.shot.media.path, *seconds_of(piece.shot, line)) if self.sound else None,
        )
        return piece.open.enter_context(encoder)
