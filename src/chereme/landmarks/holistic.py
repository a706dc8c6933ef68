"""The model `holistic`: a signer's body, face and hands, 576 points, by MediaPipe's networks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from chereme.contracts import Follow
from chereme.landmarks import body, body_detector, body_hands, face_detection, hand, mesh, palm, weights
from chereme.landmarks.face_of_body import FaceOfBody
from chereme.landmarks.ongoing import one_after_another
from chereme.landmarks.person import Following, Networks
from chereme.landmarks.pose import Clip, beginning, check, reach
from chereme.landmarks.runtimes import opened
from chereme.skeleton import HOLISTIC, Skeleton
from chereme.types import Shot

VERSION = 3
"""Raised when the same settings and weights give other points than before."""
NETWORKS = body_detector.NAME, body.NAME, body_hands.NAME, hand.NAME, palm.NAME, face_detection.NAME, mesh.NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Holistic:
    """The signer's body, face and hands, followed through each shot; left and right are the body's own.

    The score of a body's point is its visibility, that of the points of a face or hand the network's presence of it in
    that frame. With several people in view it is the one in the entry's box, else the main one. Frames come one by one
    from whatever windows hold them, so grouping them otherwise changes nothing.
    """

    detector: float = 0.5
    """How sure the detectors must be of a body, a face, a palm, 0 to 1."""
    presence: float = 0.5
    """How sure the networks must be of a body, a face, a hand, 0 to 1; what is no more than this is lost."""
    refine: bool = True
    """Move the body's points to the mean of the network's heatmap around them, as MediaPipe does."""
    smooth: bool = True
    """Smooth bodies as they are followed, as MediaPipe does."""
    static: bool = False
    """Search every frame on its own, as MediaPipe's static mode does, in place of following; in single precision."""
    search: float = 0.25
    """Seconds between searches of the whole image while no body, or less than two hands, are followed; 0: always."""
    gap: float = 0.25
    """No following between frames that are further apart than this, in seconds."""
    back: int = 16
    """Frames that body and hands are followed back from their first sight; they are held in memory, at most
    128 MiB of them. 0: only forward."""
    mirror: bool = False
    """The videos are mirror images, as selfie cameras show them: left is right."""
    faithful: bool = False
    """As MediaPipe's Python solution to the bit, and no better: nothing backward, no search for palms, one hand may be
    both, its own clock and choice of body."""
    runtime: str = "openvino-mixed"
    """What computes the networks: openvino-mixed, those of hands in bfloat16 between their first and last layers where
    the processor has it (page Parity); openvino, in single precision throughout; litert to verify."""

    def __post_init__(self) -> None:
        check("holistic", self)

    @property
    def skeleton(self) -> Skeleton:
        """Body, face, hands, and the body in meters."""
        return HOLISTIC

    def fingerprint(self) -> str:
        """Hash of the settings, of the weights' checksums and of the version of what is between."""
        return weights.fingerprint(VERSION, self, NETWORKS)

    def fetch(self) -> None:
        """The weights, into the user's cache."""
        for name in NETWORKS:
            weights.path(name)

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """Networks loaded on a device; windows of shots to one `Track` a shot, all NaN where nobody was found."""
        with self.stream(device) as begin:
            yield one_after_another(begin)

    @contextmanager
    def stream(self, device: str = "cpu") -> Iterator[Callable[[Shot], Clip]]:
        """Networks loaded on a device, and what follows a shot while its frames still come."""
        runtime = opened(self.runtime, device, exact=self.static or self.faithful)
        exact, gap = self.faithful, reach(self.static, self.faithful, self.gap)
        faces, points = face_detection.load(runtime, self.detector), mesh.load(runtime)
        networks = Networks(
            detect=body_detector.load(runtime, self.detector, exact=exact),
            body=body.load(runtime, refine=self.refine, exact=exact),
            recrop=body_hands.load(runtime, exact=exact),
            hand=hand.load(runtime, exact=exact),
            palms=None if self.faithful else palm.load(runtime, self.detector),
            face=partial(FaceOfBody, faces, points, self.presence, gap, faithful=self.faithful),
        )
        how = Following(
            presence=self.presence,
            search=self.search,
            gap=gap,
            back=self.back,
            smooth=self.smooth,
            faithful=self.faithful,
        )
        with beginning(networks, how, HOLISTIC, self.fingerprint(), mirror=self.mirror) as begin:
            yield begin
