"""Clips as arrays of one length: which frames, in which coordinates, filled up with what."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from chereme.bounds import one_of, require
from chereme.errors import Rejected, SettingsError
from chereme.plan import Every, FramePlan
from chereme.plugins import suggest
from chereme.samples.normalize import Normalization, hand_parts, normalize
from chereme.samples.quality import nothing
from chereme.samples.trim import select
from chereme.skeleton import HANDS, Skeleton
from chereme.types import Floats, Track

Fit = Literal["truncate", "uniform", "stride"]
Pad = Literal["zeros", "last", "loop"]

FEATURES = tuple(f"{point}.{axis}" for point in HANDS.names for axis in "xyz")
"""Names of the features of one frame: `left_hand.WRIST.x`, …, `right_hand.PINKY_TIP.z`; 2 hands × 21 points × xyz."""


def featured(skeleton: Skeleton, parts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The parts that sequences hold: those named; by default both hands, or all parts in the image without hands.

    Raises `SettingsError` for a part that the skeleton does not have.
    """
    known = [part.name for part in skeleton.parts]
    if unknown := [part for part in parts if part not in known]:
        raise SettingsError(f"tracks of {skeleton.name} have no part '{unknown[0]}'; {suggest(unknown[0], known)}")
    return parts or hand_parts(skeleton) or tuple(part.name for part in skeleton.parts if part.unit == "image")


def feature_names(skeleton: Skeleton, parts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of the features of one frame, part by part, point by point, xyz."""
    points = (point for part in featured(skeleton, parts) for point in skeleton.names[skeleton[part]])
    return tuple(f"{point}.{axis}" for point in points for axis in "xyz")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """A clip as a fixed number of frames."""

    values: Floats = field(repr=False)
    """(length, features), features in the order of `feature_names`."""
    mask: npt.NDArray[np.bool_] = field(repr=False)
    """(length,) True where a frame comes from the clip, False where it pads."""
    length: int
    """How many frames come from the clip: the mask's sum, and they are the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Both hands, or other parts, over a fixed number of frames.

    Only every `stride`-th frame of the clip counts, from its first: the grid. Frames that were tracked besides, for
    another export, are passed over, so that they do not change what is picked.
    """

    parts: tuple[str, ...] = ()
    """What they hold: left_hand, right_hand, body, face, body_world; by default both hands, or what is tracked."""
    length: int = 32
    """Frames of each sequence."""
    stride: int = 2
    """Take every such frame of the file."""
    fit: Fit = "truncate"
    """Longer clips: truncate to their first frames, take them at a larger stride, or resample all uniform in time."""
    pad: Pad = "zeros"
    """Shorter clips: filled up with zeros, their last frame, or from their start in a loop."""
    normalize: Normalization = "none"
    """Coordinates: none (shares of the image), hand (wrist 0, palm 1), body (or the hands' extent), minmax (0 to 1)."""
    fill: float = 0.0
    """Value of the coordinates of points that were not seen."""
    min_frames: int = 8
    """Frames at the stride that a clip must have, before it is padded; fewer: too_few_frames."""

    def __post_init__(self) -> None:
        require(self, ("length", "stride", "min_frames"), lambda value: value >= 1, "is at least 1")
        if self.fit == "truncate" and self.min_frames > self.length:
            raise SettingsError(f"min-frames is at most length, {self.length}, not {self.min_frames}")
        for name, choices in (("fit", Fit), ("pad", Pad), ("normalize", Normalization)):
            one_of(self, name, get_args(choices))

    def check(self, skeleton: Skeleton) -> None:
        """Raise `SettingsError` when a part that is asked for is not tracked."""
        featured(skeleton, self.parts)

    @property
    def needs(self) -> FramePlan:
        """The grid: as far as truncating looks, else to the end. `Refine.plan` widens it for trimming."""
        return FramePlan((Every(stride=self.stride, most=self.length if self.fit == "truncate" else None),))

    def features(self, track: Track) -> Features:
        """The sequence of a track.

        - `truncate`: the first `length` frames of the grid.
        - `stride`: every k-th frame of the grid from the first, with the least k for which `length` are enough.
        - `uniform`: `length` moments evenly spaced from the grid's first frame to its last. Between two frames that
          both show a point it lies on the line between them; else it is that of the nearer frame, seen or not. There
          is nothing to pad.

        Normalization sees the picked frames only (`uniform`: the grid). Raises `Rejected`: too_few_frames when the
        grid has fewer than `min_frames`, no_hands (no_body, no_face) when no picked frame shows what it holds.
        """
        grid = np.flatnonzero((track.index - track.shot.first) % self.stride == 0)
        if len(grid) < self.min_frames:
            asked = f"at least {self.min_frames} asked for"
            raise Rejected("too_few_frames", f"{len(grid)} frames at stride {self.stride}, {asked}")
        if self.fit == "truncate":
            grid = grid[: self.length]
        elif self.fit == "stride":
            grid = grid[:: -(-len(grid) // self.length)]
        picked = select(track, grid)
        parts = featured(picked.skeleton, self.parts)
        if not any(picked.seen(part).any() for part in parts):
            raise nothing(parts, f"the {len(grid)} frames of the sequence")
        points = normalize(picked, self.normalize)
        held = np.concatenate([points[:, picked.skeleton[part]] for part in parts], axis=1)
        if self.fit == "uniform":
            held = _resample(held, picked.seconds, self.length)
        values = np.nan_to_num(held.reshape(len(held), -1), nan=self.fill)
        return Features(values=padded(values, self.length, self.pad), mask=np.arange(self.length) < len(values),
                        length=len(values))  # fmt: skip


def _resample(points: Floats, seconds: npt.NDArray[np.float64], length: int) -> Floats:
    moments = np.linspace(seconds[0], seconds[-1], length)
    at = np.interp(moments, seconds, np.arange(len(seconds)))
    before = np.floor(at).astype(np.int64)
    after = np.ceil(at).astype(np.int64)
    share = (at - before)[:, None, None]
    between = points[before] * (1 - share) + points[after] * share
    nearer = points[np.rint(at).astype(np.int64)]
    return np.asarray(np.where(np.isnan(between), nearer, between), np.float32)


def padded(values: Floats, length: int, pad: Pad) -> Floats:
    """(length, features) of fewer frames, filled up: the clip's own come first."""
    missing = length - len(values)
    if pad == "zeros":
        return np.pad(values, ((0, missing), (0, 0)))
    if pad == "last":
        return np.pad(values, ((0, missing), (0, 0)), mode="edge")
    return np.asarray(values[np.arange(length) % len(values)], np.float32)
