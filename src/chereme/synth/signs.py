"""Signs as tables: where the hand is, which way it faces and what it shows, at a few moments of a sign.

Stylized after citation forms of ASL and kept to views that hand networks read well: material to test programs with,
not to learn to sign from. Places are in the right hand's frame of the world (see `anatomy`): the signer's right is
negative x, so that a wrist at (-20, 0, 22) is right of the neck and 22 cm before it. A left-handed signer mirrors all.
"""

from typing import NamedTuple

Triple = tuple[float, float, float]


class Key(NamedTuple):
    """A moment of a sign."""

    at: float
    """Share 0..1 of the clip."""
    wrist: Triple
    """Place, cm."""
    fingers: Triple
    """Direction from the wrist to the fingers."""
    palm: Triple
    """Direction out of the palm."""
    shape: str
    """A name of `anatomy.HANDSHAPES`."""


class Sign(NamedTuple):
    """What the dominant hand does and, in two-handed signs, the other one, in coordinates mirrored to its side."""

    dominant: tuple[Key, ...]
    other: tuple[Key, ...] = ()


MIDDLE = (0.25, 0.75)
"""Every sign stands in its first form at the first share of a clip and leaves its last at the second."""

REST_WRIST, REST_FINGERS, REST_PALM, REST_SHAPE = (-20.0, -52.0, 14.0), (0.1, -1.0, 0.2), (1.0, 0.0, 0.2), "flat"


def _one(*rows: tuple[float, Triple, Triple, Triple, str]) -> Sign:
    return Sign(tuple(Key(*row) for row in rows))


def _both(*rows: tuple[float, Triple, Triple, Triple, str]) -> Sign:
    keys = tuple(Key(*row) for row in rows)
    return Sign(keys, keys)


