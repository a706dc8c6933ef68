"""What a signer and their room can look like: palettes, clothes, haircuts, lights, and one choice of each."""

from dataclasses import dataclass

import numpy as np

from chereme.synth.anatomy import floats
from chereme.synth.hand import Skin
from chereme.synth.rays import Camera
from chereme.synth.render import Light
from chereme.types import Floats

Color = tuple[float, float, float]

SKINS = {
    "porcelain": Skin((0.95, 0.79, 0.70), (0.97, 0.76, 0.67)),
    "light": Skin((0.92, 0.73, 0.61), (0.94, 0.70, 0.58)),
    "olive": Skin((0.82, 0.63, 0.47), (0.88, 0.66, 0.52)),
    "tan": Skin((0.74, 0.53, 0.38), (0.83, 0.60, 0.47)),
    "brown": Skin((0.58, 0.39, 0.27), (0.75, 0.54, 0.42)),
    "deep": Skin((0.40, 0.265, 0.19), (0.66, 0.47, 0.38)),
}
LIGHTS = {
    "window": Light((-0.35, 0.55, 0.75), 0.62, 0.48),
    "side": Light((-0.8, 0.35, 0.5), 0.72, 0.38, (1.0, 0.97, 0.92)),
    "ceiling": Light((0.15, 0.8, 0.55), 0.66, 0.44),
    "lamp": Light((0.55, 0.4, 0.65), 0.60, 0.42, (1.05, 0.97, 0.86)),
    "overcast": Light((0.1, 0.5, 0.85), 0.46, 0.55, (0.95, 0.98, 1.03)),
    "evening": Light((0.4, 0.5, 0.7), 0.44, 0.34, (1.04, 0.95, 0.88)),
}
WALLS: dict[str, Color] = {
    "chalk": (0.80, 0.80, 0.78),
    "sky": (0.55, 0.66, 0.76),
    "sage": (0.60, 0.68, 0.58),
    "sand": (0.80, 0.72, 0.60),
    "mauve": (0.52, 0.43, 0.52),
    "slate": (0.30, 0.34, 0.40),
}
DECORS = ("bare", "pictures", "shelf", "curtain", "window", "panels")
SHIRTS: dict[str, Color] = {
    "navy": (0.16, 0.21, 0.34),
    "forest": (0.14, 0.30, 0.24),
    "plum": (0.36, 0.17, 0.30),
    "charcoal": (0.20, 0.20, 0.22),
    "mustard": (0.72, 0.53, 0.17),
    "teal": (0.12, 0.40, 0.44),
}
OUTFITS = ("sweater", "cardigan", "striped")
INNER_SHIRT: Color = (0.84, 0.83, 0.80)
HAIRS: dict[str, Color] = {
    "black": (0.09, 0.08, 0.08),
    "brown": (0.24, 0.15, 0.10),
    "auburn": (0.42, 0.20, 0.11),
    "blond": (0.72, 0.55, 0.31),
    "gray": (0.55, 0.55, 0.56),
}
CUTS = ("short", "bun", "long", "curls", "crop")
SLEEVES = (0.85, 0.5, 0.25, -0.5)
"""Where a sleeve ends: share of the forearm, or of the upper arm back from the elbow when negative."""

SKIN, SHIRT, INNER, HAIR, LIP = range(5)
BASE_SCALE = 3.0 / 240
"""Pixels a centimeter for each pixel of the image's height: from crown to belt."""
EYE_LEVEL = 0.43
"""Where between top and bottom the shoulders' line lies, so that the head fits above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a signer looks like and where they stand; names of the tables above."""

    skin: str = "light"
    light: str = "window"
    wall: str = "chalk"
    decor: str = "bare"
    shirt: str = "navy"
    outfit: str = "sweater"
    sleeve: float = 0.5
    hair: str = "brown"
    cut: str = "short"
    size: float = 1.0
    """Of the whole person in the image."""
    hand_size: float = 1.0
    """Of the hands against the body."""

    def camera(self, width: int, height: int) -> Camera:
        """The view of this person."""
        return Camera(
            width=width, height=height, scale=BASE_SCALE * height * self.size, x=width / 2, y=height * EYE_LEVEL
        )

    @property
    def colors(self) -> Floats:
        """(materials, rgb)."""
        skin = floats(SKINS[self.skin].back)
        lip = skin * floats([0.92, 0.66, 0.66])
        return np.stack([skin, *(floats(c) for c in (SHIRTS[self.shirt], INNER_SHIRT, HAIRS[self.hair])), lip])
