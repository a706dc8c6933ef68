"""Following hands through the frames of a shot, forward and, since the past is at hand, backward.

A hand's next region comes from its points in the frame before, so that the costly search of the whole image is only
made now and then while fewer than two hands are followed. A search that finds a hand late costs nothing, because the
hand is then followed back to where it came in. Where a search shows more than two hands, several people are in view:
then all hands are followed, and whose they are is settled at the end (`crowd`). What is asked of the networks on the
way is given out as questions.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from chereme.landmarks.engine import Asking, Image, Look, Search
from chereme.landmarks.geometry import Region, distance, wrapped
from chereme.landmarks.hand import Hand, twins
from chereme.landmarks.people import Box, within
from chereme.landmarks.views import Views

MOST = 2
"""Hands that are followed at once, of one person in view."""
CROWD = 8
"""Hands that are followed at once when more than one person is in view."""
PATIENCE, WATCH = 0.5, 1.0
"""Seconds before the first search of closer views, and between them."""
SAME = 0.25
"""A palm is that of a hand which is known when their regions' centers are nearer than this share of the larger region's
side: one hand found twice lay at most 0.21 apart in real clips."""
LINGER = 0.15
"""Seconds for which a hand that was just lost is searched for in every frame."""
PACE = 0.7
"""How much of a hand's last step is expected again."""
MOVED, TURNED, DOUBT = 0.15, 0.6, 0.9
"""A hand further than this from the middle of its region (in its sides), turned more (radians), or less sure than this
is looked at again in the region that fits it: the network is exact only near the middle and upright. On drawn clips at
every second frame, this and the pace bring the mean error from 0.127 to 0.098 hand sizes, for 6 % more looks."""
NEAR = 1.0
"""A palm further than this from where a hand was lost on the way back, in sides of its region, is not that hand's. Of
the drawn hands on their way up or down, searching on the way back finds 95 % in place of 90 %."""
GRACE = 5e-4
"""Seconds by which times may miss: files round them to milliseconds."""


@dataclass(slots=True, eq=False)
class Path:
    """One hand through consecutive frames: position among the frames to the hand there."""

    hands: dict[int, Hand] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The earliest position."""
        return min(self.hands)

    @property
    def last(self) -> int:
        """The latest position."""
        return max(self.hands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How hands are followed."""

    presence: float
    """A hand is kept while the network is at least this sure of it, 0..1."""
    search: float
    """Seconds between searches of the whole image while fewer than two hands are followed."""
    gap: float
    """No following between frames that are further apart, seconds."""
    back: int
    """How many frames a hand is followed back from its first sight."""


class Finder:
    """Every frame on its own, as MediaPipe's static mode: a path a hand and frame. Used like `Follower`.

    It finds what MediaPipe does, and more: where the regions of two palms overlap by half, as those of hands that touch
    do, MediaPipe drops the surer one (hand_landmark_tracking_cpu.pbtxt, AssociationNormRectCalculator).
    """

    def __init__(self, how: Following, box: Box | None = None) -> None:
        self._how, self._box = how, box
        self.paths: list[Path] = []
        self._position = -1

    def step(self, image: Image, seconds: float) -> Asking[None]:
        """The next frame; its time does not matter."""
        self._position += 1
        kept: list[Hand] = []
        palms = [palm for palm in (yield Search(image)) if within(palm.region, self._box)]
        for hand in (yield Look(image, [palm.region for palm in palms[:MOST]])):
            if hand.presence >= self._how.presence and not any(twins(hand, other) for other in kept):
                kept.append(hand)
        self.paths += [Path({self._position: hand}) for hand in kept]


