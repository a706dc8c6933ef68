"""The 178 points that sign-language tools work with: 8 of the body, 128 of the face, both hands.

They are those of pose-format's `reduce_holistic`: shoulders, elbows, wrists and hips, and MediaPipe's face contours
(FACEMESH_CONTOURS of mediapipe/python/solutions/face_mesh_connections.py).
"""

from dataclasses import replace
from functools import cache

import numpy as np

from chereme.face_mesh import FACE_EDGES
from chereme.skeleton import Part, Skeleton
from chereme.types import Track

BODY = tuple(f"{side}_{joint}" for joint in ("SHOULDER", "ELBOW", "WRIST", "HIP") for side in ("LEFT", "RIGHT"))
"""The points of the body that are kept, in the skeleton's order."""
CONTOURS = tuple(sorted({point for edge in FACE_EDGES for point in edge}))
"""The points of the face that are kept: eyes, brows, lips and the oval."""
KEPT = {"body": BODY, "face": tuple(map(str, CONTOURS))}
"""Of other parts all points are kept, but for those in meters: the body's second form."""


def reduce(track: Track) -> Track:
    """The essential points of a track, in the skeleton's order; parts that it has not are no loss."""
    skeleton, chosen = _reduced(track.skeleton)
    columns = np.array(chosen, np.int64)
    return replace(track, skeleton=skeleton, points=track.points[:, columns], score=track.score[:, columns])


@cache
def _reduced(skeleton: Skeleton) -> tuple[Skeleton, tuple[int, ...]]:
    """The smaller skeleton, and which points of the larger one it has."""
    parts: list[Part] = []
    columns: list[int] = []
    for part in skeleton.parts:
        if part.unit != "image":
            continue
        points = tuple(point for point in part.points if point in KEPT.get(part.name, part.points))
        parts.append(_part(part, points))
        columns += [skeleton[part.name].start + part.points.index(point) for point in points]
    return Skeleton(f"essential {skeleton.name}", tuple(parts)), tuple(columns)


def _part(part: Part, points: tuple[str, ...]) -> Part:
    place = {part.points.index(point): number for number, point in enumerate(points)}

    def among(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        return tuple((place[a], place[b]) for a, b in pairs if a in place and b in place)

    return replace(part, points=points, edges=among(part.edges), swaps=among(part.swaps))
