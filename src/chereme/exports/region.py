"""Which part of a frame a picture shows, the hands, the face or the upper body, and how well each frame shows it."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected, SettingsError
from chereme.samples.normalize import hand_parts, pixels
from chereme.skeleton import BODY_POINTS, Skeleton
from chereme.types import Track

Region = Literal["hands", "face", "body"]

WRIST = 0
FACE_POINTS = 11
"""How many of a body's first points lie in the face."""
EYES, MOUTH, SHOULDERS, HIPS = (
    tuple(BODY_POINTS.index(name) for name in names)
    for names in (
        ("LEFT_EYE", "RIGHT_EYE"),
        ("MOUTH_LEFT", "MOUTH_RIGHT"),
        ("LEFT_SHOULDER", "RIGHT_SHOULDER"),
        ("LEFT_HIP", "RIGHT_HIP"),
    )
)
FACE_REACH = 0.8
"""From the middle of a body's face points to the face's edges, in the longer side of their box. Of 1 952 faces in 52
clips, half reach 0.73 up, 0.66 down and less than that aside; nine in ten less than 0.9."""
CROWN = 2.0
"""From the eyes up to the top of the head, in distances from mouth to eyes: the eyes lie about halfway up the head, a
third of which is between mouth and eyes; and hair."""
REST = 0.8
"""A wrist further down from shoulders to hips than this share of the way is at rest."""
RESTING = 0.25
"""What a hand at rest counts beside one that is raised."""

Doubles = npt.NDArray[np.float64]


def region_of(skeleton: Skeleton, asked: Region | None) -> Region:
    """The region asked for; by default the hands where they are tracked, else the face, else the body.

    Raises `SettingsError` when what it needs is not tracked.
    """
    parts = {part.name for part in skeleton.parts}
    needs: dict[Region, bool] = {
        "hands": bool(hand_parts(skeleton)),
        "face": bool(parts & {"face", "body"}),
        "body": "body" in parts,
    }
    possible = [region for region, there in needs.items() if there]
    region: Region = asked or (possible[0] if possible else "hands")
    if region not in possible:
        known = ", ".join(possible) or "none"
        raise SettingsError(f"crops.region '{region}' is not in tracks of {skeleton.name}; there it can be: {known}")
    return region


def outline(track: Track, region: Region) -> Doubles:
    """(frames, points, xy) in pixels: what the picture's box is drawn around, NaN where unseen."""
    points = pixels(track)[..., :2]
    if region == "hands":
        return hands(track)
    if region == "face" and _has(track, "face"):
        return points[:, track.skeleton["face"]]
    body = points[:, track.skeleton["body"]]
    if region == "face":
        face = body[:, :FACE_POINTS]
        low, high = face.min(axis=1), face.max(axis=1)
        reach = FACE_REACH * (high - low).max(axis=1, keepdims=True)
        return np.stack([(low + high) / 2 - reach, (low + high) / 2 + reach], axis=1)
    eyes, mouth = body[:, EYES].mean(axis=1), body[:, MOUTH].mean(axis=1)
    crown = eyes + CROWN * (eyes - mouth)
    return np.concatenate([crown[:, None], body[:, SHOULDERS], body[:, HIPS]], axis=1)


def hands(track: Track) -> Doubles:
    """(frames, points, xy) of both hands in pixels, left first; no points where no hands are tracked."""
    points = pixels(track)[..., :2]
    return np.concatenate(
        [points[:, :0], *(points[:, track.skeleton[part]] for part in hand_parts(track.skeleton))], axis=1
    )


def merit(track: Track, region: Region) -> Doubles:
    """(frames,) how well each frame shows the region, 0 where it does not: greater is better.

    The sum of the hands' scores. A hand's is the mean of its points', 0 when all of them lie beyond the image's border,
    where the networks guess them; with a body tracked, a quarter of it when the hand is at rest. For a face or a body,
    which show the signing hand's moment as well, the mean score of its own points is added.
    """
    by_hand = _hand_scores(track)
    if region == "hands":
        return np.asarray(by_hand.sum(axis=1))
    part = "face" if region == "face" and _has(track, "face") else "body"
    where = track.skeleton[part]
    if part == "body":
        shown = SHOULDERS if region == "body" else tuple(range(FACE_POINTS))
        own = track.score[:, where][:, shown].mean(axis=1)
    else:
        own = track.score[:, where].mean(axis=1)
    outside = ~_inside(track, outline(track, region)).any(axis=1)
    return np.where(outside, 0, own + by_hand.sum(axis=1))


def unseen(region: Region, where: str) -> Rejected:
    """The trouble of a clip that shows the region in none of the frames."""
    match region:
        case "hands":
            return Rejected("no_hands", f"no hand in {where}")
        case "face":
            return Rejected("no_face", f"no face in {where}")
        case "body":
            return Rejected("no_body", f"no body in {where}")


def _hand_scores(track: Track) -> Doubles:
    points, parts = pixels(track)[..., :2], hand_parts(track.skeleton)
    scores = np.zeros((len(track.index), len(parts)))
    for number, part in enumerate(parts):
        where = track.skeleton[part]
        inside = _inside(track, points[:, where]).any(axis=1)
        scores[:, number] = np.where(inside, track.score[:, where].mean(axis=1), 0)
        scores[:, number] *= np.where(points[:, where][:, WRIST, 1] > _rest(track), RESTING, 1)
    return scores


def _rest(track: Track) -> float:
    """The height in pixels, downwards, below which a wrist is at rest; NaN without a body."""
    if not _has(track, "body"):
        return float("nan")
    body = pixels(track)[:, track.skeleton["body"], 1]
    seen = ~np.isnan(body).any(axis=1)
    if not seen.any():
        return float("nan")
    shoulders, hips = np.median(body[seen][:, SHOULDERS]), np.median(body[seen][:, HIPS])
    return float(shoulders + REST * (hips - shoulders))


def _inside(track: Track, places: Doubles) -> npt.NDArray[np.bool_]:
    """(frames, points) which places, pixels, lie within the image."""
    media = track.shot.media
    return np.asarray(((places >= 0) & (places < (media.width, media.height))).all(axis=2))


def _has(track: Track, part: str) -> bool:
    return any(each.name == part for each in track.skeleton.parts)
