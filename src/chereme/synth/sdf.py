"""Solids as signed distances, and the rays that look for them: flesh is a smooth union of tapered capsules.

The camera is orthographic and looks along -z, so every pixel is a ray with fixed x and y. Speed comes from what a ray
need not ask: which solids are near it is known from their outlines in the image, so that each (ray, solid) pair that
matters stands once in a flat list; and a ray starts where it meets a slightly inflated solid, which is a quadratic
equation, so that a few steps of sphere tracing are left (Hart 1996, "Sphere tracing").
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chereme.synth.anatomy import Vector, floats
from chereme.types import Floats

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.signedinteger[Any]]

LIFT = 0.3
"""Centimeters that smooth unions and fillets may stand out from the plain union of the solids."""
REACH = 0.75
"""Centimeters beyond its outline within which a solid shapes a ray's surface, for the blend of hands."""
FILLET = 0.7
"""Centimeters over which a finger's first bone flows into the palm."""
STEPS = 28
"""Steps of sphere tracing at most."""
LEAST_SLOPE = 0.35
"""Steps are at most the distance divided by this."""
SHRINK = 0.4
"""The share of rays still under way below which it pays to drop the others."""


class Solid(NamedTuple):
    """A tapered capsule."""

    start: Vector
    end: Vector
    start_radius: float
    end_radius: float
    limb: int = 0
    """Solids of one limb melt into each other; different limbs only touch."""
    blend: float = 0.22
    """Softness of that melting, centimeters."""
    trunk: int = -1
    """The limb out of which this one grows with a fillet, at this solid; -1: none."""
    material: int = 0
    """Index into the colors given to the renderer."""
    hand: int = -1
    """Which hand's skin it carries; -1: none."""
    dorsal: Vector = np.zeros(3)
    """Unit vector out of the back of the bone."""
    creases: int = 0
    """0 none, 1 at both joints, 2 at its start joint and a nail at its end."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solids:
    """Solids column by column, ordered by limb."""

    start: Floats
    end: Floats
    start_radius: Floats
    end_radius: Floats
    limb: Ints
    blend: Floats
    trunk: Ints
    material: Ints
    hand: Ints
    dorsal: Floats
    creases: Ints

    @classmethod
    def of(cls, solids: list[Solid]) -> "Solids":
        """Columns of a list, limbs numbered anew from 0 in their order."""
        columns = dict(zip(Solid._fields, zip(*sorted(solids, key=lambda solid: solid.limb), strict=True), strict=True))
        limbs = {limb: number for number, limb in enumerate(sorted(set(columns["limb"])))}
        columns["limb"] = tuple(limbs[limb] for limb in columns["limb"])
        columns["trunk"] = tuple(limbs.get(trunk, -1) for trunk in columns["trunk"])
        whole = {"limb", "trunk", "material", "hand", "creases"}
        return cls(**{k: np.array(v, np.int32 if k in whole else np.float32) for k, v in columns.items()})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rays:
    """Rays and their pairs with the solids near them: pairs stand by ray, within a ray by limb."""

    x: Floats
    """(rays,) centimeters."""
    y: Floats
    pixel: npt.NDArray[np.int64]
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


class Field:
    """The distance to the flesh along each ray, as a function of z.

    A segment is the pairs of one ray with one limb.
    """

    def __init__(self, solids: Solids, rays: Rays) -> None:
        of, ray = rays.solid, rays.ray
        axis = solids.end - solids.start
        squared = (axis**2).sum(axis=1) + np.float32(1e-6)
        taper = solids.end_radius - solids.start_radius
        table = np.column_stack(
            [solids.start, axis / squared[:, None], squared, solids.start_radius, taper, -1 / solids.blend]
        )
        columns = np.ascontiguousarray(table[of].T)
        columns[0] = rays.x[ray] - columns[0]
        columns[1] = rays.y[ray] - columns[1]

        limb = solids.limb[of]
        segments = _openings(ray.astype(np.int64) * len(solids.limb) + limb)
        segment_ray = ray[segments]

        # Fillets: a finger's first bone stands first in its limb, and its ray may also meet the limb it grows from.
        trunk, limbs = solids.trunk[of[segments]], int(solids.limb.max()) + 1
        roots = np.flatnonzero(trunk >= 0)
        place = np.full(len(rays.x) * limbs, -1, np.int32)
        place[segment_ray * limbs + limb[segments]] = np.arange(len(segments), dtype=np.int32)
        trunks = place[segment_ray[roots] * limbs + trunk[roots]]
        self._set(rays, columns, segments, segment_ray, roots[trunks >= 0], trunks[trunks >= 0])

    def _set(
        self, rays: Rays, columns: Floats, segments: Places, segment_ray: Ints, roots: Places, trunks: Places
    ) -> None:
        self.rays, self._columns = rays, columns
        self._from_x, self._from_y, self._start_z = columns[:3]
        self._axis_x, self._axis_y, self._axis_z, self._squared = columns[3:7]
        self._radius, self._taper, self._sharpness = columns[7:]
        self._segments, self._segment_ray, self._spans = segments, segment_ray, _openings(segment_ray)
        self._softness = 1 / self._sharpness[segments]
        self._roots, self._trunks, self._root_pairs = roots, trunks, segments[roots]

    def only(self, keep: npt.NDArray[np.bool_]) -> "Field":
        """The field along the rays for which `keep` (rays,) is true, which keep all their pairs."""
        rays, number = self.rays, np.cumsum(keep, dtype=np.int32) - 1
        pairs = np.flatnonzero(keep[rays.ray])
        kept = keep[self._segment_ray]
        lengths = np.diff(self._segments, append=len(rays.ray))[kept]
        segment = np.cumsum(kept, dtype=np.int32) - 1
        roots = kept[self._roots]
        fewer = Rays(
            x=rays.x[keep], y=rays.y[keep], pixel=rays.pixel[keep], ray=number[rays.ray[pairs]], solid=rays.solid[pairs]
        )
        less = Field.__new__(Field)
        less._set(
            fewer,
            self._columns[:, pairs],
            np.cumsum(lengths) - lengths,
            number[self._segment_ray[kept]],
            segment[self._roots[roots]],
            segment[self._trunks[roots]],
        )
        return less

    def pairs(self, z: Floats, dx: float = 0.0, dy: float = 0.0) -> tuple[Floats, Floats]:
        """(pairs,) distance to each solid, and the share 0..1 of its length at the nearest point of its axis."""
        from_x, from_y = self._from_x + np.float32(dx), self._from_y + np.float32(dy)
        from_z = z[self.rays.ray] - self._start_z
        along = from_x * self._axis_x
        along += from_y * self._axis_y
        along += from_z * self._axis_z
        share = np.clip(along, 0, 1)
        # |p - (start + share axis)|² without the three differences.
        along *= 2
        along -= share
        along *= share
        along *= self._squared
        distance = from_x * from_x
        distance += from_y * from_y
        distance += from_z * from_z
        distance -= along
        np.sqrt(np.maximum(distance, 1e-6, out=distance), out=distance)
        distance -= self._radius
        distance -= share * self._taper
        return distance, share

    def __call__(self, z: Floats, dx: float = 0.0, dy: float = 0.0) -> Floats:
        """(rays,) distance at (x + dx, y + dy, z), centimeters."""
        distance, _ = self.pairs(z, dx, dy)
        weight = distance * self._sharpness
        np.exp(weight, out=weight)
        limb = np.add.reduceat(weight, self._segments)
        limb += np.float32(1e-30)
        np.log(limb, out=limb)
        limb *= self._softness
        if len(self._roots):
            root, trunk = distance[self._root_pairs], limb[self._trunks]
            bulge = np.maximum(1 - np.abs(root - trunk) / np.float32(FILLET), 0)
            filleted = np.minimum(root, trunk) - bulge * bulge * np.float32(FILLET / 4)
            limb[self._roots] = np.minimum(limb[self._roots], filleted)
        return np.minimum.reduceat(limb, self._spans)

    def bounds(self, lift: float) -> tuple[Floats, Floats]:
        """(rays,) z at which each ray first meets a solid inflated by `lift` (-inf: never), and below which none is."""
        radius = self._radius + np.float32(lift)
        flat = self._from_x**2 + self._from_y**2
        # Body: points at share g + e w of the axis, w above its start, where distance² = radius²: a quadratic in w.
        g = self._from_x * self._axis_x + self._from_y * self._axis_y
        scale = self._squared + self._taper**2
        a = 1 - scale * self._axis_z**2
        half_b = -(scale * g + radius * self._taper) * self._axis_z
        c = flat - scale * g**2 - 2 * radius * self._taper * g - radius**2
        end_z = self._start_z + self._axis_z * self._squared
        with np.errstate(invalid="ignore", divide="ignore"):
            body = (np.sqrt(half_b**2 - a * c) - half_b) / a
            share = g + self._axis_z * body
            body = np.where((a > 1e-3) & (share >= 0) & (share <= 1), body + self._start_z, -np.inf)
            start = self._start_z + np.sqrt(radius**2 - flat)
            flat_end = (self._from_x - self._squared * self._axis_x) ** 2
            flat_end += (self._from_y - self._squared * self._axis_y) ** 2
            end = end_z + np.sqrt((radius + self._taper) ** 2 - flat_end)
        first = np.fmax(np.fmax(body, start), end)
        lowest = np.minimum(self._start_z - radius, end_z - radius - self._taper)
        opens = self._segments[self._spans]
        top = np.maximum.reduceat(np.nan_to_num(first, nan=-np.inf, neginf=-np.inf), opens)
        return top.astype(np.float32), np.minimum.reduceat(lowest, opens)

    def nearest(self, z: Floats) -> tuple[Ints, Floats]:
        """(rays,) the solid nearest to each ray's point at z, and the share of its length there."""
        distance, share = self.pairs(z)
        least = np.minimum.reduceat(distance, self._segments[self._spans])
        pair = np.empty(len(least), np.int64)
        best = np.flatnonzero(distance <= least[self.rays.ray])
        pair[self.rays.ray[best]] = best
        return self.rays.solid[pair], share[pair]


