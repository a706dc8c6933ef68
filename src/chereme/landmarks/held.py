"""How many frames are held in memory so that what is found late can be followed back."""

from chereme.types import Media

HELD_BYTES = 128 << 20
"""Most pixels that are held of one shot: 16 frames of 1920×1080 take 95 MiB, of 3840×2160 they would take 380 MiB."""


def held(back: int, media: Media) -> int:
    """`back` frames of a file, or as many as fit into `HELD_BYTES`; at least one where any are asked for."""
    fitting = HELD_BYTES // max(1, 3 * media.width * media.height)
    return min(back, max(1, fitting))
