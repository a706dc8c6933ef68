"""How well a clip was tracked, and the limits that turn a poor one into a reason."""

from collections.abc import Collection
from math import isnan

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected
from chereme.samples.normalize import hand_parts, hand_sizes, pixels
from chereme.skeleton import Skeleton
from chereme.types import Quality, Track

NEAR = 0.25
"""Seconds. Frames farther apart do not witness what lies between them: half a sign may have passed."""
NOTHING = {"left_hand": "no_hands", "right_hand": "no_hands", "body": "no_body", "face": "no_face"}
"""The reason for dropping a clip in which nothing was seen, by the part first looked for of those that are tracked."""


def measure(track: Track) -> Quality:
    """The quality of a track of any skeleton; what is said of hands is NaN where none are tracked.

    A track of few, far frames (a crop needs five a clip) is judged by these alone: it has no jitter (NaN), and each
    frame without a hand counts for at most `NEAR` seconds of a gap.
    """
    seen = {part.name: track.seen(part.name) for part in track.skeleton.parts}
    hands = [seen[part] for part in hand_parts(track.skeleton)]
    any_hand = np.any(hands, axis=0) if hands else None
    points = pixels(track)
    sizes = hand_sizes(points, track.skeleton)
    seen_sizes = sizes[~np.isnan(sizes)]
    hand_px = float(np.median(seen_sizes)) if seen_sizes.size else float("nan")
    seen_scores = track.score[track.score > 0]
    return Quality(
        frames=len(track.index),
        seen={part: _share(frames) for part, frames in seen.items()},
        any_hand=float("nan") if any_hand is None else _share(any_hand),
        longest_gap=float("nan") if any_hand is None else _longest_gap(any_hand, track.seconds),
        jitter=_jitter(track, points, hand_px),
        hand_px=hand_px,
        score=float(seen_scores.mean()) if seen_scores.size else 0.0,
    )


def enforce(
    quality: Quality,
    frames: int,
    *,
    min_frames: int = 1,
    min_hand_share: float = 0.0,
    max_gap: float | None = None,
    min_hand_px: float = 0.0,
    max_jitter: float | None = None,
) -> None:
    """Raise `Rejected` for the first limit that a clip of `frames` frames in its file does not keep.

    A clip without any hand is always rejected; where no hands are tracked, one without anything. What could not be
    measured keeps every limit.
    """
    if quality.any_hand == 0 or (isnan(quality.any_hand) and not any(quality.seen.values())):
        raise nothing(quality.seen, f"{quality.frames} frames looked at")
    enforce_length(frames, min_frames)
    if quality.any_hand < min_hand_share:
        raise Rejected("few_hands", f"a hand in {quality.any_hand:.0%} of frames, at least {min_hand_share:.0%} asked")
    if max_gap is not None and quality.longest_gap > max_gap:
        raise Rejected("long_gap", f"no hand for {quality.longest_gap:.2f} s, at most {max_gap:g} s allowed")
    if quality.hand_px < min_hand_px:
        raise Rejected("small_hands", f"palms of {quality.hand_px:.1f} px, at least {min_hand_px:g} px asked for")
    if max_jitter is not None and quality.jitter > max_jitter:
        raise Rejected("jitter", f"jitter of {quality.jitter:.3f} hand sizes, at most {max_jitter:g} allowed")


def enforce_length(frames: int, least: int) -> None:
    """Raise `Rejected` for a clip of fewer frames than asked for."""
    if frames < least:
        raise Rejected("too_few_frames", f"{frames} frames, at least {least} asked for")


def unmeasured(skeleton: Skeleton) -> Quality:
    """The quality of a clip that nobody tracked: no number."""
    nan = float("nan")
    seen = {part.name: nan for part in skeleton.parts}
    return Quality(frames=0, seen=seen, any_hand=nan, longest_gap=nan, jitter=nan, hand_px=nan, score=nan)


def nothing(parts: Collection[str], where: str) -> Rejected:
    """The trouble of a clip in which none of these parts was seen."""
    part = next((part for part in NOTHING if part in parts), "body")
    return Rejected(NOTHING[part], f"no {part.removeprefix('left_')} in any of {where}")


def _share(seen: npt.NDArray[np.bool_]) -> float:
    return float(seen.mean()) if seen.size else 0.0


def _longest_gap(seen: npt.NDArray[np.bool_], seconds: npt.NDArray[np.float64]) -> float:
    sightings = np.flatnonzero(seen)
    if sightings.size < 2:
        return 0.0
    unseen_for = np.where(seen[:-1], 0.0, np.minimum(np.diff(seconds), NEAR))
    passed = np.append(0.0, np.cumsum(unseen_for))[sightings]
    return float(np.diff(passed).max())


def _jitter(track: Track, points: npt.NDArray[np.float64], hand_px: float) -> float:
    if len(track.index) < 3 or not hand_parts(track.skeleton):
        return float("nan")
    hands = np.concatenate([points[:, track.skeleton[part]] for part in hand_parts(track.skeleton)], axis=1)
    steps = np.diff(track.seconds)
    near = (steps[:-1] <= NEAR) & (steps[1:] <= NEAR)
    share = (steps[:-1] / (steps[:-1] + steps[1:]))[:, None, None]
    expected = hands[:-2] * (1 - share) + hands[2:] * share
    off = np.linalg.norm(hands[1:-1] - expected, axis=2)[near]
    off = off[~np.isnan(off)]
    return float(np.median(off) / hand_px) if off.size and hand_px > 0 else float("nan")
