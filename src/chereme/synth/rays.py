"""The camera, its rays, and which solids are near which ray.

The camera is orthographic and looks along -z, so every pixel is a ray with fixed x and y, and the solids that matter to
it are those whose outline in the image, made a little larger, covers the pixel.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chereme.synth.anatomy import Vector, floats
from chereme.synth.solids import Ints, Solids
from chereme.types import Floats

Places = npt.NDArray[np.signedinteger[Any]]

REACH = 0.6
"""Centimeters beyond its outline within which a solid shapes a ray's surface, for the blend of hands."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rays:
    """Rays and their pairs with the solids near them: pairs stand by ray, within a ray by limb."""

    x: Floats
    """(rays,) centimeters."""
    y: Floats
    pixel: Places
    """(rays,) index into the flattened image."""
    ray: Ints
    """(pairs,) rising."""
    solid: Ints
    """(pairs,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """An orthographic view of the world."""

    width: int
    height: int
    scale: float
    """Pixels a centimeter."""
    x: float
    """Where the world's origin is in the image, pixels; 0 is the left edge."""
    y: float

    def project(self, points: Vector) -> Vector:
        """(n, xyz) centimeters to pixels whose centers lie at whole numbers, as OpenCV counts them.

        z grows away from the camera, in the scale of x, as MediaPipe's does.
        """
        return np.stack(
            [
                self.x - 0.5 + points[:, 0] * self.scale,
                self.y - 0.5 - points[:, 1] * self.scale,
                -points[:, 2] * self.scale,
            ],
            axis=1,
        )


def cast(solids: Solids, camera: Camera) -> Rays:
    """The rays of a camera's image that pass near any solid."""
    reach = np.maximum(REACH, 1.2 * solids.blend)
    radius = (np.maximum(solids.start_radius, solids.end_radius) + reach) * camera.scale + 0.5
    start = solids.start[:, :2] * floats([camera.scale, -camera.scale]) + floats([camera.x - 0.5, camera.y - 0.5])
    end = solids.end[:, :2] * floats([camera.scale, -camera.scale]) + floats([camera.x - 0.5, camera.y - 0.5])

    # Rows of the image that each solid's outline, taken as thick as at its thicker end, covers.
    first = np.clip(np.ceil(np.minimum(start[:, 1], end[:, 1]) - radius), 0, camera.height).astype(np.int32)
    stop = np.clip(np.floor(np.maximum(start[:, 1], end[:, 1]) + radius) + 1, first, camera.height).astype(np.int32)
    of, row = _ranges(first, stop)
    low, high = _outline(start[of], end[of], radius[of], row.astype(np.float32))
    first = np.clip(np.ceil(low), 0, camera.width).astype(np.int32)
    stop = np.clip(np.floor(high) + 1, first, camera.width).astype(np.int32)
    at, column = _ranges(first, stop)
    pixel, solid = row[at] * np.int32(camera.width) + column, of[at]

    hit = np.zeros(camera.width * camera.height, bool)
    hit[pixel] = True
    number = np.cumsum(hit, dtype=np.int32) - 1
    ray = number[pixel]
    pixels = np.flatnonzero(hit)
    small = ray.astype(np.uint16) if len(pixels) < 2**16 else ray  # numpy sorts 16-bit integers by radix, far faster
    order = np.argsort(small, kind="stable")
    row, column = np.divmod(pixels, camera.width)
    return Rays(
        x=((column + 0.5 - camera.x) / camera.scale).astype(np.float32),
        y=((camera.y - row - 0.5) / camera.scale).astype(np.float32),
        pixel=pixels,
        ray=ray[order],
        solid=solid[order],
    )


def _ranges(first: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """All whole numbers of half-open ranges one after the other, and which range each is of: (of, number)."""
    lengths = stop - first
    of = np.repeat(np.arange(len(first), dtype=np.int32), lengths)
    before = np.cumsum(lengths, dtype=np.int32) - lengths
    return of, np.arange(len(of), dtype=np.int32) + (first - before)[of]


def _outline(start: Floats, end: Floats, radius: Floats, row: Floats) -> tuple[Floats, Floats]:
    """(n,) least and greatest x that a thick line from `start` to `end`, (n, xy), has in a row.

    That is the x of a point of its axis plus what is left of the radius there. In the middle part of a slanted line
    the point is where the border's tangent meets the row, which lies a fixed way along; near the ends it is clamped.
    """
    axis = end - start
    rise = np.where(np.abs(axis[:, 1]) < 1e-3, np.float32(1e-3), axis[:, 1])
    down = row - start[:, 1]
    length = np.hypot(axis[:, 0], rise)
    reach = np.sort([(down - radius) / rise, (down + radius) / rise], axis=0)
    edges = []
    for sign in (-1, 1):
        share = (down + sign * np.sign(rise) * radius * axis[:, 0] / length) / rise
        share = np.clip(np.clip(share, reach[0], reach[1]), 0, 1)
        left = np.maximum(radius**2 - (down - share * rise) ** 2, 0)
        edges.append(start[:, 0] + share * axis[:, 0] + sign * np.sqrt(left))
    return edges[0], edges[1]
