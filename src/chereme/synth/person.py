"""The person and the room: body, head, hair and background, drawn once a clip as a plate behind the moving arms."""

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from chereme.synth import anatomy, signs
from chereme.synth.anatomy import Vector, floats
from chereme.synth.arm import SIDES, arm
from chereme.synth.face import paint_face
from chereme.synth.look import HAIR, INNER, INNER_SHIRT, LIGHTS, LIP, SHIRT, SHIRTS, SKIN, SKINS, WALLS, Look
from chereme.synth.render import NOTHING, Picture, draw
from chereme.synth.sdf import Solid, Solids
from chereme.types import Floats

HEAD = np.array([0.0, 18.8, 2.0])
"""The middle of the skull."""
STRIPE = 5.5
"""Centimeters from stripe to stripe of a striped shirt."""


class Plate(NamedTuple):
    """A person without the moving arms, before a background."""

    body: Floats
    """(height, width, rgb and mask), colors already multiplied by the mask."""
    blinking: Floats
    """The same with closed eyes."""
    depth: Floats
    """(height, width) centimeters."""
    background: Floats
    """(height, width, rgb)."""


def plate(look: Look, width: int, height: int, idle: tuple[int, ...] = ()) -> Plate:
    """The plate of a look, with the arms of the `idle` sides (0 left, 1 right) hanging."""
    camera, light = look.camera(width, height), LIGHTS[look.light]
    picture = Picture(np.zeros((height, width, 3), np.float32), np.full((height, width), NOTHING, np.float32))
    for solids, detail, gloss in ((_torso(look), 2.5, 0.03), (_head(), 1.4, 0.06), (_hair(look.cut), 1.8, 0.10)):
        draw(picture, Solids.of(solids), camera, light, look.colors, detail=detail, gloss=gloss)
    if look.outfit == "striped":
        _stripe(picture, look)
    for side in idle:
        bones = anatomy.hand_joints(anatomy.HANDSHAPES[signs.REST_SHAPE])
        axes = anatomy.hand_axes(signs.REST_FINGERS, signs.REST_PALM)
        solids, pose = arm(np.array(signs.REST_WRIST), axes, bones, look, SIDES[side])
        draw(picture, Solids.of(solids), camera, light, look.colors, hands=((pose, SKINS[look.skin]),))
    mask = (picture.depth > NOTHING).astype(np.float32)
    open_eyes, closed_eyes = picture.color.copy(), picture.color.copy()
    for face, closed in ((open_eyes, False), (closed_eyes, True)):
        paint_face(face, camera, HEAD, look.colors[SKIN], look.colors[HAIR], look.colors[LIP], closed)
    body, blinking = (np.dstack([face * mask[..., None], mask]) for face in (open_eyes, closed_eyes))
    return Plate(body, blinking, picture.depth, _background(look, width, height))


def _solid(start: npt.ArrayLike, end: npt.ArrayLike, start_radius: float, end_radius: float, **more: Any) -> Solid:
    return Solid(np.asarray(start, float), np.asarray(end, float), start_radius, end_radius, **more)


def _torso(look: Look) -> list[Solid]:
    """Shoulders, chest and belly in cloth."""
    solids = [_solid((-12.5, -6, 0), (12.5, -6, 0), 6.2, 6.2)]
    for side in (-1, 1):
        solids.append(_solid((side * 13.5, -3.8, -1), (side * 4, 2.6, -1), 3.9, 3.6))
        solids.append(_solid((side * 15.2, -4.8, -0.5), (side * 15.6, -8, 0), 4.9, 4.6))
        solids.append(_solid((side * 9.0, -9, 1), (side * 7.8, -70, 2), 8.6, 8.8))
    inner = INNER if look.outfit == "cardigan" else SHIRT
    solids.append(_solid((0, -5, 2.2), (0, -70, 3.0), 7.4, 8.2, material=inner))
    return [solid._replace(blend=1.4, material=solid.material or SHIRT) for solid in solids]


