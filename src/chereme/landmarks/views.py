"""Where to search for palms: the whole image, closer views of it in which small hands are large enough, or a box.

The palm detector sees 192 pixels a side; a hand below about a fifth of that, region and all, escapes it.
"""

from chereme.landmarks.geometry import Region, letterbox
from chereme.landmarks.people import MARGIN, Box

PERSON = 8.0
"""Room that the person takes to whom a hand belongs: sides of that hand's region."""
ROOM = 1.25
"""People who take less than this share of the image's longer side leave room for others, or for hands too small. In
42 real clips of one signer all took more."""
CLOSER = 0.5
"""Side of a closer view: share of the image's longer side."""
ROW = 1.25
"""One row of closer views serves for images that are at most so many of them high."""


class Views:
    """Views of images of `width` and `height` pixels, or of the signer's `box` alone where there is one."""

    def __init__(self, width: int, height: int, box: Box | None = None) -> None:
        self._longer = float(max(width, height))
        self._box = box is not None
        self.first = letterbox(width, height) if box is None else _around(box, self._longer)
        """Where any search looks."""
        side = CLOSER * self._longer
        rows, columns = _places(height, side)[::-1], sorted(_places(width, side), key=lambda x: abs(x - width / 2))
        self._closer = [Region(x, y, side) for y in rows for x in columns]

    def closer(self, largest: float | None) -> list[Region]:
        """Where to look now and then besides, when the largest hand so far has a region of this size, None: no hand.

        Half as large and overlapping, the middle first, for that is where signers are; none where hands are so large
        that there is no room for another person.
        """
        small = largest is None or PERSON * largest < ROOM * self._longer
        return self._closer if small and not self._box else []


def _around(box: Box, most: float) -> Region:
    """A square around a box and its margin, of at most the image's longer side."""
    x0, y0, x1, y1 = box
    return Region((x0 + x1) / 2, (y0 + y1) / 2, min(most, (1 + 2 * MARGIN) * max(x1 - x0, y1 - y0)))


def _places(length: int, side: float) -> list[float]:
    """Middles of views along one direction, rising."""
    if length <= ROW * side:
        return [length / 2]
    count = 2 if length < 2 * side else 3
    return [side / 2 + i * (length - side) / (count - 1) for i in range(count)]
