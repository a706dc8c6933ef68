"""Short gaps filled and trembling smoothed, without inventing what was not seen.

Smoothing is the Savitzky-Golay filter alone: the one-euro filter answers the question of what can be done without
knowing the future, and a recorded clip has its future.
"""

from dataclasses import replace

import numpy as np

from chereme.types import Floats, Track

INTERPOLATED = 0.1
"""Interpolated points have this share of the lower score of the two they lie between: at most 0.1, where points that
a network saw are kept only well above."""

ORDER = 2
"""Degree of the smoothing polynomial: keeps the peaks of a movement, which a moving average flattens."""


def interpolate(track: Track, limit: float) -> Track:
    """Fill each part where it is unseen between two sightings at most `limit` seconds apart: linearly, by time."""
    gaps = []
    for part in track.skeleton.parts:
        sightings = np.flatnonzero(track.seen(part.name))
        before, after = sightings[:-1], sightings[1:]
        short = (after - before > 1) & (track.seconds[after] - track.seconds[before] <= limit)
        gaps += [(track.skeleton[part.name], a, b) for a, b in zip(before[short], after[short], strict=True)]
    if not gaps:
        return track
    points, score = track.points.copy(), track.score.copy()
    for where, a, b in gaps:
        inside = slice(a + 1, b)
        share = (track.seconds[inside] - track.seconds[a]) / (track.seconds[b] - track.seconds[a])
        share = share[:, None, None]
        points[inside, where] = points[a, where] * (1 - share) + points[b, where] * share
        lower = np.minimum(score[a, where], score[b, where])
        score[inside, where] = np.where(lower > 0, np.maximum(lower * INTERPOLATED, np.finfo(np.float32).tiny), 0)
    return replace(track, points=points, score=score)


def smooth(track: Track, window: int) -> Track:
    """Savitzky-Golay of degree `ORDER` over `window` tracked frames (odd), each part within each run of sightings.

    A run ends where the part, or one of its points, is lost or found, and where the frames are more than twice as far
    apart as usual; within a run they are taken as evenly spaced. Runs shorter than the window get the longest odd
    window that fits, and stay as they are where that is no longer than `ORDER` + 1.
    """
    points = track.points.copy()
    steps = np.diff(track.seconds)
    far = steps > 2 * np.median(steps) if steps.size else np.zeros(0, bool)
    for part in track.skeleton.parts:
        where = track.skeleton[part.name]
        seen = track.score[:, where] > 0
        ends = np.flatnonzero(far | (seen[1:] != seen[:-1]).any(axis=1)) + 1
        for start, stop in zip((0, *ends), (*ends, len(seen)), strict=True):
            width = min(window, stop - start - (stop - start + 1) % 2)
            if width > ORDER + 1 and seen[start].any():
                columns = np.flatnonzero(seen[start]) + where.start
                points[start:stop, columns] = _savitzky_golay(points[start:stop, columns], width)
    return replace(track, points=points)


def _savitzky_golay(values: Floats, width: int) -> Floats:
    """(frames, …) smoothed: each value that of the polynomial fitted to the `width` values around it.

    Near the ends it is the polynomial of the first or last `width` values. The same as SciPy's `savgol_filter`, whose
    import takes longer (1.3 s in every worker) than smoothing thousands of clips.
    """
    powers = np.vander(np.arange(width) - width // 2, ORDER + 1)
    fit = powers @ np.linalg.pinv(powers)
    flat = values.reshape(len(values), -1).astype(np.float64)
    inner = np.lib.stride_tricks.sliding_window_view(flat, width, axis=0) @ fit[width // 2]
    smoothed = np.concatenate([fit[: width // 2] @ flat[:width], inner, fit[width // 2 + 1 :] @ flat[-width:]])
    return smoothed.reshape(values.shape).astype(np.float32)
