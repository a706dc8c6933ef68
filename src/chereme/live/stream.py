"""Frames as they come to the track of the last seconds, by the same follower that made the tracks trained on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from chereme.contracts import LandmarkModel, Ongoing, Streaming
from chereme.errors import SettingsError
from chereme.landmarks.torch_runtime import one_thread
from chereme.samples.rate import resample
from chereme.samples.trim import select
from chereme.types import Bytes, Entry, Frames, Media, Shot, Track

MOST_FRAMES = 1 << 40
"""Frames of a camera, which never ends: a thousand years of them."""
SPARE = 0.5
"""Seconds by which more is kept than asked for, so that not every frame has something to forget."""

Begin = Callable[[Shot], Ongoing]


def opened(model: LandmarkModel, device: str = "cpu") -> AbstractContextManager[Begin]:
    """The networks of a landmark model, ready to follow streams; `SettingsError` when it only follows whole shots.

    Meanwhile PyTorch, where it is there at all, keeps to one thread: on two busy cores a recognizer of its takes 60 to
    180 ms with two threads that wait for each other, and 2 to 5 ms with one.
    """
    if not isinstance(model, Streaming):
        raise SettingsError(f"the landmark model {type(model).__name__} follows whole clips only, not a camera")
    return _by_one_thread(model.stream(device))


@contextmanager
def _by_one_thread(opening: AbstractContextManager[Begin]) -> Iterator[Begin]:
    with one_thread() if "torch" in sys.modules else nullcontext(), opening as begin:
        yield begin


def camera(width: int, height: int, fps: float, id: str = "camera") -> Shot:
    """The shot of a camera, pictures of that many pixels."""
    media = Media(
        path=Path(id),
        bytes=0,
        width=width,
        height=height,
        fps=fps,
        frames=MOST_FRAMES,
        seconds=MOST_FRAMES / fps,
        whole=True,
    )
    return Shot(entry=Entry(id=id, gloss=""), media=media, first=0, stop=MOST_FRAMES)


class Stream:
    """One camera, or film, being followed: `see` its frames in order; `track` is what is known of the last seconds."""

    def __init__(self, begin: Begin, shot: Shot, keep: float = np.inf) -> None:
        """`keep` seconds at least are remembered."""
        self.shot = shot
        self._clip, self._keep = begin(shot), keep
        self._seen = 0
        self._first = self._last = -np.inf
        self._seconds: list[float] = []

    def see(self, pixels: Bytes, seconds: float, index: int | None = None) -> Track:
        """The next frame (height, width, rgb), shown at so many seconds; the track so far.

        `index` is its number in the file, by default one more than the last. A point of an earlier frame may be found,
        and change sides, as later ones come. Raises `ValueError` for a frame that is not later or of another size.
        """
        media = self.shot.media
        if pixels.shape != (media.height, media.width, 3):
            raise ValueError(f"a frame of {pixels.shape[1]}×{pixels.shape[0]} among {media.width}×{media.height}")
        if self._seconds and seconds <= self._seconds[-1]:
            raise ValueError(f"a frame at {seconds} s came after one at {self._seconds[-1]} s")
        number = self._seen if index is None else index
        window = Frames(
            shot=self.shot, index=np.array([number]), pixels=pixels[None], seconds=np.array([seconds], np.float64)
        )
        self._clip.see(window)
        self._seen = number + 1
        self._seconds.append(seconds)
        if seconds - self._seconds[0] > self._keep + SPARE:
            old = int(np.searchsorted(self._seconds, seconds - self._keep))
            self._clip.forget(old)
            del self._seconds[:old]
        return self._clip.track()


def between(track: Track, start: float, stop: float, fps: float | None = None) -> Track:
    """What lies in start <= seconds <= stop of a track, as a shot of its own.

    With `fps`, as if filmed at that rate: what a camera gave at uneven times. There must be such frames.
    """
    part = select(track, (track.seconds >= start) & (track.seconds <= stop))
    shot = replace(part.shot, first=int(part.index[0]), stop=int(part.index[-1]) + 1)
    part = replace(part, shot=shot)
    return part if fps is None else resample(part, fps)
