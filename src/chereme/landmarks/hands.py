"""The model `hands`: both hands of a signer, 21 points each, by MediaPipe's networks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

from chereme import plugins
from chereme.contracts import Follow
from chereme.errors import SettingsError
from chereme.landmarks import hand, palm, weights
from chereme.landmarks.follow import Finder, Follower, Following
from chereme.landmarks.sides import right_hands
from chereme.skeleton import HANDS, Skeleton
from chereme.types import Frames, Shot, Track

VERSION = 1
"""Raised when the same settings and weights give other points than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Both hands, followed through each shot; left and right are the signer's own.

    The score of a hand's points is the network's presence of that hand in that frame. Frames come one by one from
    whatever windows hold them, so grouping them otherwise changes nothing.
    """

    detector: float = 0.5
    """How sure the palm detector must be of a palm, 0 to 1."""
    presence: float = 0.5
    """How sure the hand network must be of a hand, 0 to 1; a hand below is lost."""
    static: bool = False
    """Search every frame on its own, as MediaPipe's static mode does, in place of following."""
    search: float = 0.25
    """Seconds between searches of the whole image while fewer than two hands are followed; 0: in every frame."""
    gap: float = 0.25
    """No following between frames that are further apart than this, in seconds."""
    back: int = 16
    """Frames that a hand is followed back from its first sight; they are held in memory. 0: only forward."""
    mirror: bool = False
    """The videos are mirror images, as selfie cameras show them: left is right."""
    runtime: str = "openvino"
    """What computes the networks: openvino, or litert to verify."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("detector", 0, 1),
            ("presence", 0, 1),
            ("search", 0, np.inf),
            ("gap", 0, np.inf),
            ("back", 0, 1000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"[hands] {name} must be between {low} and {high}, not {value}")

    @property
    def skeleton(self) -> Skeleton:
        """Left and right hand."""
        return HANDS

    def fingerprint(self) -> str:
        """Hash of the settings, of the weights' checksums and of the version of what is between."""
        sums = [weights.FILES[name].sha256 for name in (palm.NAME, hand.NAME)]
        return sha256(repr((VERSION, sorted(asdict(self).items()), sums)).encode()).hexdigest()[:16]

    def fetch(self) -> None:
        """The weights, into the user's cache."""
        for name in (palm.NAME, hand.NAME):
            weights.path(name)

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """Networks loaded on a device; windows of shots to one `Track` a shot, all NaN where no hand was found."""
        runtime = plugins.load("runtimes", self.runtime)(device=device)
        detect, landmarks = palm.load(runtime, self.detector), hand.load(runtime)
        how = Following(presence=self.presence, search=self.search, gap=self.gap, back=self.back)
        follower = Finder if self.static else Follower
        threads = cv2.getNumThreads()
        # Workers are processes, one a core: threads of their own would only take each other's core.
        cv2.setNumThreads(1)

        def follow(windows: Iterable[Frames]) -> Iterator[Track]:
            for shot, own in groupby(windows, key=lambda window: window.shot):
                yield self._track(shot, own, follower(detect, landmarks, how))

        try:
            yield follow
        finally:
            cv2.setNumThreads(threads)

    def _track(self, shot: Shot, windows: Iterable[Frames], follower: Finder | Follower) -> Track:
        index: list[npt.NDArray[np.int64]] = []
        seconds: list[npt.NDArray[np.float64]] = []
        width = height = 1
        for window in windows:
            index.append(window.index)
            seconds.append(window.seconds)
            height, width = window.pixels.shape[1:3]
            for image, time in zip(window.pixels, window.seconds.tolist(), strict=True):
                follower.step(image, time)
        times = np.concatenate(seconds)
        points = np.full((len(times), len(HANDS), 3), np.nan, np.float32)
        score = np.zeros((len(times), len(HANDS)), np.float32)
        paths = follower.paths
        for path, right in zip(paths, right_hands(paths, times, mirror=self.mirror), strict=True):
            part = HANDS["right_hand" if right else "left_hand"]
            for position, found in path.hands.items():
                points[position, part] = found.points / (width, height, width)
                score[position, part] = found.presence
        return Track(
            shot=shot,
            skeleton=HANDS,
            index=np.concatenate(index),
            points=points,
            score=score,
            seconds=times,
            model=self.fingerprint(),
        )
