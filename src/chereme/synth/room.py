"""The room behind a signer: a wall in soft light with something on it, a little out of focus."""

import cv2
import numpy as np
import numpy.typing as npt

from chereme.synth.anatomy import floats
from chereme.synth.look import LIGHTS, WALLS, Look
from chereme.types import Floats


def background(look: Look, width: int, height: int) -> Floats:
    """A wall in soft light, with something on it, slightly out of focus."""
    wall = floats(WALLS[look.wall])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    towards = LIGHTS[look.light].direction
    glow = 1.05 - 0.25 * ((x - 0.5 - 0.35 * towards[0]) ** 2 + (y - 0.5 + 0.35 * towards[1]) ** 2)
    image = np.ones((height, width, 3), np.float32) * wall

    def box(left: float, top: float, right: float, bottom: float, color: npt.ArrayLike) -> None:
        corner, other = (int(left * width), int(top * height)), (int(right * width) - 1, int(bottom * height) - 1)
        cv2.rectangle(image, corner, other, [float(v) for v in np.clip(color, 0, 1)], -1)

    if look.decor == "pictures":
        for left, top, right, bottom in ((0.05, 0.12, 0.22, 0.42), (0.78, 0.08, 0.95, 0.30), (0.80, 0.36, 0.93, 0.54)):
            box(left, top, right, bottom, wall * 0.45)
            box(left + 0.012, top + 0.016, right - 0.012, bottom - 0.016, wall * 0.5 + 0.45)
            box(left + 0.04, top + 0.07, right - 0.04, bottom - 0.06, wall[::-1] * 0.8)
    elif look.decor == "shelf":
        spines = floats(
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
    image = floats(cv2.GaussianBlur(image, (0, 0), height / 160))
    bright = 0.75 + 0.45 * (LIGHTS[look.light].key + LIGHTS[look.light].around - 0.85)
    return floats(np.clip(image * (glow * bright)[..., None] * floats(LIGHTS[look.light].tint) + 0.04, 0, 1))
