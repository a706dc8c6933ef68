"""The signer's proportions replaced by a reference body's, so that identity does not travel with the signing.

The library pose-anonymization (Moryossef 2024) subtracts a clip's first frame and adds the mean of many signers, but
leaves hands and wrists as they are, and takes the first frame's posture for the person: signers can still be told
apart (measured on the drawn ones). Here its mean gives the shape of head and trunk, and arms and fingers are retargeted
as those of animated figures are (Gleicher 1998, "Retargetting motion to new characters"): bones get the reference's
lengths in space, and hands stay where they were, against the shoulders and, near it, against the head. How a person
moves is not touched: who knows them may know them by it.
"""

from dataclasses import replace

import numpy as np

from chereme.samples.normalize import HAND_PARTS, Doubles, pixels
from chereme.samples.reference import FOREARM, PALM, UPPER_ARM, hand_bones, trunk_and_face
from chereme.skeleton import HAND_POINTS
from chereme.types import Track

REACH = 90
"""Percentile of a bone's lengths in the image that stands for its length: seen from the side it is as long as it is.
MediaPipe's depth of arms is too coarse to make up for the rest: with it, upper arms come out twice as long."""
_LEAST_SCALE, _MOST_SCALE = 0.2, 5.0
"""A bone is not scaled beyond: such a length was not measured but lost."""
NEAR_HEAD, FAR_FROM_HEAD = 1.5, 3.0
"""Head sizes (its points' mean distance from their middle) from the head's middle within which a hand goes with the
head, and beyond which with the shoulders; in between, in between."""

LOW = 0.8
"""Shoulder widths below the shoulder from which on a hand that is not seen hangs: its arm is then drawn in the image's
plane, in its old directions."""
_ROUNDS = 4
"""Times that an elbow is drawn to its wrist and to its shoulder in turn."""
_LEAST = 1e-9

_HEAD = ("NOSE", "EYE", "EAR", "MOUTH")
_MIDDLE = HAND_POINTS.index("MIDDLE_FINGER_MCP")


def remove_appearance(track: Track) -> Track:
    """The track with the reference body's proportions, in the units and place of before.

    The clip's own unit is its median shoulder width, which stays, as do the shoulders. Head and trunk: each point's
    median place from mid-shoulder becomes the reference's; what it moves around it stays, in proportion to the shape's
    size. Hands: every bone keeps its direction and gets the reference's length, in every frame; the middle of the hand
    stays. Elbows are put between where the reference's upper arm, from the shoulder, and its forearm, from the wrist,
    have them in their old directions, no further from either than these reach; how far elbow and wrist lie before the
    shoulder follows from the lengths. A clip without shoulders gets the reference's hands, as large as its own on the
    whole. Points in meters become unseen: what they tell is the body.
    """
    figure = _Figure(track)
    unit = figure.width("body.LEFT_SHOULDER", "body.RIGHT_SHOULDER")
    if unit:
        figure.replace_shapes(unit)
    for part in HAND_PARTS:
        figure.replace_hand(part, unit)
        if unit:
            figure.replace_arm(part, unit)
    media = track.shot.media
    # What hangs on a joint that was not seen stays where it was.
    made = np.where(np.isnan(figure.new), figure.old, figure.new)
    shares = (made / (media.width, media.height, media.width)).astype(np.float32)
    score = track.score.copy()
    for each in track.skeleton.parts:
        if each.unit == "meter":
            score[:, track.skeleton[each.name]] = 0
    score[np.isnan(shares).any(axis=2)] = 0
    shares[score == 0] = np.nan
    return replace(track, points=shares, score=score)


