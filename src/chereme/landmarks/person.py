"""Following one person through the frames of a shot: the body, and by way of it the hands and the face.

As MediaPipe's holistic does it, and then better, since a recorded shot has its past at hand and its future to come:
what is found late is followed back, a hand that the body does not lead to is searched for by its palm, and no hand is
taken for both.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from chereme.landmarks.body import Body, BodyLandmarker, Smoother
from chereme.landmarks.body_detector import BodyDetector
from chereme.landmarks.body_hands import INSIDE, SIDES, WRISTS, Recrop, kept, rough
from chereme.landmarks.face_detection import BODY_FACE, region_of_body, square
from chereme.landmarks.face_of_body import FaceOfBody
from chereme.landmarks.follow import DOUBT, GRACE, LINGER, MOST, MOVED, TURNED, same
from chereme.landmarks.geometry import Region, distance, share_inside, wrapped
from chereme.landmarks.hand import Hand, Landmarker, twins
from chereme.landmarks.mesh import Mesh
from chereme.landmarks.palm import Detector
from chereme.landmarks.people import Box, signer, usable, within
from chereme.types import Bytes

TICK = 0.033333
"""Seconds between frames for MediaPipe's Python solutions, whatever the video's rate: its smoothing reckons with it."""
NEAR, FAR = 0.3, 0.75
"""A hand whose wrist is no further from that of its body, in sides of its region, needs no second opinion; one that is
further than this is somebody else's. On 5 real and 2 drawn clips 95 % were within 0.28, all within 0.5."""
HEAD = 1.5
"""From the box around a body's face points, of which the ears are the outermost, to the head."""
CERTAIN = 0.5
"""A body's wrist that is less visible than this does not tell whose a hand is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How a person is followed."""

    presence: float
    """A body, a hand, a face counts while its network is surer of it than this, 0..1."""
    search: float
    """Seconds between searches of the whole image while the body, or a hand, is not followed."""
    gap: float
    """No following between frames that are further apart, seconds; below 0 every frame is on its own."""
    back: int
    """How many frames body and hands are followed back from their first sight."""
    smooth: bool
    """Whether bodies are smoothed."""
    faithful: bool
    """As MediaPipe does it and no better: nothing backward, no palms, one hand may be both, a clock of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """What looks at the pixels; without those of a part, that part is not followed."""

    detect: BodyDetector
    body: BodyLandmarker
    recrop: Recrop | None = None
    hand: Landmarker | None = None
    palms: Detector | None = None
    face: Callable[[], FaceOfBody] | None = None
    """Makes what follows the face of one body in one direction of time."""


Hands = dict[str, Hand]
"""Side to hand."""


@dataclass(slots=True, eq=False)
class Seen:
    """What was found of the person in one frame."""

    body: Body | None = None
    """Smoothed."""
    hands: Hands = field(default_factory=dict)
    face: Mesh | None = None


class _Trail:
    """A body followed from frame to frame in one direction of time."""

    def __init__(self, look: BodyLandmarker, how: Following, first: Body) -> None:
        self._look, self._how = look, how
        self._smooth = Smoother()
        self._circle = self._smooth(first, 0)

    def step(self, image: Bytes, seconds: float) -> Body | None:
        """The body in the next frame, so many seconds from the last, or None when it is lost."""
        body = self._look(image, self._circle.region)
        if not body.presence > self._how.presence:
            return None
        self._circle = self._smooth(body, seconds)
        return self._circle if self._how.smooth else body


class Follower:
    """Follows one person through one shot; `step` takes its frames in order, `seen` is what was found so far.

    `box` is where the signer is, pixels, if the entry says so.
    """

    def __init__(self, networks: Networks, how: Following, box: Box | None = None) -> None:
        self._networks, self._how, self._box = networks, how, box
        self.seen: list[Seen] = []
        """What was found in each frame so far."""
        self._trail: _Trail | None = None
        self._face: FaceOfBody | None = None
        self._last: Body | None = None
        self._past: deque[tuple[Bytes, float]] = deque(maxlen=0 if how.faithful or how.gap < 0 else how.back)
        self._seconds = self._searched = self._lost = self._palms_searched = self._hand_lost = -np.inf

    def step(self, image: Bytes, seconds: float) -> None:
        """The next frame (height, width, rgb), shown at so many seconds."""
        if self._how.faithful:
            seconds = len(self.seen) * TICK
        before = self.seen[-1].hands if self.seen else {}
        if seconds - self._seconds > self._how.gap + GRACE:
            before = {}
            self._trail = self._face = self._last = None
            self._past.clear()
            self._searched = self._lost = self._palms_searched = self._hand_lost = -np.inf
        since, self._seconds = seconds - self._seconds, seconds
        here = Seen()
        self.seen.append(here)
        here.body = self._trail.step(image, since) if self._trail else None
        fresh = None
        if here.body is None:
            fresh = self._find_body(image, here)
        self._last = here.body or self._last
        if self._networks.hand:
            here.hands = self._led_to(image, here.body, SIDES, before, {})
            if not self._how.faithful:
                self._look_for_palms(image, here, before)
        if self._networks.face:
            self._face = self._face or self._networks.face()
            here.face = _face(self._face, image, seconds, here.body)
        self._back(fresh, [side for side in here.hands if side not in before])
        self._past.append((image, seconds))

    def _find_body(self, image: Bytes, here: Seen) -> Body | None:
        """The body as the network has it, when the whole image is searched now and holds one."""
        lost, self._trail = self._trail is not None, None
        if self._how.faithful:
            if lost:
                return None
        elif not (self._due(self._searched) or self._seconds - self._lost <= LINGER + GRACE or lost):
            return None
        if lost:
            self._lost = self._seconds
        self._searched = self._seconds
        figures = self._networks.detect(image)
        height, width = image.shape[:2]
        chosen: int | None = 0 if figures else None
        if not self._how.faithful:
            faces, scores = [each.face for each in figures], [each.score for each in figures]
            last = square(self._last.points[:BODY_FACE], HEAD, 0.0) if self._last else None
            chosen = signer(faces, scores, width, height, box=self._box, before=last)
        if chosen is None:
            return None
        body = self._networks.body(image, figures[chosen].region)
        if not body.presence > self._how.presence:
            return None
        self._trail = _Trail(self._networks.body, self._how, body)
        here.body = body
        return body

    def _due(self, last: float) -> bool:
        return self._seconds - last >= self._how.search - GRACE

    def _led_to(self, image: Bytes, body: Body | None, sides: Iterable[str], before: Hands, taken: Hands) -> Hands:
        """The hands of some sides to which the body leads, or where they were before; `taken` are those known there."""
        found: Hands = {}
        for side in sides:
            look = self._by_rule if self._how.faithful else self._likeliest
            if hand := look(image, body, side, before.get(side)):
                found[side] = hand
        if not self._how.faithful:
            _undouble(body, found, taken)
        return found

    def _by_rule(self, image: Bytes, body: Body | None, side: str, before: Hand | None) -> Hand | None:
        """The hand where MediaPipe looks for it."""
        led = self._where_body_leads(image, body, side)
        return self._once(image, kept(before, led)) if led else None

    def _likeliest(self, image: Bytes, body: Body | None, side: str, before: Hand | None) -> Hand | None:
        """The hand where it was before if it certainly is there, else there or where the body leads: the surer."""
        there = self._once(image, before.region) if before else None
        certain = there and there.presence >= DOUBT and not _strange(body, side, there, NEAR)
        region = None if certain else self._where_body_leads(image, body, side)
        led = self._once(image, region) if region else None
        own = [
            (hand, where)
            for hand, where in ((there, before and before.region), (led, region))
            if hand and where and not _strange(body, side, hand)
        ]
        return self._again(image, *max(own, key=lambda each: each[0].presence)) if own else None

    def _where_body_leads(self, image: Bytes, body: Body | None, side: str) -> Region | None:
        around = rough(body, side) if body else None
        height, width = image.shape[:2]
        if around and not self._how.faithful and share_inside(around, width, height) < INSIDE:
            return None
        assert self._networks.recrop is not None
        return self._networks.recrop(image, around) if around else None

    def _once(self, image: Bytes, region: Region) -> Hand | None:
        """The hand in a region, or None."""
        assert self._networks.hand is not None
        (hand,) = self._networks.hand(image, [region])
        return hand if hand.presence > self._how.presence else None

    def _again(self, image: Bytes, hand: Hand, region: Region) -> Hand:
        """A hand that was found in a region, looked at again where it does not lie there as it should."""
        moved = distance(region, hand.region) > MOVED * region.size
        turned = abs(wrapped(hand.region.rotation - region.rotation)) > TURNED
        if not (moved or turned):
            return hand
        again = self._once(image, hand.region)
        return again if again and again.presence > hand.presence else hand

    def _look_for_palms(self, image: Bytes, here: Seen, before: Hands) -> None:
        """Search the whole image now and then for hands that the body does not lead to."""
        if any(side not in here.hands for side in before):
            self._hand_lost = self._seconds
        due = self._due(self._palms_searched) or self._seconds - self._hand_lost <= LINGER + GRACE
        if len(here.hands) == MOST or not due or not self._networks.palms:
            return
        self._palms_searched = self._seconds
        there = [hand.region for hand in here.hands.values()]
        palms = [palm.region for palm in self._networks.palms(image)]
        for palm in [each for each in palms if not any(same(each, other) for other in there)][: MOST - len(there)]:
            found = self._once(image, palm)
            hand = self._again(image, found, palm) if found else None
            if hand is None or any(twins(hand, other) for other in here.hands.values()):
                continue
            side = _side(here.body, hand, here.hands)
            if (
                side not in here.hands
                and not _strange(here.body, side, hand)
                and (here.body or within(hand.region, usable(self._box, image.shape[1], image.shape[0])))
            ):
                here.hands[side] = hand

    def _back(self, fresh: Body | None, sides: list[str]) -> None:
        """Follow what was just found, the body and hands of some sides, back to where it came in."""
        trail = _Trail(self._networks.body, self._how, fresh) if fresh else None
        face = self._networks.face() if trail and self._networks.face else None
        after, seconds = self.seen[-1], self._seconds
        live = {side: after.hands[side] for side in sides}
        for there, (image, earlier) in zip(reversed(self.seen[:-1]), reversed(self._past), strict=False):
            if trail and (there.body or not (body := trail.step(image, seconds - earlier))):
                trail = None
            if trail:
                there.body = body
                if face:
                    there.face = _face(face, image, -earlier, body)
            if not trail and not live:
                break
            wanted = [side for side in (SIDES if trail else live) if side not in there.hands]
            if wanted and self._networks.hand:
                live = self._led_to(image, there.body, wanted, live, there.hands)
                there.hands |= live
            else:
                live = {}
            seconds = earlier


def _face(follower: FaceOfBody, image: Bytes, seconds: float, body: Body | None) -> Mesh | None:
    return follower.step(image, seconds, region_of_body(body.points) if body else None)


def _wrist_apart(body: Body, side: str, hand: Hand) -> float:
    """How far a hand's wrist is from that of its body, in sides of the hand's region."""
    return float(np.hypot(*(hand.points[0, :2] - body.points[WRISTS[side], :2]))) / hand.region.size


def _strange(body: Body | None, side: str, hand: Hand, far: float = FAR) -> bool:
    """Whether a hand cannot be that of the body, going by its wrist."""
    return body is not None and body.visibility[WRISTS[side]] >= CERTAIN and _wrist_apart(body, side, hand) > far


def _undouble(body: Body | None, found: Hands, taken: Hands) -> None:
    """Take from `found` what is another side's hand, of those found or `taken`."""
    for side, other in (SIDES, SIDES[::-1]):
        if side in found and other in taken and twins(found[side], taken[other]):
            del found[side]
    if len(found) == MOST and twins(found["left"], found["right"]):
        if body:
            del found[max(SIDES, key=lambda side: _wrist_apart(body, side, found[side]))]
        else:
            del found[min(SIDES, key=lambda side: found[side].presence)]


def _side(body: Body | None, hand: Hand, taken: Hands) -> str:
    """Whose side a hand is: of the nearer wrist; without a body the one that is left, or as the network has it."""
    if body:
        return min(SIDES, key=lambda side: _wrist_apart(body, side, hand))
    if taken:
        return SIDES["left" in taken]
    return SIDES[hand.right > 0.5]
