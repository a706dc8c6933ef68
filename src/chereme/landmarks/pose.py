"""The model `pose`: a signer's body, 33 points in the image and 33 in meters, by MediaPipe's networks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from chereme import plugins
from chereme.bounds import between
from chereme.contracts import Follow
from chereme.landmarks import body, body_detector, weights
from chereme.landmarks.held import held
from chereme.landmarks.ongoing import one_after_another
from chereme.landmarks.person import Follower, Following, Networks, Seen
from chereme.skeleton import POSE, Skeleton
from chereme.types import Frames, Shot, Track

VERSION = 2
"""Raised when the same settings and weights give other points than before."""
LEAST = 1e-6
"""The score of a point that is not visible, of a body that is seen: its place is a guess, but there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """The signer's body, followed through each shot.

    The score of a body's point is its visibility: how likely it is within the image and not hidden. With several
    people in view it is the one in the entry's box, else the main one. Frames come one by one from whatever windows
    hold them, so grouping them otherwise changes nothing.
    """

    detector: float = 0.5
    """How sure the body detector must be of a body, 0 to 1."""
    presence: float = 0.5
    """How sure the body network must be of a body, 0 to 1; a body that is no more than this is lost."""
    refine: bool = True
    """Move points to the mean of the network's heatmap around them, as MediaPipe does."""
    smooth: bool = True
    """Smooth bodies as they are followed, as MediaPipe does."""
    static: bool = False
    """Search every frame on its own, as MediaPipe's static mode does, in place of following."""
    search: float = 0.25
    """Seconds between searches of the whole image while no body is followed; 0: in every frame."""
    gap: float = 0.25
    """No following between frames that are further apart than this, in seconds."""
    back: int = 16
    """Frames that a body is followed back from its first sight; they are held in memory, at most
    128 MiB of them. 0: only forward."""
    mirror: bool = False
    """The videos are mirror images, as selfie cameras show them: left is right."""
    faithful: bool = False
    """As MediaPipe's Python solution to the bit, and no better: nothing backward, its own clock and choice of body."""
    runtime: str = "openvino"
    """What computes the networks: openvino, or litert to verify."""

    def __post_init__(self) -> None:
        check("body", self)

    @property
    def skeleton(self) -> Skeleton:
        """Body, in the image and in meters."""
        return POSE

    def fingerprint(self) -> str:
        """Hash of the settings, of the weights' checksums and of the version of what is between."""
        return weights.fingerprint(VERSION, self, (body_detector.NAME, body.NAME))

    def fetch(self) -> None:
        """The weights, into the user's cache."""
        for name in (body_detector.NAME, body.NAME):
            weights.path(name)

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """Networks loaded on a device; windows of shots to one `Track` a shot, all NaN where no body was found."""
        with self.stream(device) as begin:
            yield one_after_another(begin)

    @contextmanager
    def stream(self, device: str = "cpu") -> Iterator[Callable[[Shot], "Clip"]]:
        """Networks loaded on a device, and what follows a shot while its frames still come."""
        runtime = plugins.load("runtimes", self.runtime)(device=device)
        networks = Networks(
            detect=body_detector.load(runtime, self.detector, exact=self.faithful),
            body=body.load(runtime, refine=self.refine, exact=self.faithful),
        )
        how = Following(
            presence=self.presence,
            search=self.search,
            gap=reach(self.static, self.faithful, self.gap),
            back=self.back,
            smooth=self.smooth,
            faithful=self.faithful,
        )
        with beginning(networks, how, POSE, self.fingerprint(), mirror=self.mirror) as begin:
            yield begin


def check(name: str, settings: object) -> None:
    """Raise `SettingsError` where a setting of a model that follows a person is beyond its bounds."""
    bounds = {"detector": (0, 1), "presence": (0, 1), "search": (0, np.inf), "gap": (0, np.inf), "back": (0, 1000)}
    between(settings, bounds, f"[{name}] ")