def _head() -> list[Solid]:
    """Neck, skull, jaw, cheeks, nose and ears."""
    x, y, z = HEAD

    def at(dx: float, dy: float, dz: float) -> Vector:
        return np.array([x + dx, y + dy, z + dz])

    solids = [
        _solid((0, -3, -0.5), (0, 11, 0.5), 5.6, 5.2),
        _solid(at(0, 2.9, -0.5), at(0, 2.4, -0.3), 8.1, 8.1),
        _solid(at(0, -2.2, 0.6), at(0, -6.6, 1.6), 6.9, 4.7),
        _solid(at(-3.2, -2.0, 2.6), at(3.2, -2.0, 2.6), 3.9, 3.9),
        _solid(at(0, 0.4, 7.6), at(0, -2.2, 8.4), 0.5, 1.1),
    ]
    solids += [_solid(at(side * 7.9, 0.9, -0.6), at(side * 7.5, -1.6, -0.3), 1.4, 0.9) for side in (-1, 1)]
    return [solid._replace(blend=0.7) for solid in solids]


def _hair(cut: str) -> list[Solid]:
    """A haircut around the skull."""
    x, y, z = HEAD

    def lock(start: npt.ArrayLike, end: npt.ArrayLike, start_radius: float, end_radius: float) -> Solid:
        return _solid(np.add(start, (x, y, z)), np.add(end, (x, y, z)), start_radius, end_radius)

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
    shading = picture.color.mean(axis=2, keepdims=True) / floats(SHIRTS[look.shirt]).mean()
    picture.color[:] = picture.color * (1 - weight) + np.clip(shading * floats(INNER_SHIRT), 0, 0.9) * weight


def _background(look: Look, width: int, height: int) -> Floats:
    """A wall in soft light, with something on it, slightly out of focus."""
    wall = floats(WALLS[look.wall])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    towards = LIGHTS[look.light].direction
    glow = 1.05 - 0.25 * ((x - 0.5 - 0.35 * towards[0]) ** 2 + (y - 0.5 + 0.35 * towards[1]) ** 2)
    image = np.ones((height, width, 3), np.float32) * wall

    def box(left: float, top: float, right: float, bottom: float, color: Floats) -> None:
        corner, other = (int(left * width), int(top * height)), (int(right * width) - 1, int(bottom * height) - 1)
        cv2.rectangle(image, corner, other, [float(v) for v in np.clip(color, 0, 1)], -1)

    if look.decor == "pictures":
        for left, top, right, bottom in ((0.05, 0.12, 0.22, 0.42), (0.78, 0.08, 0.95, 0.30), (0.80, 0.36, 0.93, 0.54)):
            box(left, top, right, bottom, wall * 0.45)
            box(left + 0.012, top + 0.016, right - 0.012, bottom - 0.016, wall * 0.5 + 0.45)
            box(left + 0.04, top + 0.07, right - 0.04, bottom - 0.06, wall[::-1] * 0.8)
    elif look.decor == "shelf":
        spines = np.float32(
            [[0.55, 0.30, 0.25], [0.30, 0.42, 0.52], [0.72, 0.62, 0.42], [0.35, 0.45, 0.33], [0.8, 0.78, 0.72]]
        )
        for row, top in enumerate((0.10, 0.36, 0.62)):
            for side in (0.0, 0.74):
                for book in range(9):
                    tall = 0.02 * ((book * 7 + row * 3) % 5)
                    left = side + 0.015 + 0.026 * book
                    box(left, top + tall, left + 0.024, top + 0.2, spines[(book * 3 + row) % 5] * 0.8)
                box(side, top + 0.2, side + 0.26, top + 0.225, wall * 0.5)
    elif look.decor == "curtain":
        image *= (1 + 0.10 * np.sin(x * 60 + 2 * np.sin(x * 17)))[..., None]
    elif look.decor == "window":
        box(0.04, 0.06, 0.30, 0.70, wall * 0.5 + 0.45)
        box(0.055, 0.08, 0.285, 0.68, floats([0.78, 0.86, 0.93]))
        box(0.165, 0.08, 0.175, 0.68, wall * 0.5 + 0.45)
        box(0.055, 0.37, 0.285, 0.385, wall * 0.5 + 0.45)
    elif look.decor == "panels":
        image *= np.where((x * 8) % 1 < 0.04, 0.86, 1.0).astype(np.float32)[..., None]
        box(0, 0.72, 1, 0.74, wall * 0.75)
    image = cv2.GaussianBlur(image, (0, 0), height / 160)
    bright = 0.75 + 0.45 * (LIGHTS[look.light].key + LIGHTS[look.light].around - 0.85)
    return np.clip(image * (glow * bright)[..., None] * floats(LIGHTS[look.light].tint) + 0.04, 0, 1).astype(np.float32)