class _Figure:
    """A person as tracked and, step by step, as they become; (frames, points, xyz) in pixels."""

    def __init__(self, track: Track) -> None:
        self.old = pixels(track)
        self.new = self.old.copy()
        self.names = {name: number for number, name in enumerate(track.skeleton.names)}
        self.parts = {part.name: track.skeleton[part.name] for part in track.skeleton.parts}
        self.head: tuple[Doubles, float, Doubles, float] | None = None
        """The head's middle, (frames, xyz), and its size, as they were and as they become, once its shape was replaced.
        """

    def width(self, one: str, other: str) -> float:
        """The median distance of two points in the image; 0 where they are never seen together."""
        if one not in self.names or other not in self.names:
            return 0.0
        return _percentile(self.old[:, self.names[other]] - self.old[:, self.names[one]], 50)

    def replace_shapes(self, unit: float) -> None:
        """Head and trunk."""
        body, face = trunk_and_face()
        head: dict[int, Doubles] = {}
        trunk: dict[int, Doubles] = {}
        for name, number in self.names.items():
            part, _, point = name.partition(".")
            if part == "face":
                head[number] = face[int(point)]
            elif part == "body" and point in body:
                (head if any(word in point for word in _HEAD) else trunk)[number] = body[point]
        shoulders = [self.names[f"body.{side}_SHOULDER"] for side in ("LEFT", "RIGHT")]
        middle = _held(self.old[:, shoulders].mean(axis=1))
        seen = np.asarray((~np.isnan(self.old[..., 0])).any(axis=0))
        for group in (head, trunk):
            columns = [column for column in group if seen[column]]
            if columns:
                reference = np.array([group[column] for column in columns]) * unit
                size = self._replace_shape(columns, reference, middle)
                if group is head and size > 0:
                    old, new = (_held(_middle(each[:, columns])) for each in (self.old, self.new))
                    self.head = old, size, new, _size(reference[:, :2])

    def _replace_shape(self, columns: list[int], reference: Doubles, middle: Doubles) -> float:
        """The size that the shape had."""
        own = self.old[:, columns] - middle[:, None]
        mean = np.nanmedian(own, axis=0)
        sizes = [_size(shape[:, :2]) for shape in (mean, reference)]
        scale = float(np.clip(sizes[1] / sizes[0], _LEAST_SCALE, _MOST_SCALE)) if sizes[0] > 0 else 1.0
        self.new[:, columns] = middle[:, None] + reference + (own - mean) * scale
        return sizes[0]

    def replace_hand(self, part: str, unit: float) -> None:
        """Bone by bone from the wrist, then all of it to where the middle of the hand belongs."""
        if part not in self.parts:
            return
        where = self.parts[part]
        old = self.old[:, where]
        if not unit:
            own = [_percentile(old[:, b] - old[:, a], REACH) for a, b in hand_bones()]
            unit = sum(own) / sum(hand_bones().values())
        made = old.copy()
        for (a, b), length in hand_bones().items():
            bone = old[:, b] - old[:, a]
            made[:, b] = made[:, a] + bone * (length * unit / np.maximum(np.linalg.norm(bone, axis=1), _LEAST))[:, None]
        self.new[:, where] = made + (self._placed(old.mean(axis=1)) - made.mean(axis=1))[:, None]

    def replace_arm(self, part: str, unit: float) -> None:
        """The body's wrist goes with the hand, and the elbow lies between what its two bones ask for."""
        side = part.removesuffix("_hand").upper()
        numbers = [self.names.get(f"body.{side}_{joint}") for joint in ("SHOULDER", "ELBOW", "WRIST")]
        if any(number is None for number in numbers):
            return
        shoulder, elbow, wrist = (int(number) for number in numbers if number is not None)
        upper, lower = self.old[:, elbow] - self.old[:, shoulder], self.old[:, wrist] - self.old[:, elbow]
        scale = 1.0
        # Where a hand hangs unseen, its wrist is a guess that tells nothing but the arm's length.
        hanging = self.new[:, shoulder] + _turned(upper, UPPER_ARM * unit) + _turned(lower, FOREARM * unit)
        idle = (upper[:, 1] + lower[:, 1] > LOW * unit)[:, None]
        self.new[:, wrist] = np.where(idle, hanging, self._placed(self.old[:, wrist]))
        if part in self.parts:
            hand = self.parts[part].start
            scale = _scale(PALM * unit, _percentile(self.old[:, hand + _MIDDLE] - self.old[:, hand], REACH))
            # The hand's own wrist is the surer one; pose-format's correct_wrists does the same.
            self.new[:, wrist] = np.where(np.isnan(self.new[:, hand]), self.new[:, wrist], self.new[:, hand])
        for finger in ("PINKY", "INDEX", "THUMB"):
            if (tip := self.names.get(f"body.{side}_{finger}")) is not None:
                self.new[:, tip] = self.new[:, wrist] + (self.old[:, tip] - self.old[:, wrist]) * scale
        down = self.new[:, shoulder] + upper * _scale(UPPER_ARM * unit, _percentile(upper, REACH))
        up = self.new[:, wrist] - lower * _scale(FOREARM * unit, _percentile(lower, REACH))
        self._bend(shoulder, elbow, wrist, np.where(np.isnan(up), down, (down + up) / 2), unit)

    def _bend(self, shoulder: int, elbow: int, wrist: int, asked: Doubles, unit: float) -> None:
        """Elbow and wrist so that both bones have the reference's length in space: the elbow as near to where it is
        asked as they allow, and both as far before or behind the shoulder as is left of the lengths."""
        start, end = self.new[:, shoulder, :2], self.new[:, wrist, :2]
        place = asked[:, :2]
        for _ in range(_ROUNDS):
            place = _within(place, end, FOREARM * unit)
            place = _within(place, start, UPPER_ARM * unit)
        place = np.where(np.isnan(place), asked[:, :2], place)
        for joint, before, length, at in ((elbow, shoulder, UPPER_ARM, place), (wrist, elbow, FOREARM, end)):
            flat = np.linalg.norm(at - self.new[:, before, :2], axis=1)
            depth = np.sqrt(np.maximum((length * unit) ** 2 - flat**2, 0))
            ahead = self.old[:, joint, 2] < self.old[:, before, 2]
            z = self.new[:, before, 2] + np.where(ahead, -depth, depth)
            self.new[:, joint, :2] = at
            self.new[:, joint, 2] = np.where(np.isnan(z), self.new[:, joint, 2], z)

    def _placed(self, path: Doubles) -> Doubles:
        """Where a hand at a place, (frames, xyz), belongs: near the head it moves as the head does, else not at all."""
        if not self.head:
            return path
        own, size, new, new_size = self.head
        off = path - own
        away = np.linalg.norm(off[:, :2], axis=1) / size
        share = np.clip((FAR_FROM_HEAD - away) / (FAR_FROM_HEAD - NEAR_HEAD), 0, 1)[:, None]
        return np.asarray(path + share * (new + off * (new_size / size) - path))