def _openings(rising: Places) -> Places:
    """Where runs of equal numbers begin."""
    opens = np.ones(len(rising), bool)
    np.not_equal(rising[1:], rising[:-1], out=opens[1:])
    return np.flatnonzero(opens)


class Surface(NamedTuple):
    """Where rays met flesh, or passed so near that it covers part of their pixel."""

    field: Field
    z: Floats
    """(rays,) centimeters."""
    cover: Floats
    """(rays,) share 0..1 of the pixel that the flesh covers."""


def march(solids: Solids, camera: Camera, floor: Floats) -> Surface:
    """The visible surface of solids before a `floor`, the (height, width) depths in centimeters of what lies behind."""
    field = Field(solids, cast(solids, camera))
    lift = max(LIFT, 0.8 / camera.scale, 0.6 * float(solids.blend.max()))
    top, bottom = field.bounds(lift)
    bottom = np.maximum(bottom, floor.reshape(-1)[field.rays.pixel] - np.float32(0.1))
    starts = top > bottom
    field, z, bottom = field.only(starts), top[starts], bottom[starts]

    near = np.float32(max(0.02, 0.05 / camera.scale))
    nearest = np.full(len(z), 9, np.float32)
    going, under_way, end = field, np.arange(len(z)), bottom
    place, last, step = z.copy(), np.full(len(z), np.inf, np.float32), np.ones(len(z), np.float32)
    for _ in range(STEPS):
        distance = going(place)
        nearest[under_way] = np.minimum(nearest[under_way], np.abs(distance))
        # Where the last step showed the flesh to come nearer slowly, as on a slope, go farther than the distance.
        slope = np.clip((last - distance) / np.where(step == 0, 1, step), LEAST_SLOPE, 1)
        step, last = distance / slope, distance
        place = place - step
        keep = (np.abs(distance) >= near) & (place > end)
        if (share := np.count_nonzero(keep) / len(keep)) < SHRINK:
            z[under_way] = place
            if share == 0:
                break
            going, under_way = going.only(keep), under_way[keep]
            place, last, step, end = place[keep], last[keep], step[keep], end[keep]
    z[under_way] = place
    cover = np.where(nearest < 2 * near, 1, np.clip(0.75 - nearest * camera.scale, 0, 1)).astype(np.float32)
    shown = (cover > 0) & (z > bottom)
    return Surface(field.only(shown), z[shown], cover[shown])


def normals(field: Field, z: Floats, width: float = 0.06) -> Floats:
    """(rays, xyz) unit normals at z, by differences of `width` cm over a tetrahedron's corners; none looks away."""
    corners = floats([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]]) * np.float32(width)
    normal = np.zeros((len(z), 3), np.float32)
    for corner in corners:
        normal += field(z + corner[2], corner[0], corner[1])[:, None] * corner
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + np.float32(1e-9)
    np.maximum(normal[:, 2], 0.02, out=normal[:, 2])
    return normal
