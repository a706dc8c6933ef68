"""What flesh and cloth are made of: tapered capsules, column by column."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chereme.synth.anatomy import Vector
from chereme.types import Floats

Ints = npt.NDArray[np.int32]


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


def capsule(start: npt.ArrayLike, end: npt.ArrayLike, start_radius: float, end_radius: float, **more: Any) -> Solid:
    """A capsule between two places, centimeters, given as any three numbers."""
    return Solid(np.asarray(start, float), np.asarray(end, float), start_radius, end_radius, **more)


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
        whole = ("limb", "trunk", "material", "hand", "creases")
        ints: dict[str, Any] = {name: np.array(columns.pop(name), np.int32) for name in whole}
        reals: dict[str, Any] = {name: np.array(column, np.float32) for name, column in columns.items()}
        return cls(**ints, **reals)