# Each row: share of the clip, wrist, fingers point to, palm faces, handshape.
SIGNS: dict[str, Sign] = {
    "hello": _one(
        (0.25, (-21, 8, 20), (-0.15, 1, 0.1), (0.1, 0, 1), "open"),
        (0.42, (-25, 8, 22), (-0.5, 1, 0.1), (0, 0, 1), "open"),
        (0.58, (-19, 8, 22), (0.2, 1, 0.1), (0, 0, 1), "open"),
        (0.75, (-26, 7, 22), (-0.5, 1, 0.1), (0, 0, 1), "open"),
    ),
    "book": _both(
        (0.25, (-9, -18, 24), (-0.1, 1, 0.35), (0.6, 0, 0.8), "flat"),
        (0.50, (-14, -17, 24), (-0.25, 1, 0.3), (0.1, 0.2, 1), "flat"),
        (0.75, (-14, -17, 24), (-0.25, 1, 0.3), (0.1, 0.2, 1), "flat"),
    ),
    "where": _one(
        (0.25, (-17, -6, 22), (0, 1, 0.1), (0.1, 0, 1), "point"),
        (0.40, (-20, -6, 22), (-0.35, 1, 0.1), (0.1, 0, 1), "point"),
        (0.55, (-14, -6, 22), (0.35, 1, 0.1), (0.1, 0, 1), "point"),
        (0.75, (-20, -6, 22), (-0.35, 1, 0.1), (0.1, 0, 1), "point"),
    ),
    "stop": _both(
        (0.25, (-13, -22, 20), (0, 1, 0.2), (0, 0.1, 1), "flat"),
        (0.50, (-15, -10, 34), (0, 1, 0.1), (0, 0, 1), "flat"),
        (0.75, (-14, -19, 24), (0, 1, 0.2), (0, 0.1, 1), "flat"),
    ),
    "light": _one(
        (0.25, (-16, -8, 22), (0, 1, 0.25), (0.3, 0, 1), "O"),
        (0.45, (-18, -4, 24), (0, 1, 0.15), (0.2, 0, 1), "O"),
        (0.58, (-20, -1, 24), (-0.1, 1, 0.05), (0.1, 0, 1), "open"),
        (0.75, (-21, -2, 24), (-0.2, 1, 0.05), (0.1, 0, 1), "open"),
    ),
    "large": _both(
        (0.25, (-11, -12, 24), (0.05, 1, 0.1), (0.1, 0, 1), "L"),
        (0.50, (-19, -9, 24), (-0.1, 1, 0.1), (0.1, 0, 1), "L"),
        (0.75, (-25, -10, 23), (-0.25, 1, 0.1), (0, 0, 1), "L"),
    ),
    "four": _one(
        (0.25, (-17, -12, 20), (0, 1, 0.1), (0.1, 0, 1), "four"),
        (0.45, (-18, -4, 23), (-0.1, 1, 0.05), (0.1, 0, 1), "four"),
        (0.75, (-19, -6, 23), (-0.15, 1, 0.05), (0.1, 0, 1), "four"),
    ),
    "wind": _both(
        (0.25, (-18, -10, 24), (0, 1, 0.1), (0.2, 0, 1), "open"),
        (0.42, (-14, -10, 24), (0.2, 1, 0.1), (0.2, 0, 1), "open"),
        (0.58, (-23, -10, 24), (-0.35, 1, 0.1), (0.1, 0, 1), "open"),
        (0.75, (-15, -10, 24), (0.2, 1, 0.1), (0.2, 0, 1), "open"),
    ),
    "two": _one(
        (0.25, (-18, -12, 20), (0, 1, 0.1), (0.1, 0, 1), "V"),
        (0.45, (-18, -5, 22), (-0.1, 1, 0.1), (0.1, 0, 1), "V"),
        (0.75, (-24, -7, 24), (-0.3, 1, 0.1), (0.1, 0, 1), "V"),
    ),
    "many": _both(
        (0.25, (-15, -16, 22), (-0.1, 1, 0.2), (0.2, 0, 1), "O"),
        (0.42, (-19, -11, 25), (-0.2, 1, 0.1), (0.1, 0, 1), "open"),
        (0.58, (-15, -15, 22), (-0.1, 1, 0.2), (0.2, 0, 1), "O"),
        (0.75, (-19, -11, 25), (-0.2, 1, 0.1), (0.1, 0, 1), "open"),
    ),
    "library": _one(
        (0.25, (-16, -10, 22), (0, 1, 0.1), (0, 0, 1), "L"),
        (0.40, (-22, -6, 22), (0, 1, 0.1), (0, 0, 1), "L"),
        (0.58, (-18, 1, 22), (0, 1, 0.1), (0, 0, 1), "L"),
        (0.75, (-14, -6, 22), (0, 1, 0.1), (0, 0, 1), "L"),
    ),
    "tree": _one(
        (0.25, (-17, -8, 22), (0, 1, 0.1), (0.5, 0, 1), "open"),
        (0.42, (-17, -7, 22), (0.1, 1, 0.1), (-0.4, 0, 1), "open"),
        (0.58, (-18, -8, 22), (0, 1, 0.1), (0.5, 0, 1), "open"),
        (0.75, (-17, -7, 22), (0.1, 1, 0.1), (-0.4, 0, 1), "open"),
    ),
    "airplane": _one(
        (0.25, (-14, -8, 22), (-0.1, 1, 0.1), (0.1, 0, 1), "ILY"),
        (0.50, (-18, -3, 24), (-0.15, 1, 0.1), (0.1, 0, 1), "ILY"),
        (0.75, (-23, 2, 25), (-0.25, 1, 0.1), (0, 0, 1), "ILY"),
    ),
    "water": _one(
        (0.25, (-13, -4, 22), (0.1, 1, 0.1), (0.4, 0, 1), "W"),
        (0.42, (-9, 0, 22), (0.2, 1, 0.1), (0.5, 0, 0.9), "W"),
        (0.58, (-14, -5, 24), (0, 1, 0.1), (0.3, 0, 1), "W"),
        (0.75, (-10, 0, 22), (0.2, 1, 0.1), (0.5, 0, 0.9), "W"),
    ),
    "play": _both(
        (0.25, (-17, -14, 22), (-0.1, 1, 0.1), (0.4, 0, 1), "Y"),
        (0.42, (-19, -12, 22), (-0.45, 1, 0.1), (0.2, 0, 1), "Y"),
        (0.58, (-16, -12, 22), (0.25, 1, 0.1), (0.5, 0, 1), "Y"),
        (0.75, (-19, -12, 22), (-0.45, 1, 0.1), (0.2, 0, 1), "Y"),
    ),
    "rain": _both(
        (0.25, (-16, 2, 24), (0.1, 1, 0.25), (0, -0.2, 1), "claw"),
        (0.42, (-17, -12, 26), (0.1, 1, 0.25), (0, -0.2, 1), "claw"),
        (0.58, (-16, 0, 24), (0.1, 1, 0.25), (0, -0.2, 1), "claw"),
        (0.75, (-17, -12, 26), (0.1, 1, 0.25), (0, -0.2, 1), "claw"),
    ),
}
"""Gloss to sign; a collection of n signs takes the first n, which stand in the order in which networks read them best,
one- and two-handed by turns."""