class Follower:
    """Follows the hands of one shot; `step` takes its frames in order, `paths` is what was found so far.

    Palms are searched in `views`, or in whole images alone; hands outside `box`, where there is one, are nobody's.
    """

    def __init__(self, how: Following, views: Views | None = None, box: Box | None = None) -> None:
        self._how, self._views, self._box = how, views, box
        self.paths: list[Path] = []
        self._most = MOST
        self._largest: float | None = None
        self._live: list[Path] = []
        self._past: deque[Image] = deque(maxlen=max(how.back, 0))
        self._position = -1
        self._seconds = self._searched = self._lost = -np.inf
        self._closer = np.inf
        self._last_search = self._search_before = -1
        self._step = self._step_before = np.inf

    def step(self, image: Image, seconds: float) -> Asking[None]:
        """The next frame, shown at so many seconds."""
        self._position += 1
        if seconds - self._seconds > self._how.gap + GRACE:
            self._live = []
            self._past.clear()
            self._searched = self._lost = -np.inf
        self._step_before, self._step, self._seconds = self._step, seconds - self._seconds, seconds
        if (yield from self._go_on(image)):
            self._lost = seconds
        due = seconds - self._searched >= self._how.search - GRACE or seconds - self._lost <= LINGER + GRACE
        if due and len(self._live) < self._most:
            self._searched = seconds
            self._search_before, self._last_search = self._last_search, self._position
            yield from self._look(image, self._views.first if self._views else None)
        self._closer = min(self._closer, seconds + PATIENCE)
        if self._views and seconds >= self._closer - GRACE:
            self._closer = seconds + WATCH
            for view in self._views.closer(self._largest):
                yield from self._look(image, view)
        self._past.append(image)

    def _go_on(self, image: Image) -> Asking[bool]:
        """Follow every live hand into this frame; whether one was lost."""
        before = len(self._live)
        hands = yield from self._seen(image, [self._expected(path) for path in self._live])
        kept = [(path, hand) for path, hand in zip(self._live, hands, strict=True) if self._is_one(hand)]
        for pair in list(combinations(kept, 2)):
            if pair[0] in kept and pair[1] in kept and twins(pair[0][1], pair[1][1]):
                kept.remove(max(pair, key=lambda one: _leap(one[0].hands[self._position - 1], one[1])))
        for path, hand in kept:
            path.hands[self._position] = hand
        self._live = [path for path, _ in kept]
        return len(kept) < before

    def _expected(self, path: Path) -> Region:
        """Where a live hand is likely to be in this frame."""
        region = path.hands[self._position - 1].region
        if self._position - 2 not in path.hands:
            return region
        before = path.hands[self._position - 2].region
        pace = PACE * min(1.0, self._step / max(self._step_before, GRACE))
        x, y = region.x + pace * (region.x - before.x), region.y + pace * (region.y - before.y)
        return Region(x, y, region.size, region.rotation)

    def _seen(self, image: Image, regions: list[Region]) -> Asking[list[Hand]]:
        """What the regions hold, looked at again where a hand does not lie in its region as it should."""
        if not regions:
            return []
        hands: list[Hand] = yield Look(image, regions)
        for i, (region, hand) in enumerate(zip(regions, hands, strict=True)):
            moved = distance(region, hand.region) > MOVED * region.size
            turned = abs(wrapped(hand.region.rotation - region.rotation)) > TURNED
            if hand.presence >= self._how.presence and (moved or turned or hand.presence < DOUBT):
                (again,) = yield Look(image, [hand.region])
                hands[i] = max(hand, again, key=lambda hand: hand.presence)
        return hands

    def _look(self, image: Image, view: Region | None) -> Asking[None]:
        """Search the image, or a view of it, for new hands, and follow each back to where it came in."""
        here = [path.hands[self._position] for path in self._live]
        found = yield Search(image, view)
        palms = [
            palm.region
            for palm in found
            if within(palm.region, self._box) and not any(same(palm.region, hand.region) for hand in here)
        ]
        for hand in (yield from self._seen(image, palms[: CROWD - len(here)])):
            if self._is_one(hand) and not any(twins(hand, other) for other in here):
                here.append(hand)
                self._largest = max(hand.region.size, self._largest or 0.0)
                if len(here) > MOST:
                    self._most = CROWD
                path = yield from self._back(hand)
                if path not in self.paths:
                    self.paths.append(path)
                path.hands[self._position] = hand
                self._live.append(path)

    def _back(self, hand: Hand) -> Asking[Path]:
        """The path of a hand that was just found: followed back, and joined to the path it comes from."""
        path = Path()
        for position, image in zip(
            range(self._position - 1, self._position - 1 - len(self._past), -1), reversed(self._past), strict=True
        ):
            there = [other for other in self.paths if position in other.hands]
            if len(there) >= self._most:
                break
            seen = yield from self._seen(image, [hand.region])
            if not self._is_one(seen[0]) and position > self._search_before:
                seen = yield from self._regained(image, hand, [other.hands[position] for other in there])
            if not seen or not self._is_one(seen[0]):
                break
            (hand,) = seen
            met = [other for other in there if twins(hand, other.hands[position])]
            if met:
                if met[0].last == position and met[0] not in self._live:
                    met[0].hands |= path.hands
                    return met[0]
                break
            path.hands[position] = hand
        return path

    def _regained(self, image: Image, lost: Hand, there: list[Hand]) -> Asking[list[Hand]]:
        """What the palm nearest to where a hand was lost on the way back leads to, if there is one near."""
        palms = [
            palm.region
            for palm in (yield Search(image))
            if distance(palm.region, lost.region) < NEAR * lost.region.size
            and not any(same(palm.region, hand.region) for hand in there)
        ]
        palms.sort(key=lambda region: distance(region, lost.region))
        return (yield from self._seen(image, palms[:1]))

    def _is_one(self, hand: Hand) -> bool:
        """Whether what was found is a hand, and may be the signer's."""
        return hand.presence >= self._how.presence and within(hand.region, self._box)


def same(a: Region, b: Region) -> bool:
    """Whether two regions of one frame are those of the same hand."""
    return distance(a, b) < SAME * max(a.size, b.size)


def _leap(before: Hand, after: Hand) -> float:
    """How far a hand moved between two frames, in sizes of its region."""
    return distance(before.region, after.region) / before.region.size
