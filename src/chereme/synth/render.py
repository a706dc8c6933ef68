"""Light on solids: a surface becomes colors, and shades what lies behind it.

Shadows and the darkening of corners are looked up in the depth of the image instead of asking the solids again: a
point is occluded where the image holds something before the place it looks at (Mittring 2007, "Finding next gen").
"""

from typing import NamedTuple

import cv2
import numpy as np

from chereme.synth.anatomy import floats, unit
from chereme.synth.hand import Pose, Skin, paint
from chereme.synth.rays import Camera
from chereme.synth.sdf import march
from chereme.synth.solids import Solids
from chereme.types import Floats

NOTHING = np.float32(-1e4)
"""Depth where nothing was drawn, centimeters."""
SCATTER = 0.25
"""How far light bleeds past the terminator, as it does in skin and cloth."""
SHADOW = 0.28
"""How much a soft shadow darkens."""
SHADOW_COARSER = 4
"""Soft shadows are drawn at the image's size divided by this."""
RIM_NORMAL = 0.35
"""Least z of the normal when a tangent plane is extended over neighboring pixels."""


class Light(NamedTuple):
    """A key light far away and light from all around."""

    direction: tuple[float, float, float]
    """Towards the light."""
    key: float
    around: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


class Picture(NamedTuple):
    """What has been drawn; drawing changes both arrays in place."""

    color: Floats
    """(height, width, rgb) in 0..1; a fourth channel, where there is one, gathers how much of a pixel is covered."""
    depth: Floats
    """(height, width) z in centimeters, greater is nearer."""


def draw(
    picture: Picture,
    solids: Solids,
    camera: Camera,
    light: Light,
    colors: Floats,
    *,
    hands: tuple[tuple[Pose, Skin], ...] = (),
    detail: float = 1.0,
    gloss: float = 0.07,
) -> None:
    """Draw solids before what is already there; `detail` is the size in cm of the folds that hold a shadow."""
    field, z, cover = march(solids, camera, picture.depth)
    rays = field.rays
    if not len(z):
        return
    normal, solid, share = field.touch(z)
    points = np.stack([rays.x, rays.y, z], axis=1)
    depth = picture.depth.reshape(-1)
    full = cover > 0.5
    depth[rays.pixel[full]] = z[full]

    color = colors[solids.material[solid]]
    hand = solids.hand[solid]
    for number, (pose, skin) in enumerate(hands):
        mine = np.flatnonzero(hand == number)
        if len(mine):
            color[mine] = paint(color[mine], skin, pose, solids, solid[mine], share[mine], points[mine], normal[mine])
    open_sky = 1 - _corners(picture.depth, camera, points, normal, detail)
    lit = 1 - _shadow(picture.depth, camera, points, normal, light, detail)
    shaded = _shade(color, normal, light, open_sky, lit, gloss)

    channels = picture.color.shape[2]
    canvas, part = picture.color.reshape(-1, channels), cover[:, None]
    if channels == 4:
        shaded = np.column_stack([shaded, np.ones_like(cover)])
    canvas[rays.pixel] = canvas[rays.pixel] * (1 - part) + shaded * part


def _shade(color: Floats, normal: Floats, light: Light, open_sky: Floats, lit: Floats, gloss: float) -> Floats:
    """(n, rgb) wrapped diffuse light, light from around, warmer in the shade, and a broad highlight."""
    towards = unit(light.direction).astype(np.float32)
    facing = np.clip((normal @ towards + SCATTER) / (1 + SCATTER), 0, 1) * (0.35 + 0.65 * lit)
    halfway = unit(towards + np.array([0, 0, 1])).astype(np.float32)
    highlight = np.clip(normal @ halfway, 0, 1) ** 18 * np.float32(gloss) * lit
    around = np.float32(light.around) * (0.75 + 0.25 * normal[:, 1]) * open_sky
    key = np.float32(light.key) * facing * (0.55 + 0.45 * open_sky)
    warm = floats([1.0, 0.93, 0.88])
    ambient = around[:, None] * (warm + facing[:, None] * (1 - warm))
    total = (ambient + key[:, None] * floats(light.tint)) * color + highlight[:, None]
    return floats(np.clip(total, 0, 1))


