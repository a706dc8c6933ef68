"""Signers as seeded draws: each attribute varies on its own, whatever the others and the sign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from zlib import crc32

import numpy as np

from chereme.synth import look as looks
from chereme.synth.look import Look

Option = TypeVar("Option")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Someone who signs: a look and a manner of moving."""

    name: str = "1"
    look: Look = field(default_factory=Look)
    left_handed: bool = False
    tempo: float = 1.0
    """2: twice as fast."""
    reach: float = 1.0
    """How large the movements are."""
    bow: float = 0.05
    """How far paths bend aside, as a share of their length."""
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where this signer's signing space lies against the common one, cm."""
    tilt: float = 0.0
    """Degrees by which hands lean."""
    lag: float = 0.0
    """How much later the other hand moves, as a share of the clip."""


def draw_signer(number: int, seed: int = 0) -> Signer:
    """Signer `number` (from 0) of a seed.

    Among as many signers in a row as an attribute has options each option comes once, in an order that is drawn for
    that attribute alone; so a few signers already differ, and no attribute tells anything about another.
    """

    def pick(attribute: str, options: Sequence[Option]) -> Option:
        round_, place = divmod(number, len(options))
        order = np.random.default_rng([seed, crc32(attribute.encode()), round_]).permutation(len(options))
        return options[int(order[place])]

    def between(attribute: str, low: float, high: float, strata: int = 6) -> float:
        chance = np.random.default_rng([seed, crc32(attribute.encode()), number, 1])
        share = (pick(attribute, range(strata)) + chance.uniform()) / strata
        return round(low + share * (high - low), 4)

    look = Look(
        skin=pick("skin", tuple(looks.SKINS)),
        light=pick("light", tuple(looks.LIGHTS)),
        wall=pick("wall", tuple(looks.WALLS)),
        decor=pick("decor", looks.DECORS),
        shirt=pick("shirt", tuple(looks.SHIRTS)),
        outfit=pick("outfit", looks.OUTFITS),
        sleeve=pick("sleeve", looks.SLEEVES),
        hair=pick("hair", tuple(looks.HAIRS)),
        cut=pick("cut", looks.CUTS),
        size=between("size", 0.92, 1.05),
        hand_size=between("hand size", 0.94, 1.10),
    )
    return Signer(
        name=str(number + 1),
        look=look,
        left_handed=pick("hand", (False, True, False)),
        tempo=between("tempo", 0.85, 1.2),
        reach=between("reach", 0.85, 1.12),
        bow=between("bow", 0.0, 0.12),
        shift=(between("shift x", -1.5, 1.5), between("shift y", -1.5, 1.5), between("shift z", -1.0, 1.0)),
        tilt=between("tilt", -6, 6),
        lag=between("lag", -0.015, 0.015),
    )
