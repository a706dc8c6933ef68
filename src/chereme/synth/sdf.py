"""Signed distances along rays, and the search for the surface: flesh is a smooth union of tapered capsules.

Speed comes from what a ray need not ask: each (ray, solid) pair that matters stands once in a flat list, and a ray
starts where it meets a slightly inflated solid, which is a quadratic equation, so that a few steps of sphere tracing
are left (Hart 1996, "Sphere tracing").
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chereme.synth.anatomy import floats
from chereme.synth.rays import Camera, Places, Rays, cast
from chereme.synth.solids import Ints, Solids
from chereme.types import Floats

LIFT = 0.3
"""Centimeters that smooth unions and fillets may stand out from the plain union of the solids."""
FILLET = 0.7
"""Centimeters over which a finger's first bone flows into the palm."""
STEPS = 8
"""Steps of sphere tracing at most."""
LEAST_SLOPE = 0.12
"""Steps are at most the distance divided by this."""
AWAY = 0.33
"""The same where the ray leaves flesh behind, as after passing a rim."""
SHRINK = 0.3
"""The share of rays still under way below which it pays to drop the others."""
JOINT = 1e-4
"""Shares of a solid's length by which body and ends overlap, so that no ray passes between them by rounding."""


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
        columns = np.empty((12, len(of)), np.float32)
        np.take(np.ascontiguousarray(table.T), of, axis=1, out=columns[:10])
        columns[0] = rays.x[ray] - columns[0]
        columns[1] = rays.y[ray] - columns[1]
        # What of the way along the axis, and of the squared distance, does not depend on z.
        columns[10] = columns[0] * columns[3] + columns[1] * columns[4]
        columns[11] = columns[0] ** 2 + columns[1] ** 2

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
        self._radius, self._taper, self._sharpness = columns[7:10]
        self._flat_along, self._flat_squared = columns[10:]
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

    def pairs(self, z: Floats) -> tuple[Floats, Floats]:
        """(pairs,) distance to each solid, and the share 0..1 of its length at the nearest point of its axis."""
        from_z = z[self.rays.ray] - self._start_z
        along = from_z * self._axis_z
        along += self._flat_along
        share = np.clip(along, 0, 1)
        # |p - (start + share axis)|² without the three differences.
        along *= 2
        along -= share
        along *= share
        along *= self._squared
        distance = from_z * from_z
        distance += self._flat_squared
        distance -= along
        np.sqrt(np.maximum(distance, 1e-6, out=distance), out=distance)
        distance -= self._radius
        distance -= share * self._taper
        return distance, share

    def __call__(self, z: Floats) -> Floats:
        """(rays,) distance at z, centimeters."""
        distance, _ = self.pairs(z)
        limb = self._melt(distance)[1]
        if len(self._roots):
            limb[self._roots] = np.minimum(limb[self._roots], self._fillet(distance, limb)[0])
        return np.minimum.reduceat(limb, self._spans)

    def _melt(self, distance: Floats) -> tuple[Floats, Floats]:
        """(pairs,) weights, and the (segments,) distance to each limb: -blend log Σ exp(-distance / blend)."""
        weight = distance * self._sharpness
        np.exp(weight, out=weight)
        limb = np.add.reduceat(weight, self._segments)
        limb += np.float32(1e-30)
        np.log(limb, out=limb)
        limb *= self._softness
        return weight, limb

    def _fillet(self, distance: Floats, limb: Floats) -> tuple[Floats, Floats]:
        """(roots,) distance to each root bone joined with its trunk, and how much of it the farther of the two decides.

        The polynomial smooth minimum (Quilez, "Smooth minimum"), here 0 to 1/2 at equal distances.
        """
        root, trunk = distance[self._root_pairs], limb[self._trunks]
        bulge = np.maximum(1 - np.abs(root - trunk) / np.float32(FILLET), 0)
        return np.minimum(root, trunk) - bulge * bulge * np.float32(FILLET / 4), bulge / 2

    def touch(self, z: Floats) -> tuple[Floats, Ints, Floats]:
        """At z, where the surface is: (rays, xyz) unit normals, none of which looks away; the solid nearest to each
        ray, and the share 0..1 of its length there.

        The normal is the gradient of the distance, put together from those of the solids as the distance is.
        """
        distance, share = self.pairs(z)
        weight, limb = self._melt(distance)
        joined = limb.copy()
        filleted, farther = self._fillet(distance, limb)
        joined[self._roots] = np.minimum(limb[self._roots], filleted)
        wins = (joined <= np.minimum.reduceat(joined, self._spans)[self._segment_ray]).astype(np.float32)
        flows = np.flatnonzero(wins[self._roots] * (filleted < limb[self._roots]))
        roots, trunks, pairs = self._roots[flows], self._trunks[flows], self._root_pairs[flows]
        of_root = np.where(distance[pairs] < limb[trunks], 1 - farther[flows], farther[flows])
        wins[roots] = 0
        np.add.at(wins, trunks, 1 - of_root)
        lengths = np.diff(self._segments, append=len(weight))
        gain = weight * np.repeat(wins * np.exp(limb * self._sharpness[self._segments] * -1), lengths)
        gain[pairs] += of_root
        gain /= distance + self._radius + share * self._taper

        opens, full = self._segments[self._spans], share * self._squared
        normal = np.empty((len(opens), 3), np.float32)
        from_z = z[self.rays.ray] - self._start_z
        for axis, (from_, along) in enumerate(
            ((self._from_x, self._axis_x), (self._from_y, self._axis_y), (from_z, self._axis_z))
        ):
            normal[:, axis] = np.add.reduceat(gain * (from_ - full * along), opens)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + np.float32(1e-9)
        np.maximum(normal[:, 2], 0.02, out=normal[:, 2])

        least = np.minimum.reduceat(distance, opens)
        pair = np.empty(len(least), np.int64)
        best = np.flatnonzero(distance <= least[self.rays.ray])
        pair[self.rays.ray[best]] = best
        return normal, self.rays.solid[pair], share[pair]

    def bounds(self, lift: float) -> tuple[Floats, Floats]:
        """(rays,) z at which each ray first meets a solid inflated by `lift` (-inf: never), and below which none is."""
        radius = self._radius + np.float32(lift)
        flat, g = self._flat_squared, self._flat_along
        # Body: points at share g + e w of the axis, w above its start, where distance² = radius²: a quadratic in w, of
        # whose roots the wanted one leads into the solid as w falls. Where a ray is steeper than the flank, a < 0.
        scale = self._squared + self._taper**2
        a = 1 - scale * self._axis_z**2
        half_b = -(scale * g + radius * self._taper) * self._axis_z
        c = flat - scale * g**2 - 2 * radius * self._taper * g - radius**2
        end_z = self._start_z + self._axis_z * self._squared
        flat_end = (self._from_x - self._squared * self._axis_x) ** 2
        flat_end += (self._from_y - self._squared * self._axis_y) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(half_b**2 - a * c)
            body = np.where(half_b > 0, -c / (half_b + root), (root - half_b) / a)
            start = np.sqrt(radius**2 - flat)
            end = np.sqrt((radius + self._taper) ** 2 - flat_end)
            # The balls are the ends' alone: of a strong taper they stand out of the body.
            body = np.where(np.abs(g + self._axis_z * body - 0.5) <= 0.5 + JOINT, body, np.nan)
            start = np.where(g + self._axis_z * start <= JOINT, start, np.nan)
            end = np.where(g + self._axis_z * (end + end_z - self._start_z) >= 1 - JOINT, end + end_z, np.nan)
        first = np.fmax(np.fmax(body, start) + self._start_z, end)
        lowest = np.minimum(self._start_z - radius, end_z - radius - self._taper)
        opens = self._segments[self._spans]
        top = np.maximum.reduceat(np.nan_to_num(first, nan=-np.inf, neginf=-np.inf), opens)
        return top.astype(np.float32), np.minimum.reduceat(lowest, opens)


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
    nearest, met = np.full(len(z), 9, np.float32), np.zeros(len(z), bool)
    going, under_way, end = field, np.arange(len(z)), bottom
    place, last, step = z.copy(), np.full_like(z, np.inf), np.ones_like(z)
    for _ in range(STEPS if len(z) else 0):
        distance = going(place)
        nearest[under_way] = np.minimum(nearest[under_way], np.abs(distance))
        arrived = np.abs(distance) < near
        # Where the last step showed the flesh to come nearer slowly, as on a slope, go farther than the distance.
        slope = (last - distance) / np.where(step == 0, 1, step)
        slope = np.where(slope > 0, np.clip(slope, LEAST_SLOPE, 1), AWAY)
        step, last = np.where(arrived, 0, distance / slope), distance
        # A ray is lost when it has come to its end without flesh there; a long step may also end within flesh.
        keep = ~arrived & ((place > end) | (distance < 0))
        place = np.maximum(place - step, end)
        if (share := np.count_nonzero(keep) / len(keep)) < SHRINK:
            z[under_way], met[under_way] = place, arrived
            if share == 0:
                break
            going, under_way = going.only(keep), under_way[keep]
            place, last, step, end = place[keep], last[keep], step[keep], end[keep]
            arrived = arrived[keep]
    else:
        if len(z):
            z[under_way], met[under_way] = place, arrived

    # The flesh holds the plain union. There rays are met that crept along a rim, and those whose long step leapt over
    # something thin: past all flesh, or into what lies behind.
    plain, _ = field.bounds(0.0)
    leapt = plain > np.where(met, z, bottom)
    z[leapt], met[leapt] = plain[leapt], True
    cover = floats(np.where(met, 1, np.clip(0.75 - nearest * camera.scale, 0, 1)))
    shown = (cover > 0) & (z > bottom)
    return Surface(field.only(shown), z[shown], cover[shown])