def _turned(bone: Doubles, length: float) -> Doubles:
    """(frames, xyz) vectors in the image of one length, in the directions of others."""
    flat = bone * (1, 1, 0)
    return np.asarray(flat * (length / np.maximum(np.linalg.norm(flat, axis=1), _LEAST))[:, None])


def _within(place: Doubles, center: Doubles, radius: float) -> Doubles:
    """(frames, xy) places, those further from their center drawn to it."""
    off = place - center
    away = np.maximum(np.linalg.norm(off, axis=1), _LEAST)
    return np.asarray(center + off * np.minimum(1, radius / away)[:, None])


def _percentile(vectors: Doubles, share: float) -> float:
    """A percentile of the lengths of (frames, xyz) in the image; 0 without any."""
    lengths = np.linalg.norm(vectors[:, :2], axis=1)
    lengths = lengths[~np.isnan(lengths)]
    return float(np.percentile(lengths, share)) if lengths.size else 0.0


def _scale(length: float, own: float) -> float:
    return float(np.clip(length / own, _LEAST_SCALE, _MOST_SCALE)) if own > 0 else 1.0


def _size(shape: Doubles) -> float:
    """Mean distance of a shape's points, (points, xy), from their middle."""
    return float(np.linalg.norm(shape - shape.mean(axis=0), axis=1).mean())


def _middle(points: Doubles) -> Doubles:
    """(frames, xyz) mean of the points that are seen; NaN in frames without any."""
    seen = ~np.isnan(points).any(axis=2, keepdims=True)
    count = seen.sum(axis=1)
    mean = np.where(seen, points, 0).sum(axis=1) / np.maximum(count, 1)
    return np.asarray(np.where(count > 0, mean, np.nan))


def _held(path: Doubles) -> Doubles:
    """A path, (frames, xyz), that stays where it was seen last, or first, while it is unseen."""
    rows = np.flatnonzero(~np.isnan(path).any(axis=1))
    return np.asarray(path[rows[np.clip(np.searchsorted(rows, np.arange(len(path)), "right") - 1, 0, None)]])