def reach(static: bool, faithful: bool, gap: float) -> float:
    """The longest time between two frames over which something is followed, seconds; below 0: never."""
    return -1.0 if static else np.inf if faithful else gap


@contextmanager
def beginning(
    networks: Networks, how: Following, skeleton: Skeleton, model: str, *, mirror: bool
) -> Iterator[Callable[[Shot], "Clip"]]:
    """What begins to follow the person of a shot. With `mirror` left and right change places."""
    order = opposite(skeleton) if mirror else np.arange(len(skeleton))

    def begin(shot: Shot) -> Clip:
        own = replace(how, back=held(how.back, shot.media))
        return Clip(Follower(networks, own, shot.entry.box), shot, skeleton, model, order)

    threads = cv2.getNumThreads()
    # Workers are processes, one a core: threads of their own would only take each other's core.
    cv2.setNumThreads(1)
    try:
        yield begin
    finally:
        cv2.setNumThreads(threads)


def opposite(skeleton: Skeleton) -> npt.NDArray[np.int64]:
    """(points,) where to find each point of a skeleton in the points of a mirror image."""
    order = np.arange(len(skeleton))
    for part in skeleton.parts:
        own, other = skeleton[part.name], skeleton[part.mirror]
        order[own] = np.arange(other.start, other.stop)
        for a, b in part.swaps:
            order[own.start + a], order[own.start + b] = other.start + b, other.start + a
    return order


class Clip:
    """The person of one shot on the way: `see` its windows in order, then take the `track`, or take it meanwhile."""

    def __init__(
        self, follower: Follower, shot: Shot, skeleton: Skeleton, model: str, order: npt.NDArray[np.int64]
    ) -> None:
        """`order` (points,) is where to find each point of the skeleton in those of the follower."""
        self._follower, self._shot, self._skeleton, self._model, self._order = follower, shot, skeleton, model, order
        self._index: list[npt.NDArray[np.int64]] = []
        self._seconds: list[npt.NDArray[np.float64]] = []
        self._size = 1, 1
        self._gone = 0

    def see(self, window: Frames) -> None:
        """Follow the person through the shot's next frames."""
        self._index.append(window.index)
        self._seconds.append(window.seconds)
        height, width = window.pixels.shape[1:3]
        self._size = width, height
        for image, time in zip(window.pixels, window.seconds.tolist(), strict=True):
            self._follower.step(image, time)

    def track(self) -> Track:
        """What was found so far, all NaN where nobody was."""
        times = np.concatenate(self._seconds)
        width, height = self._size
        skeleton = self._skeleton
        points = np.full((len(times), len(skeleton), 3), np.nan, np.float32)
        score = np.zeros((len(times), len(skeleton)), np.float32)
        unit = np.array([width, height, width])
        for row, seen in enumerate(self._follower.seen[self._gone :]):
            if seen.body:
                points[row, skeleton["body"]] = seen.body.points / unit
                points[row, skeleton["body_world"]] = seen.body.world
                score[row, skeleton["body"]] = score[row, skeleton["body_world"]] = np.maximum(
                    seen.body.visibility, LEAST
                )
            for side, hand in seen.hands.items():
                points[row, skeleton[f"{side}_hand"]] = hand.points / unit
                score[row, skeleton[f"{side}_hand"]] = hand.presence
            if seen.face:
                points[row, skeleton["face"]] = seen.face.points / unit
                score[row, skeleton["face"]] = seen.face.presence
        return Track(
            shot=self._shot,
            skeleton=skeleton,
            index=np.concatenate(self._index),
            points=points[:, self._order],
            score=score[:, self._order],
            seconds=times,
            model=self._model,
        )

    def forget(self, rows: int) -> None:
        """Leave out the first so many frames of the track from now on; what was seen in these is kept no longer."""
        self._index = [np.concatenate(self._index)[rows:]]
        self._seconds = [np.concatenate(self._seconds)[rows:]]
        for place in range(self._gone, self._gone + rows):
            self._follower.seen[place] = Seen()  # it stays in its place: places are the follower's clock
        self._gone += rows
