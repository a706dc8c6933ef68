"""Following hands through the frames of a shot, forward and, since the past is at hand, backward.

A hand's next region comes from its points in the frame before, so that the costly search of the whole image is only
made now and then while fewer than two hands are followed. A search that finds a hand late costs nothing, because the
hand is then followed back to where it came in.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from chereme.landmarks.hand import Hand, Landmarker
from chereme.landmarks.palm import AS_LANDMARKS, Detector, Palm
from chereme.types import Bytes

MOST = 2
"""Hands that are followed at once."""
SAME = 0.5
"""Two hands are one when their points differ by less than this share of the hand's box, on average."""


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
    """Every frame on its own, as MediaPipe's static mode: a path a hand and frame. Used like `Follower`."""

    def __init__(self, detect: Detector, landmarks: Landmarker, how: Following) -> None:
        self._detect, self._landmarks, self._how = detect, landmarks, how
        self.paths: list[Path] = []
        self._position = -1

    def step(self, image: Bytes, seconds: float) -> None:
        """The next frame (height, width, rgb); its time does not matter."""
        self._position += 1
        kept: list[Hand] = []
        for hand in self._landmarks(image, [palm.region for palm in self._detect(image)[:MOST]]):
            if hand.presence >= self._how.presence and not any(same(hand, other) for other in kept):
                kept.append(hand)
        self.paths += [Path({self._position: hand}) for hand in kept]

    def release(self) -> None:
        """Nothing is kept."""


class Follower:
    """Follows the hands of one shot; `step` takes its frames in order, `paths` is what was found so far."""

    def __init__(self, detect: Detector, landmarks: Landmarker, how: Following) -> None:
        self._detect, self._landmarks, self._how = detect, landmarks, how
        self.paths: list[Path] = []
        self._live: list[Path] = []
        self._past: deque[Bytes] = deque(maxlen=max(how.back, 0))
        self._position = -1
        self._seconds = self._searched = -np.inf

    def step(self, image: Bytes, seconds: float) -> None:
        """The next frame (height, width, rgb), shown at so many seconds."""
        self._position += 1
        if seconds - self._seconds > self._how.gap:
            self._live = []
            self._past.clear()
            self._searched = -np.inf
        self._seconds = seconds
        lost = self._go_on(image)
        # Half a millisecond of grace: times of frames are rounded in their files.
        if len(self._live) < MOST and (lost or seconds - self._searched >= self._how.search - 5e-4):
            self._searched = seconds
            self._look(image)
        self._past.append(image)

    def release(self) -> None:
        """Copy the frames kept for looking back, so that the window they are views of can be freed."""
        for i, image in enumerate(self._past):
            if image.base is not None:
                self._past[i] = image.copy()

    def _go_on(self, image: Bytes) -> bool:
        """Follow every live hand into this frame; whether one was lost."""
        before = len(self._live)
        hands = self._landmarks(image, [path.hands[self._position - 1].region for path in self._live])
        kept = [
            (path, hand) for path, hand in zip(self._live, hands, strict=True) if hand.presence >= self._how.presence
        ]
        if len(kept) == MOST and same(kept[0][1], kept[1][1]):
            kept.remove(max(kept, key=lambda pair: _leap(pair[0].hands[self._position - 1], pair[1])))
        for path, hand in kept:
            path.hands[self._position] = hand
        self._live = [path for path, _ in kept]
        return len(kept) < before

    def _look(self, image: Bytes) -> None:
        """Search the whole image for hands that are not followed, and follow each back to where it came in."""
        here = [path.hands[self._position] for path in self._live]
        palms = [palm for palm in self._detect(image) if not any(_covers(hand, palm) for hand in here)]
        for hand in self._landmarks(image, [palm.region for palm in palms[: MOST - len(here)]]):
            if hand.presence >= self._how.presence and not any(same(hand, other) for other in here):
                here.append(hand)
                path = self._back(hand)
                if path not in self.paths:
                    self.paths.append(path)
                path.hands[self._position] = hand
                self._live.append(path)

    def _back(self, hand: Hand) -> Path:
        """The path of a hand that was just found: followed back, and joined to the path it comes from."""
        path = Path()
        for position, image in zip(
            range(self._position - 1, self._position - 1 - len(self._past), -1), reversed(self._past), strict=True
        ):
            there = [other for other in self.paths if position in other.hands]
            if len(there) >= MOST:
                break
            (hand,) = self._landmarks(image, [hand.region])
            if hand.presence < self._how.presence:
                break
            met = [other for other in there if same(hand, other.hands[position])]
            if met:
                if met[0].last == position and met[0] not in self._live:
                    met[0].hands |= path.hands
                    return met[0]
                break
            path.hands[position] = hand
        return path


def same(a: Hand, b: Hand) -> bool:
    """Whether two finds in one frame are the same hand."""
    apart = np.linalg.norm(a.points[:, :2] - b.points[:, :2], axis=1).mean()
    return bool(apart < SAME * min(a.region.size, b.region.size) / 2)


def _covers(hand: Hand, palm: Palm) -> bool:
    """Whether a palm is that of a known hand."""
    apart = np.linalg.norm(hand.points[list(AS_LANDMARKS), :2] - palm.keypoints, axis=1).mean()
    return bool(apart < SAME * hand.region.size / 2)


def _leap(before: Hand, after: Hand) -> float:
    """How far a hand moved between two frames, in sizes of its region."""
    return float(np.hypot(after.region.x - before.region.x, after.region.y - before.region.y) / before.region.size)
