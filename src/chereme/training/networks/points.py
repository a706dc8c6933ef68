"""From points to features, as the first layer of every network: places, shapes of hands, movement, what was seen."""

from itertools import combinations

import torch
from torch import Tensor, nn

from chereme.samples.normalize import hand_parts
from chereme.skeleton import HAND_POINTS, Skeleton

SHOULDERS = ("body.LEFT_SHOULDER", "body.RIGHT_SHOULDER")
ENDS = tuple(HAND_POINTS.index(name) for name in HAND_POINTS if name == "WRIST" or name.endswith("_TIP"))
PAIRS = tuple(combinations(ENDS, 2))
WRIST, MIDDLE = HAND_POINTS.index("WRIST"), HAND_POINTS.index("MIDDLE_FINGER_MCP")
LEAST = 1e-4
"""Lengths below this, in whatever unit the sequences are, count as this: nothing is divided by rounding."""
LAGS = (1, 2)
"""Frames between two places whose difference is a movement, as in the ISLR winner's features."""


class Points(nn.Module):
    """(batch, frames, points, xyz) and mask (batch, frames) to (batch, frames, `self.features`), 0 where unseen.

    - the place of each point, x and y: from the middle of the shoulders by their width, means over the clip; without
      shoulders from the mean of all points, by their deviation from it;
    - the movement of each point, over one and two frames;
    - the shape of each hand, xyz: from its wrist, by the palm's mean length in the clip;
    - the distances between its fingertips and wrist, by the same length;
    - whether each part was seen.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self._parts = [skeleton[part.name] for part in skeleton.parts]
        self._hands = [skeleton[part] for part in hand_parts(skeleton)]
        names = skeleton.names
        self._shoulders = [names.index(name) for name in SHOULDERS] if set(SHOULDERS) <= set(names) else []
        points = len(skeleton)
        shapes = sum(hand.stop - hand.start for hand in self._hands)
        self.features = 2 * points * (1 + len(LAGS)) + 3 * shapes
        self.features += len(self._hands) * len(PAIRS) + len(self._parts)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """The features."""
        seen = ~torch.isnan(points).any(-1) & mask.unsqueeze(-1)
        held = seen.unsqueeze(-1).to(points.dtype)
        points = torch.where(seen.unsqueeze(-1), points, torch.zeros_like(points))
        place = self._placed(points[..., :2], held)
        found = [place.flatten(2)]
        for lag in LAGS:
            both = held[:, lag:] * held[:, :-lag]
            moved = (place[:, lag:] - place[:, :-lag]) * both
            found.append(nn.functional.pad(moved.flatten(2), (0, 0, 0, lag)))
        for hand in self._hands:
            shape = self._shape(points[:, :, hand], held[:, :, hand])
            found += [shape.flatten(2), _apart(shape)]
        found.append(torch.stack([held[:, :, part, 0].amax(-1) for part in self._parts], -1))
        return torch.cat(found, -1)

    def _placed(self, points: Tensor, held: Tensor) -> Tensor:
        middle = _mean(points, held)
        unit = _mean((points - middle).square().sum(-1, keepdim=True), held).clamp(min=LEAST**2).sqrt()
        if self._shoulders:
            left, right = (points[:, :, [number]] for number in self._shoulders)
            both = held[:, :, [self._shoulders[0]]] * held[:, :, [self._shoulders[1]]]
            width = _mean((left - right).square().sum(-1, keepdim=True).clamp(min=LEAST**2).sqrt(), both)
            there = (both.amax((1, 2, 3), keepdim=True) > 0) & (width > LEAST)
            middle = torch.where(there, _mean((left + right) / 2, both), middle)
            unit = torch.where(there, width, unit)
        return (points - middle) / unit * held

    def _shape(self, hand: Tensor, held: Tensor) -> Tensor:
        wrist, root = hand[:, :, WRIST : WRIST + 1], held[:, :, WRIST : WRIST + 1]
        palm = (hand[:, :, MIDDLE : MIDDLE + 1] - wrist).square().sum(-1, keepdim=True).clamp(min=LEAST**2).sqrt()
        both = root * held[:, :, MIDDLE : MIDDLE + 1]
        unit = _mean(palm, both).clamp(min=LEAST)
        # A palm that is never seen measures nothing: the hand then has no shape, rather than one of any size.
        return (hand - wrist) / unit * held * root * both.amax((1, 2, 3), keepdim=True)


def _apart(shape: Tensor) -> Tensor:
    """(batch, frames, pairs) how far apart the ends of a hand are; 0 where it was unseen."""
    one, other = (shape[:, :, [pair[side] for pair in PAIRS]] for side in (0, 1))
    squared = (one - other).square().sum(-1)
    return torch.where(squared > LEAST**2, squared, torch.full_like(squared, LEAST**2)).sqrt() * (squared > 0)


def _mean(values: Tensor, held: Tensor) -> Tensor:
    """(batch, 1, 1, channels): over frames and points, those that are held."""
    return (values * held).sum((1, 2), keepdim=True) / held.sum((1, 2), keepdim=True).clamp(min=1)
