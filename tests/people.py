"""Tracks of whole people whose proportions and movements are known."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from chereme.samples.reference import FOREARM, UPPER_ARM, hand_bones, trunk_and_face
from chereme.skeleton import BODY_POINTS, HAND_EDGES, HAND_POINTS, HOLISTIC
from chereme.types import Track
from tests.factories import make_shot

SIZE = (320, 240)
MIDDLE = (160.0, 110.0)
WIDTH = 60.0
"""Pixels: the middle of the shoulders and their distance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A person's proportions, as multiples of the reference body's."""

    upper_arm: float = 1.0
    forearm: float = 1.0
    hand: float = 1.0
    head: float = 1.0
    neck: float = 1.0
    torso: float = 1.0
    width: float = WIDTH
    middle: tuple[float, float] = MIDDLE


def person(
    upper: npt.ArrayLike,
    lower: npt.ArrayLike,
    build: Build | None = None,
    *,
    fps: float = 25.0,
    seed: int = 0,
    jitter: float = 0.0,
    score: float = 0.9,
) -> Track:
    """Somebody whose right arm moves, (frames,) degrees of upper arm and forearm from hanging, the left one hanging.

    The hand goes on where the forearm points; its fingers spread by a fixed lot.
    """
    build = build or Build()
    angles = np.stack(np.broadcast_arrays(np.asarray(upper, float), np.asarray(lower, float)), axis=1)
    frames = len(angles)
    body, face = trunk_and_face()
    points = np.zeros((frames, len(HOLISTIC), 3))
    chin = np.array([0, -0.35 * build.neck, 0])
    head = (face - (0, -0.35, 0)) * build.head + chin
    points[:, HOLISTIC["face"]] = head
    for number, name in enumerate(BODY_POINTS):
        place = np.array(body.get(name, (0.0, 0.0, 0.0)))
        above = place[1] < 0
        points[:, number] = (place - (0, -0.35, 0)) * build.head + chin if above else place * (1, build.torso, 1)
    for part, side, sign in (("right_hand", "RIGHT", -1), ("left_hand", "LEFT", 1)):
        shoulder = np.array([0.5 * sign, 0, 0])
        turned = np.deg2rad(angles if side == "RIGHT" else np.zeros_like(angles))
        elbow = shoulder + _hanging(turned[:, 0], sign) * UPPER_ARM * build.upper_arm
        forward = _hanging(turned[:, 1], sign)
        wrist = elbow + forward * FOREARM * build.forearm
        for joint, place in (("SHOULDER", shoulder), ("ELBOW", elbow), ("WRIST", wrist)):
            points[:, BODY_POINTS.index(f"{side}_{joint}")] = place
        for finger in ("PINKY", "INDEX", "THUMB"):
            points[:, BODY_POINTS.index(f"{side}_{finger}")] = wrist + forward * 0.25 * build.hand
        points[:, HOLISTIC[part]] = _hand(wrist, turned[:, 1], sign, build.hand)
    points += np.random.default_rng(seed).normal(0, 1, points.shape) * jitter
    pixels = points * build.width + (*build.middle, 0)
    pixels[:, HOLISTIC["body_world"]] = points[:, HOLISTIC["body"]] * 0.4
    shares = pixels / (SIZE[0], SIZE[1], SIZE[0])
    shares[:, HOLISTIC["body_world"]] = pixels[:, HOLISTIC["body_world"]]
    shot = make_shot(frames=frames)
    shot = replace(shot, media=replace(shot.media, fps=fps, width=SIZE[0], height=SIZE[1], seconds=frames / fps))
    return Track(
        shot=shot,
        skeleton=HOLISTIC,
        index=np.arange(frames),
        points=shares.astype(np.float32),
        score=np.full(points.shape[:2], score, np.float32),
        seconds=np.arange(frames) / fps,
        model="test",
    )


def whole(track: Track) -> Track:
    """The same hands on a person who stands still, their wrists where the hands are or hanging."""
    frames, (width, height) = len(track.index), (track.shot.media.width, track.shot.media.height)
    still = person(np.zeros(frames), 0)
    points, score = still.points.copy(), still.score.copy()
    points *= np.array([SIZE[0] / width, SIZE[1] / height, SIZE[0] / width], np.float32)
    for part in ("left_hand", "right_hand"):
        points[:, HOLISTIC[part]] = track.points[:, track.skeleton[part]]
        score[:, HOLISTIC[part]] = track.score[:, track.skeleton[part]]
        seen = track.seen(part)
        wrist = BODY_POINTS.index(f"{part.removesuffix('_hand').upper()}_WRIST")
        points[seen, wrist] = track.points[seen, track.skeleton[part].start]
    return replace(track, skeleton=HOLISTIC, points=points, score=score)


def unseen(track: Track, part: str, rows: slice) -> Track:
    """The track with a part lost in some frames."""
    points, score = track.points.copy(), track.score.copy()
    points[rows, track.skeleton[part]], score[rows, track.skeleton[part]] = np.nan, 0
    return replace(track, points=points, score=score)


def lengths(track: Track) -> npt.NDArray[np.float64]:
    """(bones,) median lengths in shoulder widths, in space: what tells a body from another."""
    media = track.shot.media
    points = track.points.astype(float) * (media.width, media.height, media.width)
    names = {name: number for number, name in enumerate(track.skeleton.names)}
    pairs = [(f"body.RIGHT_{a}", f"body.RIGHT_{b}") for a, b in (("SHOULDER", "ELBOW"), ("ELBOW", "WRIST"))]
    pairs += [("face.10", "face.152"), ("face.234", "face.454"), ("body.LEFT_SHOULDER", "body.LEFT_HIP")]
    pairs += [("face.152", "body.RIGHT_SHOULDER")]
    pairs += [(f"right_hand.{HAND_POINTS[a]}", f"right_hand.{HAND_POINTS[b]}") for a, b in HAND_EDGES]
    measured = [np.median(np.linalg.norm(points[:, names[a]] - points[:, names[b]], axis=1)) for a, b in pairs]
    width = points[:, names["body.LEFT_SHOULDER"], :2] - points[:, names["body.RIGHT_SHOULDER"], :2]
    return np.asarray(np.array(measured) / np.median(np.linalg.norm(width, axis=1)), np.float64)


def _hanging(angle: npt.NDArray[np.float64], sign: int) -> npt.NDArray[np.float64]:
    """(frames, xyz) direction at an angle from straight down, turning outward and up."""
    return np.stack([sign * np.sin(angle), np.cos(angle), np.zeros_like(angle)], axis=1)


def _hand(
    wrist: npt.NDArray[np.float64], angle: npt.NDArray[np.float64], sign: int, scale: float
) -> npt.NDArray[np.float64]:
    made = np.repeat(wrist[:, None], len(HAND_POINTS), axis=1)
    for (a, b), length in hand_bones().items():
        finger = (b - 1) // 4 - 2
        made[:, b] = made[:, a] + _hanging(angle + 0.18 * finger + 0.05 * (b % 4), sign) * length * scale
    return made
