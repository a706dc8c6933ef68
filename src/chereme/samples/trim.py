"""The active part of a clip: without the wait before the hands rise and after they fell."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from chereme.samples.normalize import HAND_PARTS, hand_sizes, pixels
from chereme.skeleton import HAND_POINTS
from chereme.types import Track

_WRIST = HAND_POINTS.index("WRIST")


def trim(track: Track, *, still: float, drop: float, margin: float) -> Track:
    """The frames from the first to the last in which a hand is active, and those within `margin` seconds of them.

    A hand is active when it is seen and not at rest. It rests when its wrist moves slower than `still` hand sizes a
    second and is at least `drop` hand sizes below the highest wrist of the clip: a hold high up is part of a sign, a
    still hand in the lap is not. A hand size is the clip's median from wrist to middle-finger MCP. Returned whole
    when no frame is active, or none inactive. The frames keep their numbers in the file.
    """
    rows = np.flatnonzero(active(track, still=still, drop=drop))
    if not rows.size:
        return track
    start, stop = track.seconds[rows[0]] - margin, track.seconds[rows[-1]] + margin
    return select(track, (track.seconds >= start) & (track.seconds <= stop))


def select(track: Track, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Track:
    """The track of some of its frames, by number or mask."""
    return replace(
        track,
        index=track.index[which],
        points=track.points[which],
        score=track.score[which],
        seconds=track.seconds[which],
    )


def active(track: Track, *, still: float, drop: float, highest: float = np.inf) -> npt.NDArray[np.bool_]:
    """(frames,) in which a hand is active, as `trim` has it; `highest` is where a wrist was before, pixels downward."""
    points = pixels(track)
    sizes = hand_sizes(points, track.skeleton)
    lively = np.zeros(len(track.index), bool)
    if np.isnan(sizes).all():
        return lively
    unit = np.median(sizes[~np.isnan(sizes)])
    wrists = np.stack([points[:, track.skeleton[part]][:, _WRIST, :2] for part in HAND_PARTS])
    down = wrists[..., 1] >= min(highest, np.nanmin(wrists[..., 1])) + drop * unit
    for wrist, low in zip(wrists, down, strict=True):
        seen = np.flatnonzero(~np.isnan(wrist[:, 0]))
        speed = np.zeros(len(seen))
        if len(seen) > 1:
            speed = np.linalg.norm(np.gradient(wrist[seen], track.seconds[seen], axis=0), axis=1)
        lively[seen] |= (speed >= still * unit) | ~low[seen]
    return lively
