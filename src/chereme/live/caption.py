"""Word, confidence and what was said before, drawn below in a frame."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from chereme.live.interpreter import Moment
from chereme.types import Bytes

BAR, EMPTY, UNSURE, INK, FAINT = (45, 212, 191), (70, 84, 81), (146, 165, 161), (255, 255, 255), (190, 205, 201)
"""RGB."""
SHADE = 0.35
"""How much of the picture's light is left below the words."""


class Caption:
    """Draws on frames of one size."""

    def __init__(self, width: int, height: int, threshold: float) -> None:
        self._size, self._threshold = (width, height), threshold
        self._unit = max(8, min(width, height) // 16)
        self._large, self._small = _font(round(1.5 * self._unit)), _font(round(0.85 * self._unit))

    def draw(self, pixels: Bytes, moment: Moment, said: tuple[str, ...]) -> Bytes:
        """A copy of a frame (height, width, rgb) with what is known of it and the words so far."""
        width, height = self._size
        unit = self._unit
        top = max(0, height - round(4.2 * unit))
        shaded = pixels.copy()
        shaded[top:] = (shaded[top:] * SHADE).astype(np.uint8)
        image = Image.fromarray(shaded)
        pen = ImageDraw.Draw(image)
        left, right = unit, width - unit
        if guess := moment.guess:
            share = guess.ranked[0][1]
            word, color = guess.word or "unknown", INK if guess.word else UNSURE
            pen.text((left, top + 0.3 * unit), word, font=self._large, fill=color if not moment.signing else FAINT)
            amount = f"{share:.0%}"
            pen.text((right, top + 0.9 * unit), amount, font=self._small, fill=FAINT, anchor="ra")
            line = top + round(2.25 * unit)
            thick = max(2, unit // 3)
            pen.rectangle((left, line, right, line + thick), fill=EMPTY)
            reach = left + round((right - left) * share)
            if reach > left:
                pen.rectangle((left, line, reach, line + thick), fill=BAR if guess.word else UNSURE)
            mark = left + round((right - left) * self._threshold)
            pen.line((mark, line - 1, mark, line + thick + 1), fill=INK)
        before = " ".join(said)
        while before and pen.textlength(before, font=self._small) > right - left:
            before = before.partition(" ")[2]
        pen.text((left, top + 2.85 * unit), before, font=self._small, fill=FAINT)
        return np.asarray(image, np.uint8)


def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which has the letters of most languages, from matplotlib's own files."""
    import matplotlib

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)
