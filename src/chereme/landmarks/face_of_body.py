"""The face of a body that is followed: searched for where the body's face points are, as holistic does, if less often.

The rule by which the region of the frame before is kept is RoiTrackingCalculator's (google-ai-edge/mediapipe,
mediapipe/modules/holistic_landmark/calculators/roi_tracking_calculator.cc, with face_tracking.pbtxt's parameters).
"""

from math import cos, pi, sin

import numpy as np

from chereme.landmarks.face_detection import HeadDetector
from chereme.landmarks.face_follow import LOOKS
from chereme.landmarks.geometry import Region, distance, wrapped
from chereme.landmarks.mesh import Mesh, Mesher
from chereme.types import Bytes

TURNED, MOVED, RESIZED = 15 / 180 * pi, 0.1, 0.3
"""The region of the frame before is kept while it differs from the detector's by no more: radians, shares of a side."""
WITHIN = 1 - 0.2
"""And while the points of the frame before lie in this share of the detector's region, about its middle."""
CHECK = 0.25
"""Seconds between searches for a face that is followed well; MediaPipe searches in every frame, and mostly in vain."""
NEAR = 0.25
"""A face is where its body has it while their middles are no further apart, in sides of the region of the search."""
GRACE = 5e-4
"""Seconds by which times may miss: files round them to milliseconds."""


class FaceOfBody:
    """Follows the face of one body through one shot: `step` takes its frames in order."""

    def __init__(
        self,
        detect: HeadDetector,
        mesh: Mesher,
        presence: float = 0.5,
        gap: float = 0.25,
        *,
        faithful: bool = True,
    ) -> None:
        """A face counts while the network is surer of it than `presence`; after `gap` seconds it is searched for anew.

        With a gap below 0 every frame is on its own. Unless it is to be faithful to MediaPipe, a face that was just
        found is looked at until its region fits, one that the detector misses is followed on where it was, and one that
        is followed well is detected only every `CHECK` seconds.
        """
        self._detect, self._mesh, self._presence, self._gap = detect, mesh, presence, gap
        self._faithful = faithful
        self._before: Mesh | None = None
        self._seconds = self._detected = -np.inf

    def step(self, image: Bytes, seconds: float, search: Region | None) -> Mesh | None:
        """The face in the next frame (height, width, rgb), shown at so many seconds, or None.

        `search` is where the body's face is, `face_detection.region_of_body` of its points in pixels; None: no body.
        """
        if seconds - self._seconds > self._gap + GRACE:
            self._before = None
        self._seconds = seconds
        self._before = self._seen(image, search) if search else None
        return self._before

    def _seen(self, image: Bytes, search: Region) -> Mesh | None:
        mesh = self._followed(image, search)
        if mesh is None:
            self._detected = self._seconds
            mesh = self._searched(image, search)
        return mesh

    def _followed(self, image: Bytes, search: Region) -> Mesh | None:
        """The face where it was before, if it was searched for not long ago and surely is there still."""
        before = self._before
        if self._faithful or before is None or self._seconds - self._detected >= CHECK - GRACE:
            return None
        if distance(before.region, search) > NEAR * search.size:
            return None
        mesh = self._mesh(image, before.region)
        return mesh if mesh.presence > self._presence else None

    def _searched(self, image: Bytes, search: Region) -> Mesh | None:
        heads = self._detect(image, search)
        if heads:
            region, looks = kept(self._before, heads[0].region_within), 1
            if not self._faithful and (self._before is None or region is not self._before.region):
                looks = LOOKS
        elif self._before and not self._faithful:
            region, looks = self._before.region, 1
        else:
            return None
        mesh = self._mesh(image, region)
        for _ in range(1, looks):
            if mesh.presence > self._presence:
                mesh = self._mesh(image, mesh.region)
        return mesh if mesh.presence > self._presence else None


def kept(before: Mesh | None, found: Region) -> Region:
    """The region in which a face's points are looked for: that of the frame before while it fits, else the found."""
    if before is None:
        return found
    region = before.region
    c, s = cos(found.rotation), sin(found.rotation)
    turn = np.array([[c, -s], [s, c]])
    moved = np.abs(np.array([region.x - found.x, region.y - found.y]) @ turn).max() > MOVED * found.size
    turned = abs(wrapped(region.rotation - found.rotation)) > TURNED
    resized = abs(region.size - found.size) > RESIZED * found.size
    places = np.abs((before.points[:, :2] - (found.x, found.y)) @ turn)
    outside = (places >= WITHIN * found.size / 2).any()
    return found if moved or turned or resized or outside else region