def _look(depth: Floats, camera: Camera, x: Floats, y: Floats) -> Floats:
    """(n,) the image's depth at places in centimeters."""
    column = np.clip((x * np.float32(camera.scale) + np.float32(camera.x)).astype(np.int32), 0, camera.width - 1)
    row = np.clip((np.float32(camera.y) - y * np.float32(camera.scale)).astype(np.int32), 0, camera.height - 1)
    return floats(depth.reshape(-1)[row * camera.width + column])


def _corners(depth: Floats, camera: Camera, points: Floats, normal: Floats, detail: float) -> Floats:
    """(n,) 0 in the open to 0.7 in a crevice: how much stands above the tangent plane, over two rings around."""
    slope = normal[:, :2] / np.maximum(normal[:, 2:], RIM_NORMAL)
    closed = np.zeros(len(points), np.float32)
    for radius, turn in ((0.7 * detail, 0.0), (1.5 * detail, np.pi / 4)):
        for angle in np.arange(4) * (np.pi / 2) + turn:
            dx, dy = np.float32(radius * np.cos(angle)), np.float32(radius * np.sin(angle))
            plane = points[:, 2] - slope[:, 0] * dx - slope[:, 1] * dy
            above = (_look(depth, camera, points[:, 0] + dx, points[:, 1] + dy) - plane) / np.float32(radius)
            closed += np.clip(above - 0.1, 0, 1) * np.clip(3 - above * 0.5, 0, 1)
    return closed * np.float32(0.7 / 8)


def _shadow(depth: Floats, camera: Camera, points: Floats, normal: Floats, light: Light, detail: float) -> Floats:
    """(n,) 0 in the light to 1 in shadow: whether the image holds something on the way to the light."""
    towards = unit(light.direction).astype(np.float32)
    raised = points + normal * np.float32(0.25 * detail)
    dark = np.zeros(len(points), np.float32)
    for step in (0.6, 1.3, 2.6, 4.5):
        place = raised + towards * np.float32(step * detail)
        behind = _look(depth, camera, place[:, 0], place[:, 1]) - place[:, 2]
        dark = np.maximum(dark, np.clip(behind * np.float32(2.2 / (step * detail)), 0, 1) * (behind < 6 * detail))
    return dark


def shade_behind(picture: Picture, solids: Solids, camera: Camera, light: Light, body: Floats, left: int) -> None:
    """Darken a drawn body where solids keep the light from the chest's plane.

    `body` (height, columns) in 0..1 is where the body is in the image's columns from `left` on.
    """
    coarse = camera.scale / SHADOW_COARSER
    towards = unit(light.direction)
    slide = floats(0.6 * towards[:2])
    ends = [point[:, :2] - slide * point[:, 2:] for point in (solids.start, solids.end)]
    origin = floats([camera.x, camera.y])
    lines = np.concatenate([origin + end * floats([camera.scale, -camera.scale]) for end in ends], axis=1)
    lines = (lines / SHADOW_COARSER).astype(np.int32).tolist()
    widths = np.maximum(1, np.round((solids.start_radius + solids.end_radius) * coarse)).astype(np.int32).tolist()
    coarse_mask = np.zeros((camera.height // SHADOW_COARSER + 1, camera.width // SHADOW_COARSER + 1), np.float32)
    for line, width in zip(lines, widths, strict=True):
        cv2.line(coarse_mask, line[:2], line[2:], 1.0, width)
    coarse_mask = floats(cv2.GaussianBlur(coarse_mask, (0, 0), 1.6 * coarse))
    mask = floats(cv2.resize(coarse_mask, (camera.width, camera.height), interpolation=cv2.INTER_LINEAR))
    columns = slice(left, left + body.shape[1])
    picture.color[:, columns] *= (1 - np.float32(SHADOW) * mask[:, columns] * body)[..., None]
