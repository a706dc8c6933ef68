"""Named parts, points, edges and mirror pairs of what is tracked.

Point names and order are MediaPipe's (mediapipe/modules/hand_landmark), so that index 8 is the index finger's tip
in every tool of the field.
"""

from dataclasses import dataclass
from itertools import pairwise

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group of points that is seen or missed together."""

    name: str
    points: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    mirror: str
    """The part that takes this one's place when the image is flipped; its own name when it lies on the midline."""


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


HANDS = Skeleton("hands", (_hand("left_hand", "right_hand"), _hand("right_hand", "left_hand")))
SKELETONS = {HANDS.name: HANDS}
