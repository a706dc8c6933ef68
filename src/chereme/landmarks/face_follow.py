"""Following one face through the frames of a shot, forward and, since the past is at hand, backward.

The face's next region comes from its points in the frame before; the whole image is searched while no face is followed.
A face that the detector found is looked at again in the region that its points give: a hand before the face misplaces
the detector's region, and the network is exact only in one that fits.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from chereme.landmarks.face_detection import HeadDetector
from chereme.landmarks.geometry import Region
from chereme.landmarks.mesh import Mesh, Mesher
from chereme.landmarks.people import Box, signer
from chereme.types import Bytes

GRACE = 5e-4
"""Seconds by which times may miss: files round them to milliseconds."""
LOOKS = 3
"""How often a face is looked at when it is found. Looked at once, its points lie a median of 1.6 % of the face's width
from where following from far before has them, and one in twenty faces 9.5 % or more (200 frames of 52 clips); looked at
twice 0.7 and 2.8 %, three times 0.4 and 1.2 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How a face is followed."""

    presence: float
    """A face counts while the network is surer of it than this, 0..1."""
    gap: float
    """No following between frames that are further apart, seconds; below 0 every frame is on its own."""
    back: int
    """How many frames a face is followed back from its first sight."""
    looks: int = LOOKS
    """How often a face is looked at when it is found; once is what MediaPipe does."""


class Follower:
    """Follows the signer's face through one shot; `step` takes its frames in order, `meshes` is what was found so far.

    `box` is where the signer is, pixels, if the entry says so.
    """

    def __init__(self, detect: HeadDetector, mesh: Mesher, how: Following, box: Box | None = None) -> None:
        self._detect, self._mesh, self._how, self._box = detect, mesh, how, box
        self.meshes: dict[int, Mesh] = {}
        """Position among the frames to the face there."""
        self._live = False
        self._last: Region | None = None
        self._past: deque[Bytes] = deque(maxlen=how.back)
        self._position = -1
        self._seconds = -np.inf

    def step(self, image: Bytes, seconds: float) -> None:
        """The next frame (height, width, rgb), shown at so many seconds."""
        self._position += 1
        if seconds - self._seconds > self._how.gap + GRACE:
            self._live, self._last = False, None
            self._past.clear()
        self._seconds = seconds
        self._live = (self._live and self._seen(image, self._position, self._position - 1)) or self._look(image)
        if self._live:
            self._last = self.meshes[self._position].region
        self._past.append(image)

    def _seen(self, image: Bytes, position: int, neighbor: int) -> bool:
        """Whether the face is where it was in a neighboring frame."""
        return self._keep(position, self._mesh(image, self.meshes[neighbor].region))

    def _keep(self, position: int, mesh: Mesh) -> bool:
        """Whether the network is sure enough of the face at a position, which is then known."""
        sure = mesh.presence > self._how.presence
        if sure:
            self.meshes[position] = mesh
        return sure

    def _look(self, image: Bytes) -> bool:
        """Search the whole image, and follow the face that is found back to where it came in; whether there is one."""
        heads = self._detect(image, None)
        height, width = image.shape[:2]
        regions, scores = [head.region for head in heads], [head.score for head in heads]
        chosen = signer(regions, scores, width, height, box=self._box, before=self._last)
        if chosen is None or not self._keep(self._position, self._mesh(image, regions[chosen])):
            return False
        for _ in range(1, self._how.looks):
            if not self._seen(image, self._position, self._position):
                break
        for position, before in zip(range(self._position - 1, -1, -1), reversed(self._past), strict=False):
            if position in self.meshes or not self._seen(before, position, position + 1):
                break
        return True
