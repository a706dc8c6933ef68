"""Other forms of the clips that are trained on, drawn anew each epoch; never of those that are judged by."""

from dataclasses import dataclass, fields

import numpy as np

from chereme.bounds import require
from chereme.samples import variation
from chereme.samples.sequence import Sequence
from chereme.skeleton import Skeleton
from chereme.training.preparation import Mask
from chereme.types import Floats

LONGEST = 0.5
"""Share of a clip over which a hand may be hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augment:
    """How far clips are changed, each anew: up to what is said here, evenly; 0 leaves a change out."""

    tempo: float = 0.4
    """Slower or faster by up to this share, and unevenly so."""
    drop_frames: float = 0.3
    """Share of frames left out, at most."""
    noise: float = 0.01
    """Deviation of random noise on each coordinate, at most, in extents of the clip's points."""
    rotate: float = 15.0
    """Degrees, either way."""
    scale: float = 0.25
    """Larger or smaller, as a share."""
    shear: float = 0.15
    """Share of one coordinate added to the other."""
    shift: float = 0.1
    """Extents of the clip's points, each way."""
    mirror: float = 0.25
    """Share of clips that are mirrored, hands swapped: as if signed by a left-handed signer."""
    hide_hand: float = 0.15
    """Share of clips in which one hand is hidden for up to half of the clip."""
    hide_points: float = 0.1
    """Share of points hidden throughout a clip, at most."""
    share: float = 1.0
    """Share of clips that are changed at all."""

    def __post_init__(self) -> None:
        shares = [each.name for each in fields(self) if each.name != "rotate"]
        require(self, shares, lambda value: 0 <= value <= 1, "is from 0 to 1", "[augment] ")
        require(self, ["rotate"], lambda value: 0 <= value <= 90, "is from 0 to 90", "[augment] ")

    def change(
        self, points: Floats, mask: Mask, skeleton: Skeleton, sequence: Sequence, random: np.random.Generator
    ) -> tuple[Floats, Mask]:
        """A clip in another form: (frames, points, xyz) and mask (frames,), of as many frames as came."""
        if random.random() >= self.share:
            return points, mask
        clip = points[mask]

        def about(most: float) -> float:
            return float(random.uniform(-most, most))

        if self.tempo:
            clip = variation.warped(clip, float(np.exp(about(np.log1p(self.tempo)))), about(self.tempo))
        if self.drop_frames:
            clip = variation.without_frames(clip, random.random() * self.drop_frames, random)
        if self.mirror and random.random() < self.mirror:
            shares = sequence.normalize in ("none", "minmax")
            clip = variation.mirrored(clip, skeleton, 0.5 if shares else 0.0)
        if self.rotate:
            clip = variation.turned(clip, about(self.rotate))
        if self.scale:
            clip = variation.scaled(clip, float(np.exp(about(np.log1p(self.scale)))))
        if self.shear:
            clip = variation.sheared(clip, about(self.shear), about(self.shear))
        if self.shift:
            clip = variation.shifted(clip, about(self.shift), about(self.shift))
        if self.noise:
            clip = variation.noisy(clip, random.random() * self.noise, random)
        if self.hide_hand and random.random() < self.hide_hand:
            clip = variation.without_hand(clip, skeleton, random.random() * LONGEST, random)
        if self.hide_points:
            clip = variation.without_points(clip, random.random() * self.hide_points, random)
        return fitted(clip, len(points), sequence)


NONE = Augment(share=0.0)
"""Clips as they are."""


def fitted(clip: Floats, length: int, sequence: Sequence) -> tuple[Floats, Mask]:
    """A clip of any number of frames as a sequence of `length` and its mask, by that sequence's own rule."""
    if sequence.fit == "uniform" or (sequence.fit == "stride" and len(clip) > length):
        clip = variation.at_places(clip, np.linspace(0, len(clip) - 1, length))
    clip = clip[:length]
    points = np.full((length, *clip.shape[1:]), np.nan, np.float32)
    points[: len(clip)] = clip
    return points, np.arange(length) < len(clip)
