"""A friendly face in a few strokes, painted onto a drawn head at several times the image's size."""

import cv2
import numpy as np

from chereme.synth.anatomy import Vector, floats
from chereme.synth.rays import Camera
from chereme.types import Floats

FINER = 8
"""How many times finer than the image the strokes are drawn, before they are averaged down."""
REACH = 10.0
"""Half the side of the square around the head that is painted, cm."""


def paint_face(
    canvas: Floats, camera: Camera, head: Vector, skin: Floats, hair: Floats, lip: Floats, closed: bool
) -> None:
    """Paint eyes, brows, mouth and cheeks onto a (height, width, rgb) picture in place; the eyes open or `closed`."""
    left = max(int(camera.x + (head[0] - REACH) * camera.scale), 0)
    top = max(int(camera.y - (head[1] + REACH) * camera.scale), 0)
    right = min(int(camera.x + (head[0] + REACH) * camera.scale), camera.width)
    bottom = min(int(camera.y - (head[1] - REACH) * camera.scale), camera.height)
    if right <= left or bottom <= top:
        return
    region = canvas[top:bottom, left:right]
    large = cv2.resize(region, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
    unit = camera.scale * FINER

    def stroke(
        x: float, y: float, wide: float, high: float, color: Floats, arc: tuple[int, int] = (0, 360), line: float = 0
    ) -> None:
        """An ellipse around a place in cm from the head's center, filled, or an arc of it `line` cm thick."""
        center = (
            int((camera.x + (head[0] + x) * camera.scale - left) * FINER),
            int((camera.y - (head[1] + y) * camera.scale - top) * FINER),
        )
        axes = (max(1, int(wide * unit)), max(1, int(high * unit)))
        shade = [float(v) for v in np.clip(color, 0, 1)]
        cv2.ellipse(large, center, axes, 0, *arc, shade, max(1, int(line * unit)) if line else -1, cv2.LINE_AA)

    lit = float(np.clip(region[region.shape[0] // 2, region.shape[1] // 2].mean() / (skin.mean() + 1e-6), 0.5, 1.1))
    dark, white = floats([0.10, 0.07, 0.06]), floats([0.95, 0.94, 0.92]) * min(lit, 1)
    blush = large.copy()
    for side in (-1, 1):
        center = (
            int((camera.x + (head[0] + side * 4.3) * camera.scale - left) * FINER),
            int((camera.y - (head[1] - 2.6) * camera.scale - top) * FINER),
        )
        cv2.circle(blush, center, int(1.7 * unit), [float(v) for v in np.clip(lip * lit * 1.05, 0, 1)], -1, cv2.LINE_AA)
    large[:] = cv2.addWeighted(large, 0.72, cv2.GaussianBlur(blush, (0, 0), 0.6 * unit), 0.28, 0)
    for side in (-1, 1):
        if closed:
            stroke(side * 3.1, 1.0, 1.35, 0.75, dark, (20, 160), 0.28)
        else:
            stroke(side * 3.1, 0.7, 1.5, 1.05, white)
            stroke(side * 3.05, 0.65, 0.92, 0.95, floats([0.28, 0.18, 0.11]) * lit)
            stroke(side * 3.05, 0.65, 0.52, 0.55, dark * 0.4)
            stroke(side * 3.05 - 0.3, 1.0, 0.24, 0.24, white)
            stroke(side * 3.1, 0.62, 1.6, 1.15, dark, (200, 340), 0.26)
        stroke(side * 3.2, 1.75, 2.0, 1.1, hair * 0.75 + skin * 0.1, (215, 325), 0.42)
        stroke(side * 0.75, -3.0, 0.3, 0.18, skin * lit * 0.55)
    stroke(0, -3.9, 2.3, 1.75, lip * lit * 0.62, (28, 152), 0.34)
    stroke(0, -5.2, 1.3, 0.5, lip * lit * 0.92, (15, 165), 0.3)
    large[:] = cv2.GaussianBlur(large, (0, 0), FINER * 0.3)
    region[:] = cv2.resize(large, region.shape[1::-1], interpolation=cv2.INTER_AREA)
