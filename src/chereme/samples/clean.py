"""From a raw track of a person to one that can be shown and joined: eight steps in a fixed order, each a setting."""

from dataclasses import dataclass
from math import inf

from chereme.bounds import require
from chereme.errors import Rejected, SettingsError
from chereme.samples.appearance import remove_appearance
from chereme.samples.essential import reduce
from chereme.samples.neutral import trim_neutral
from chereme.samples.rate import resample
from chereme.samples.repair import ORDER, interpolate, smooth
from chereme.samples.standard import canvas, shoulder_widths
from chereme.types import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """What is done to a pose, in this order; a value of 0 or no leaves a step out."""

    min_confidence: float = 0.3
    """Mean confidence of the essential points over all frames, unseen ones as 0, 0 to 1; less: low_confidence."""
    min_frames: int = 10
    """Frames that a clip must have, before it is trimmed; fewer: too_few_frames."""
    trim: bool = True
    """Whether to cut the rest before and after the sign: hands down, or not to be seen."""
    trim_still: float = 0.5
    """Shoulder widths a second below which a hand counts as still."""
    trim_low: float = 0.8
    """Shoulder widths below the shoulders from which on a still hand counts as resting."""
    trim_margin: float = 0.05
    """Seconds kept before the first and after the last active frame."""
    reduce: bool = True
    """Whether to keep the 178 essential points alone: 8 of the body, the face's contours, both hands."""
    fill_gap: float = 0.3
    """Longest time between two sightings of a part over which it is interpolated, in seconds; 0: never."""
    smooth_window: int = 5
    """Frames of the smoothing window (Savitzky-Golay, degree 2), an odd number of at least 5; 0: no smoothing."""
    normalize: bool = True
    """Whether to put the middle of the shoulders at the origin and their width at 1."""
    size: int = 512
    """Pixels of the square that a normalized pose is then put on, 2.5 shoulder widths a side; 0: it stays in these."""
    anonymous: bool = True
    """Whether to replace the signer's proportions by those of a reference body."""
    fps: float = 25.0
    """Frames a second of the result; 0: as filmed."""

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise SettingsError(f"min-confidence is a share from 0 to 1, not {self.min_confidence}")
        if self.smooth_window and (self.smooth_window <= ORDER + 1 or self.smooth_window % 2 == 0):
            raise SettingsError(f"smooth-window is 0 or an odd number of at least 5, not {self.smooth_window}")
        if not 0 <= self.size <= _MOST_PIXELS:
            raise SettingsError(f"size is from 0 to {_MOST_PIXELS} pixels, not {self.size}")
        lengths = "min_frames", "trim_still", "trim_low", "trim_margin", "fill_gap", "fps"
        require(self, lengths, lambda value: 0 <= value < inf, "is 0 or more")

    def clean(self, track: Track) -> Track:
        """The track after all steps that are asked for; its shot says its size, rate and frames.

        Raises `Rejected`: too_few_frames, low_confidence, no_hands or no_body.
        """
        self.require(track)
        if self.trim:
            track = trim_neutral(track, still=self.trim_still, low=self.trim_low, margin=self.trim_margin)
        if self.reduce:
            track = reduce(track)
        if self.fill_gap > 0:
            track = interpolate(track, self.fill_gap)
        if self.smooth_window:
            track = smooth(track, self.smooth_window)
        if self.normalize:
            track = shoulder_widths(track)
            track = canvas(track, self.size) if self.size else track
        if self.anonymous:
            track = remove_appearance(track)
        return resample(track, self.fps) if self.fps else track

    def require(self, track: Track) -> None:
        """Raise `Rejected` for a track that is too short or too uncertain."""
        if len(track.index) < self.min_frames:
            raise Rejected("too_few_frames", f"{len(track.index)} frames, at least {self.min_frames} asked for")
        mean = confidence(track)
        if mean < self.min_confidence:
            raise Rejected("low_confidence", f"{mean:.2f} on the mean, at least {self.min_confidence:g} asked for")


_MOST_PIXELS = 65535


def confidence(track: Track) -> float:
    """Mean score of a track's essential points over all frames, 0..1; unseen points count as 0."""
    score = reduce(track).score
    return float(score.mean()) if score.size else 0.0
