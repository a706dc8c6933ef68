"""Track to sample: trimmed, judged, repaired, smoothed; cheap, so it runs again with every other setting."""

from dataclasses import dataclass
from typing import Literal

from chereme.bounds import require
from chereme.errors import SettingsError
from chereme.plan import Every, FramePlan
from chereme.samples.quality import enforce, enforce_length, measure, unmeasured
from chereme.samples.repair import ORDER, interpolate, smooth
from chereme.samples.trim import trim
from chereme.types import Sample, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Refine:
    """What is asked of a track before one trains on it. By default points stay as tracked, but for short gaps."""

    min_frames: int = 1
    """Frames of the file that a clip must have, after trimming; fewer: too_few_frames."""
    min_hand_share: float = 0.0
    """Share of the tracked frames that must show a hand, 0 to 1; less: few_hands. A clip without any is always out."""
    max_gap: float | None = None
    """Longest time without any hand between two sightings, in seconds; longer: long_gap. None: any."""
    min_hand_px: float = 0.0
    """Least median length from wrist to middle-finger knuckle, in pixels; smaller: small_hands."""
    max_jitter: float | None = None
    """Most tremble, in hand sizes: a point's median distance from the line between its neighbors in time. None: any."""
    trim: bool = False
    """Whether to cut the rest before and after the sign."""
    trim_still: float = 1.0
    """Hand sizes a second below which a hand counts as still."""
    trim_drop: float = 2.0
    """Hand sizes below the clip's highest wrist from which on a still hand counts as resting."""
    trim_margin: float = 0.1
    """Seconds kept before the first and after the last active frame."""
    fill_gap: float = 0.3
    """Longest time between two sightings of a hand over which it is interpolated, in seconds; 0: never."""
    smooth: Literal["none", "savgol"] = "none"
    """Smoothing within each unbroken run of sightings: none, or a Savitzky-Golay filter of degree 2."""
    smooth_window: int = 7
    """Frames of the smoothing window, an odd number of at least 5."""

    def __post_init__(self) -> None:
        if not 0 <= self.min_hand_share <= 1:
            raise SettingsError(f"refine.min-hand-share is a share from 0 to 1, not {self.min_hand_share}")
        if self.smooth_window <= ORDER + 1 or self.smooth_window % 2 == 0:
            raise SettingsError(f"refine.smooth-window is an odd number of at least 5, not {self.smooth_window}")
        if self.smooth not in ("none", "savgol"):
            raise SettingsError(f"refine.smooth is 'none' or 'savgol', not '{self.smooth}'")
        limits = "max_gap", "max_jitter", "min_hand_px", "trim_still", "trim_drop", "trim_margin", "fill_gap"
        require(self, limits, lambda value: value is None or value >= 0, "is 0 or more", "refine.")

    def plan(self, asked: FramePlan) -> FramePlan:
        """The frames to track so that exports have theirs after refining.

        An export that wants the first frames of a clip wants those of its active part, which may start anywhere: with
        trimming, every need reaches to the clip's end.
        """
        if not self.trim:
            return asked
        needs = (Every(stride=need.stride) if isinstance(need, Every) else need for need in asked.needs)
        return FramePlan.union([FramePlan(tuple(needs))])

    def refine(self, track: Track, label: int) -> Sample:
        """The sample of a track; raises `Rejected` for the first limit it does not keep.

        Quality is that of the points as tracked, before gaps are filled, in the frames that trimming left.
        """
        kept = track
        if self.trim:
            kept = trim(track, still=self.trim_still, drop=self.trim_drop, margin=self.trim_margin)
        quality = measure(kept)
        enforce(
            quality,
            _frames(track, kept),
            min_frames=self.min_frames,
            min_hand_share=self.min_hand_share,
            max_gap=self.max_gap,
            min_hand_px=self.min_hand_px,
            max_jitter=self.max_jitter,
        )
        if self.fill_gap > 0:
            kept = interpolate(kept, self.fill_gap)
        if self.smooth == "savgol":
            kept = smooth(kept, self.smooth_window)
        return Sample(track=kept, label=label, quality=quality, raw=track)

    def untracked(self, track: Track, label: int) -> Sample:
        """The sample of a shot in which nothing was to be tracked: only a limit of length can be broken."""
        enforce_length(_frames(track, track), self.min_frames)
        return Sample(track=track, label=label, quality=unmeasured(track.skeleton), raw=track)


def _frames(track: Track, kept: Track) -> int:
    """Frames of the file in the clip, less those cut at its ends: however sparsely it was tracked."""
    whole = track.shot.stop - track.shot.first
    if not len(kept.index):
        return whole
    return whole - int(kept.index[0] - track.index[0]) - int(track.index[-1] - kept.index[-1])
