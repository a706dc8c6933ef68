"""Named parts, points, edges and mirror pairs of what is tracked.

Point names and order are MediaPipe's (mediapipe/modules/hand_landmark, pose_landmark, face_landmark), so that index 8
is the index finger's tip in every tool of the field.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from chereme.face_mesh import FACE_EDGES, FACE_SWAPS

HAND_POINTS = (
    "WRIST",
    "THUMB_CMC", "THUMB_MCP", "THUMB_IP", "THUMB_TIP",
    "INDEX_FINGER_MCP", "INDEX_FINGER_PIP", "INDEX_FINGER_DIP", "INDEX_FINGER_TIP",
    "MIDDLE_FINGER_MCP", "MIDDLE_FINGER_PIP", "MIDDLE_FINGER_DIP", "MIDDLE_FINGER_TIP",
    "RING_FINGER_MCP", "RING_FINGER_PIP", "RING_FINGER_DIP", "RING_FINGER_TIP",
    "PINKY_MCP", "PINKY_PIP", "PINKY_DIP", "PINKY_TIP",
)  # fmt: skip
HAND_EDGES = (
    *((0, 1), (0, 5), (0, 17), (5, 9), (9, 13), (13, 17)),
    *(edge for base in (1, 5, 9, 13, 17) for edge in pairwise(range(base, base + 4))),
)

BODY_POINTS = (
    "NOSE",
    "LEFT_EYE_INNER", "LEFT_EYE", "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE", "RIGHT_EYE_OUTER",
    "LEFT_EAR", "RIGHT_EAR", "MOUTH_LEFT", "MOUTH_RIGHT",
    "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST",
    "LEFT_PINKY", "RIGHT_PINKY", "LEFT_INDEX", "RIGHT_INDEX", "LEFT_THUMB", "RIGHT_THUMB",
    "LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE",
    "LEFT_HEEL", "RIGHT_HEEL", "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX",
)  # fmt: skip
BODY_EDGES = (
    *((0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10)),
    *((11, 12), (11, 23), (12, 24), (23, 24)),
    *((11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19)),
    *((12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20)),
    *((23, 25), (25, 27), (27, 29), (27, 31), (29, 31)),
    *((24, 26), (26, 28), (28, 30), (28, 32), (30, 32)),
)
BODY_SWAPS = tuple(
    (i, BODY_POINTS.index(name.replace("LEFT", "RIGHT"))) for i, name in enumerate(BODY_POINTS) if "LEFT" in name
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group of points that is seen or missed together."""

    name: str
    points: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    mirror: str
    """The part that takes this one's place when the image is flipped; its own name when it lies on the midline."""
    swaps: tuple[tuple[int, int], ...] = ()
    """Pairs of points that change places when the image is flipped: left and right within a part on the midline."""
    unit: Literal["image", "meter"] = "image"
    """Points are shares of the image, z in the scale of x; or meters from the middle of the hips."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Parts in the order of their points; `skeleton["left_hand"]` is the slice of that part's points."""

    name: str
    parts: tuple[Part, ...]

    def __getitem__(self, part: str) -> slice:
        start = 0
        for each in self.parts:
            if each.name == part:
                return slice(start, start + len(each.points))
            start += len(each.points)
        raise KeyError(f"{self.name} has no part '{part}'; it has {', '.join(p.name for p in self.parts)}")

    def __len__(self) -> int:
        return sum(len(part.points) for part in self.parts)

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs of point indices to draw a line between."""
        return tuple((a + self[p.name].start, b + self[p.name].start) for p in self.parts for a, b in p.edges)

    @property
    def names(self) -> tuple[str, ...]:
        """One name a point, `part.POINT`."""
        return tuple(f"{part.name}.{point}" for part in self.parts for point in part.points)


def _hand(name: str, mirror: str) -> Part:
    return Part(name=name, points=HAND_POINTS, edges=HAND_EDGES, mirror=mirror)


_BODY = Part(name="body", points=BODY_POINTS, edges=BODY_EDGES, mirror="body", swaps=BODY_SWAPS)
_WORLD = replace(_BODY, name="body_world", mirror="body_world", unit="meter")
_FACE = Part(name="face", points=tuple(map(str, range(468))), edges=FACE_EDGES, mirror="face", swaps=FACE_SWAPS)

HANDS = Skeleton("hands", (_hand("left_hand", "right_hand"), _hand("right_hand", "left_hand")))
POSE = Skeleton("pose", (_BODY, _WORLD))
FACE = Skeleton("face", (_FACE,))
HOLISTIC = Skeleton("holistic", (_BODY, _FACE, *HANDS.parts, _WORLD))
SKELETONS = {each.name: each for each in (HANDS, POSE, FACE, HOLISTIC)}
