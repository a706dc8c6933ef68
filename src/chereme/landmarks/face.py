"""The model `face`: the signer's face, 468 points, by MediaPipe's networks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from chereme import plugins
from chereme.bounds import between
from chereme.contracts import Follow
from chereme.landmarks import face_detection, mesh, weights
from chereme.landmarks.face_follow import Follower, Following
from chereme.landmarks.held import held
from chereme.landmarks.ongoing import one_after_another
from chereme.skeleton import FACE, Skeleton
from chereme.types import Frames, Shot, Track

VERSION = 2
"""Raised when the same settings and weights give other points than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The signer's face, followed through each shot: 468 points in MediaPipe's order.

    The score of its points is the network's presence of a face in that frame. With several faces in view it is the one
    in the entry's box, else the main one. Frames come one by one from whatever windows hold them, so grouping them
    otherwise changes nothing.
    """

    detector: float = 0.5
    """How sure the face detector must be of a face, 0 to 1."""
    presence: float = 0.5
    """How sure the face network must be of a face, 0 to 1; a face that is no more than this is lost."""
    static: bool = False
    """Search every frame on its own, as MediaPipe's static mode does, in place of following."""
    gap: float = 0.25
    """No following between frames that are further apart than this, in seconds."""
    back: int = 16
    """Frames that a face is followed back from its first sight; they are held in memory, at most
    128 MiB of them. 0: only forward."""
    runtime: str = "openvino"
    """What computes the networks: openvino, or litert to verify."""

    def __post_init__(self) -> None:
        between(self, {"detector": (0, 1), "presence": (0, 1), "gap": (0, np.inf), "back": (0, 1000)}, "[face] ")

    @property
    def skeleton(self) -> Skeleton:
        """The face."""
        return FACE

    def fingerprint(self) -> str:
        """Hash of the settings, of the weights' checksums and of the version of what is between."""
        return weights.fingerprint(VERSION, self, (face_detection.NAME, mesh.NAME))

    def fetch(self) -> None:
        """The weights, into the user's cache."""
        for name in (face_detection.NAME, mesh.NAME):
            weights.path(name)

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """Networks loaded on a device; windows of shots to one `Track` a shot, all NaN where no face was found."""
        with self.stream(device) as begin:
            yield one_after_another(begin)

    @contextmanager
    def stream(self, device: str = "cpu") -> Iterator[Callable[[Shot], "Clip"]]:
        """Networks loaded on a device, and what follows a shot while its frames still come."""
        runtime = plugins.load("runtimes", self.runtime)(device=device)
        detect, points = face_detection.load(runtime, self.detector), mesh.load(runtime)
        how = Following(presence=self.presence, gap=self.gap, back=self.back)
        if self.static:
            how = replace(how, gap=-1.0, looks=1)
        threads = cv2.getNumThreads()
        # Workers are processes, one a core: threads of their own would only take each other's core.
        cv2.setNumThreads(1)

        def begin(shot: Shot) -> Clip:
            own = replace(how, back=held(how.back, shot.media))
            return Clip(Follower(detect, points, own, shot.entry.box), shot, self.fingerprint())

        try:
            yield begin
        finally:
            cv2.setNumThreads(threads)


class Clip:
    """The face of one shot on the way: `see` its windows in order, then take the `track`, or take it meanwhile."""

    def __init__(self, follower: Follower, shot: Shot, model: str) -> None:
        self._follower, self._shot, self._model = follower, shot, model
        self._index: list[npt.NDArray[np.int64]] = []
        self._seconds: list[npt.NDArray[np.float64]] = []
        self._size = 1, 1
        self._gone = 0

    def see(self, window: Frames) -> None:
        """Follow the face through the shot's next frames."""
        self._index.append(window.index)
        self._seconds.append(window.seconds)
        height, width = window.pixels.shape[1:3]
        self._size = width, height
        for image, time in zip(window.pixels, window.seconds.tolist(), strict=True):
            self._follower.step(image, time)

    def track(self) -> Track:
        """What was found so far, all NaN where no face was."""
        times = np.concatenate(self._seconds)
        points = np.full((len(times), len(FACE), 3), np.nan, np.float32)
        score = np.zeros((len(times), len(FACE)), np.float32)
        width, height = self._size
        for position, found in self._follower.meshes.items():
            if position >= self._gone:
                points[position - self._gone] = found.points / (width, height, width)
                score[position - self._gone] = found.presence
        return Track(
            shot=self._shot,
            skeleton=FACE,
            index=np.concatenate(self._index),
            points=points,
            score=score,
            seconds=times,
            model=self._model,
        )

    def forget(self, rows: int) -> None:
        """Leave out the first so many frames of the track from now on; what was seen in these is kept no longer."""
        self._index = [np.concatenate(self._index)[rows:]]
        self._seconds = [np.concatenate(self._seconds)[rows:]]
        self._gone += rows
        for position in [each for each in self._follower.meshes if each < self._gone]:
            del self._follower.meshes[position]
