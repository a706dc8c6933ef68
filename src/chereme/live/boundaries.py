"""Where signs begin and end in a stream: hands that move or rise, until they rest or leave the picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chereme.live.settings import Live
from chereme.samples.normalize import hand_parts, pixels
from chereme.samples.trim import active
from chereme.skeleton import HAND_POINTS
from chereme.types import Track

_WRIST = HAND_POINTS.index("WRIST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which hands were active, seconds."""

    start: float
    stop: float
    over: bool
    """Whether a rest has followed."""


def stretches(track: Track, how: Live, highest: float = np.inf) -> list[Stretch]:
    """When the hands were active, in order; those of a skeleton without hands never are.

    Activity is that of trimming (`samples.trim.active`), less hands that have not moved for `hold` seconds. It goes on
    over rests shorter than `pause`; what is shorter than `shortest` is left out, and still counts while it goes on.
    """
    if not hand_parts(track.skeleton) or not len(track.index):
        return []
    lively = active(track, still=how.still, drop=how.drop, highest=highest)
    moving = np.flatnonzero(active(track, still=how.still, drop=-np.inf))
    lively &= _lately(track.seconds, moving, how.hold)
    rows = np.flatnonzero(lively)
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(track.seconds[rows]) > how.pause)
    starts, stops = rows[np.append(0, breaks + 1)], rows[np.append(breaks, len(rows) - 1)]
    now = float(track.seconds[-1])
    spans = zip(track.seconds[starts].tolist(), track.seconds[stops].tolist(), strict=True)
    found = [Stretch(start=start, stop=stop, over=now - stop > how.pause) for start, stop in spans]
    return [each for each in found if not each.over or each.stop - each.start >= how.shortest]


def top(track: Track) -> float:
    """Where the highest wrist is, pixels downward; infinity when none was seen."""
    points = pixels(track)
    wrists = [points[:, track.skeleton[part]][:, _WRIST, 1] for part in hand_parts(track.skeleton)]
    seen = np.concatenate([each[~np.isnan(each)] for each in wrists]) if wrists else np.zeros(0)
    return float(seen.min()) if seen.size else float("inf")


def _lately(seconds: npt.NDArray[np.float64], moving: npt.NDArray[np.int64], hold: float) -> npt.NDArray[np.bool_]:
    """(frames,) whether there was movement in the last `hold` seconds."""
    if not moving.size:
        return np.zeros(len(seconds), bool)
    before = np.searchsorted(seconds[moving], seconds, side="right") - 1
    return np.asarray((before >= 0) & (seconds - seconds[moving[np.maximum(before, 0)]] <= hold))
