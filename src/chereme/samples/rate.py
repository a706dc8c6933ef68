"""One rate of frames: what was filmed at any, even a changing one, as if filmed at another."""

from dataclasses import replace

import numpy as np

from chereme.types import Track


def resample(track: Track, fps: float) -> Track:
    """The track at `fps` frames a second: as many frames as its time holds, the first where it was.

    A clip of n frames lasts n frame times (its median one, for the last), so that no time is lost at its end. Between
    two frames that both show a point it lies on the line between them; else it is that of the nearer frame, seen or
    not. The shot is then one of just these frames, numbered from 0, at `fps`: a camera of that rate.
    """
    seconds = track.seconds
    frames = len(seconds)
    step = float(np.median(np.diff(seconds))) if frames > 1 else 1 / track.shot.media.fps
    lasts = float(seconds[-1] - seconds[0]) + step
    count = max(1, round(lasts * fps))
    at = np.interp(seconds[0] + np.arange(count) / fps, seconds, np.arange(frames))
    before, after = np.floor(at).astype(np.int64), np.ceil(at).astype(np.int64)
    share = (at - before)[:, None]
    points = track.points[before] * (1 - share[..., None]) + track.points[after] * share[..., None]
    score = track.score[before] * (1 - share) + track.score[after] * share
    lacking = np.isnan(points).any(axis=2)
    nearer = np.rint(at).astype(np.int64)
    points[lacking], score[lacking] = track.points[nearer][lacking], track.score[nearer][lacking]
    media = replace(track.shot.media, fps=fps, frames=count, seconds=round(count / fps, 6))
    return replace(
        track,
        shot=replace(track.shot, media=media, first=0, stop=count),
        index=np.arange(count),
        points=points.astype(np.float32),
        score=score.astype(np.float32),
        seconds=np.arange(count) / fps,
    )
