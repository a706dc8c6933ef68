"""A standard place and size: the middle of the shoulders as origin, their width as unit, then a square canvas.

What comes out is a track again, seen by another camera: its shot's width and height say in what the points are shares.
"""

from dataclasses import replace

import numpy as np

from chereme.errors import Rejected
from chereme.samples.normalize import hand_parts, in_image, normalize
from chereme.types import Track

SHIFT = 1.25
"""Shoulder widths from the canvas's edge to the origin: `normalize_pose_size` of pose_format/utils/generic.py, so that
a pose of ours and one of pose-format's at the same size lie on each other."""


def shoulder_widths(track: Track) -> Track:
    """The track in shoulder widths from the point midway between the shoulders, on an image one width wide and high.

    Both are medians over the clip, as in `normalize`; a skeleton without a body is in half the longer side of the box
    around its hands, from that box's middle. Points in meters stay as they are. Raises `Rejected` (no_body) where the
    skeleton has shoulders that were never seen together.
    """
    body = {part.name for part in track.skeleton.parts} & {"body"}
    if body:
        names = track.skeleton.names
        pair = [names.index(f"body.{side}_SHOULDER") for side in ("LEFT", "RIGHT")]
        if not (track.score[:, pair] > 0).all(axis=1).any():
            raise Rejected("no_body", f"the shoulders are seen together in none of {len(track.index)} frames")
    elif not any(track.seen(part).any() for part in hand_parts(track.skeleton)):
        raise Rejected("no_hands", f"no hand in any of {len(track.index)} frames")
    media = replace(track.shot.media, width=1, height=1)
    points = normalize(track, "body")
    return replace(track, shot=replace(track.shot, media=media), points=points)


def canvas(track: Track, size: int) -> Track:
    """A track in shoulder widths on a square of `size` pixels: the origin in its middle, 2.5 widths a side."""
    media = replace(track.shot.media, width=size, height=size)
    shift = np.array([SHIFT, SHIFT, 0], np.float32)
    moved = (track.points + shift) / (2 * SHIFT)
    points = np.where(in_image(track.skeleton)[:, None], moved, track.points).astype(np.float32)
    return replace(track, shot=replace(track.shot, media=media), points=points)
