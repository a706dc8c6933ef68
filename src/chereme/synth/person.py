"""The person: body, head and hair, drawn once a clip as a plate behind the moving arms."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chereme.synth import anatomy, signs
from chereme.synth.anatomy import Vector, floats
from chereme.synth.arm import SIDES, arm
from chereme.synth.face import paint_face
from chereme.synth.look import HAIR, INNER, INNER_SHIRT, LIGHTS, LIP, SHIRT, SHIRTS, SKIN, SKINS, Look
from chereme.synth.render import NOTHING, Picture, draw
from chereme.synth.room import background
from chereme.synth.solids import Solid, Solids, capsule
from chereme.types import Floats

HEAD = np.array([0.0, 18.8, 2.0])
"""The middle of the skull."""
STRIP_MARGIN = 6
"""Pixels around the person in which they may sway."""
STRIPE = 5.5
"""Centimeters from stripe to stripe of a striped shirt."""


Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""


class Plate(NamedTuple):
    """A person without the moving arms, in the columns of the image where the person is, and the background."""

    body: Floats
    """(height, columns, rgb and mask), colors already multiplied by the mask."""
    blinking: Floats
    """The same with closed eyes."""
    depth: Floats
    """(height, columns) centimeters."""
    left: int
    """The image's column that is the plate's first."""
    box: Box
    """Where the person is."""
    background: Floats
    """(height, width, rgb)."""


def plate(look: Look, width: int, height: int, idle: tuple[int, ...] = ()) -> Plate:
    """The plate of a look, with the arms of the `idle` sides (0 left, 1 right) hanging."""
    camera, light = look.camera(width, height), LIGHTS[look.light]
    picture = Picture(np.zeros((height, width, 4), np.float32), np.full((height, width), NOTHING, np.float32))
    for solids, detail, gloss in ((_torso(look), 2.5, 0.03), (_head(), 1.4, 0.06), (_hair(look.cut), 1.8, 0.10)):
        draw(picture, Solids.of(solids), camera, light, look.colors, detail=detail, gloss=gloss)
    if look.outfit == "striped":
        _stripe(picture, look)
    for side in idle:
        bones = anatomy.hand_joints(anatomy.HANDSHAPES[signs.REST_SHAPE])
        axes = anatomy.hand_axes(signs.REST_FINGERS, signs.REST_PALM)
        solids, pose = arm(np.array(signs.REST_WRIST), axes, bones, look, SIDES[side])
        draw(picture, Solids.of(solids), camera, light, look.colors, hands=((pose, SKINS[look.skin]),))
    mask = picture.color[..., 3] > 0
    open_eyes, closed_eyes = picture.color, picture.color.copy()
    for face, closed in ((open_eyes, False), (closed_eyes, True)):
        paint_face(face[..., :3], camera, HEAD, look.colors[SKIN], look.colors[HAIR], look.colors[LIP], closed)
    covered = np.flatnonzero(mask.any(axis=0))
    left, right = max(covered[0] - STRIP_MARGIN, 0), covered[-1] + 1 + STRIP_MARGIN
    body, blinking = (np.ascontiguousarray(face[:, left:right]) for face in (open_eyes, closed_eyes))
    rows = np.flatnonzero(mask.any(axis=1))
    box = (float(covered[0]), float(rows[0]), float(covered[-1] + 1), float(rows[-1] + 1))
    return Plate(body, blinking, picture.depth[:, left:right], int(left), box, background(look, width, height))


def _torso(look: Look) -> list[Solid]:
    """Shoulders, chest and belly in cloth."""
    solids = [capsule((-12.5, -6, 0), (12.5, -6, 0), 6.2, 6.2)]
    for side in (-1, 1):
        solids.append(capsule((side * 13.5, -3.8, -1), (side * 4, 2.6, -1), 3.9, 3.6))
        solids.append(capsule((side * 15.2, -4.8, -0.5), (side * 15.6, -8, 0), 4.9, 4.6))
        solids.append(capsule((side * 9.0, -9, 1), (side * 7.8, -70, 2), 8.6, 8.8))
    inner = INNER if look.outfit == "cardigan" else SHIRT
    solids.append(capsule((0, -5, 2.2), (0, -70, 3.0), 7.4, 8.2, material=inner))
    return [solid._replace(blend=1.4, material=solid.material or SHIRT) for solid in solids]


def _head() -> list[Solid]:
    """Neck, skull, jaw, cheeks, nose and ears."""
    x, y, z = HEAD

    def at(dx: float, dy: float, dz: float) -> Vector:
        return np.array([x + dx, y + dy, z + dz])

    solids = [
        capsule((0, -3, -0.5), (0, 11, 0.5), 5.3, 4.9),
        capsule(at(0, 2.9, -0.5), at(0, 2.4, -0.3), 8.1, 8.1),
        capsule(at(0, -2.2, 0.6), at(0, -6.6, 1.6), 6.9, 4.7),
        capsule(at(-3.2, -2.0, 2.6), at(3.2, -2.0, 2.6), 3.9, 3.9),
        capsule(at(0, 0.4, 7.6), at(0, -2.2, 8.4), 0.5, 1.1),
    ]
    solids += [capsule(at(side * 7.9, 0.9, -0.6), at(side * 7.5, -1.6, -0.3), 1.4, 0.9) for side in (-1, 1)]
    return [solid._replace(blend=0.7) for solid in solids]


def _hair(cut: str) -> list[Solid]:
    """A haircut around the skull."""
    x, y, z = HEAD

    def lock(start: npt.ArrayLike, end: npt.ArrayLike, start_radius: float, end_radius: float) -> Solid:
        return capsule(np.add(start, (x, y, z)), np.add(end, (x, y, z)), start_radius, end_radius)

    rise = {"crop": 3.6, "short": 4.1}.get(cut, 3.9)
    cap = 8.5 if cut == "crop" else 8.8
    solids = [lock((0, rise, -2.3), (0, rise - 0.4, -2.6), cap, cap)]
    if cut != "crop":
        solids += [lock((q, 9.3, 1.6), (q * 1.3, 7.9, 4.2), 3.1, 1.9) for q in (-4.6, 0.3, 4.6)]
    if cut in ("short", "curls", "bun"):
        solids += [lock((q * 7.2, 5, -1), (q * 7.7, 0.8, -2), 2.0, 1.4) for q in (-1, 1)]
    if cut == "bun":
        solids.append(lock((0, 13.2, -2.5), (0, 13.6, -2.5), 3.6, 3.4))
    if cut == "long":
        solids += [lock((q * 7.2, 5.5, -1.2), (q * 9.0, -12, -2.0), 2.9, 2.6) for q in (-1, 1)]
        solids += [lock((q * 5.0, 0, -5), (q * 6.5, -12, -4.5), 4.0, 3.4) for q in (-1, 1)]
    if cut == "curls":
        ring = np.linspace(-0.15 * np.pi, 1.15 * np.pi, 11)
        places = [(8.3 * np.cos(turn), 4.0 + 7.8 * np.sin(turn), 0.4) for turn in ring]
        solids += [lock(place, place, 2.5, 2.5) for place in places]
    return [solid._replace(blend=0.6, material=HAIR) for solid in solids]


def _stripe(picture: Picture, look: Look) -> None:
    """Light bands across the shirt."""
    camera = look.camera(picture.depth.shape[1], picture.depth.shape[0])
    rows = (camera.y - np.arange(camera.height) - 0.5) / camera.scale
    band = np.clip(np.sin(rows * (2 * np.pi / STRIPE)) * 4 - 2.2, 0, 1).astype(np.float32) * (rows < -8)
    weight = ((picture.depth > NOTHING) * band[:, None])[..., None] * np.float32(0.55)
    color = picture.color[..., :3]
    shading = color.mean(axis=2, keepdims=True) / floats(SHIRTS[look.shirt]).mean()
    color[:] = color * (1 - weight) + np.clip(shading * floats(INNER_SHIRT), 0, 0.9) * weight
