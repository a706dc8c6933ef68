"""The box around a signer, as it can be cut out of a picture."""

import numpy as np

from chereme.errors import Rejected
from chereme.types import Shot

BEYOND = 1.1
"""Of a picture's width or height: where a box ends that was drawn with a loose hand, and not on another picture."""


def even_box(shot: Shot) -> tuple[int, int, int, int]:
    """The entry's box as x0, y0, x1, y1 in whole pixels within the picture, all even; it grows where it can.

    Even, because a picture's colors are kept at half its size: so none is moved.

    Raises `Rejected` as `empty_box` where less than two pixels of it lie in the picture.
    """
    box = shot.entry.box
    if box is None:
        raise ValueError(f"{shot.entry.id} has no box")
    (x0, x1), (y0, y1) = (
        _even(low, high, most) for low, high, most in ((*box[::2], shot.media.width), (*box[1::2], shot.media.height))
    )
    if x1 - x0 < 2 or y1 - y0 < 2:
        size = f"{shot.media.width}×{shot.media.height}"
        raise Rejected("empty_box", f"{', '.join(f'{edge:g}' for edge in box)} in a picture of {size}")
    return x0, y0, x1, y1


def reaches_beyond(shot: Shot) -> bool:
    """Whether a box must be of a larger picture than the file has, and marks another place in it."""
    _, _, x1, y1 = shot.entry.box or (0, 0, 0, 0)
    return x1 > BEYOND * shot.media.width or y1 > BEYOND * shot.media.height


def _even(low: float, high: float, most: int) -> tuple[int, int]:
    if not low < high:  # false for NaN as well
        return 0, 0
    start, stop = int(np.floor(np.clip(low, 0, most))), int(np.ceil(np.clip(high, 0, most)))
    even = start - start % 2, min(stop + stop % 2, most - most % 2)
    return even if even[0] < even[1] else (even[1] - 2, even[1]) if start < stop else (0, 0)
