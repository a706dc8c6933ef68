"""A recognizer that needs no training: the nearest of a few clips whose signs are known."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.plan import Every, FramePlan
from chereme.samples.refine import Refine
from chereme.samples.sequence import Sequence
from chereme.training.checkpoint import Opened
from chereme.training.preparation import Mask, Preparation
from chereme.types import Entry, Floats, Shot, Track, Vocabulary

SIGNS = {"01": "hello", "03": "where", "07": "four"}
SHARP = 80.0
"""How quickly likelihood falls with distance."""


def preparation() -> Preparation:
    model = Hands()
    return Preparation(
        landmarks="hands",
        model=model,
        fingerprint=model.fingerprint(),
        plan=FramePlan((Every(stride=2),)),
        refine=Refine(trim=True),
        sequence=Sequence(length=16, fit="uniform", normalize="body", min_frames=5),
    )


def shot_of(video: Path) -> Shot:
    media = probe(video).media
    return Shot(entry=Entry(id=video.stem, gloss=""), media=media, first=0, stop=media.frames)


def tracked(videos: Mapping[str, Path]) -> dict[str, Track]:
    """Tracks by id, as a build makes them."""
    found: dict[str, Track] = {}
    made = preparation()
    with made.model.open() as follow:
        for id, video in videos.items():
            shot = shot_of(video)
            track = next(follow(decode(shot, made.plan.frames(shot.first, shot.stop))))
            assert isinstance(track, Track)
            found[id] = track
    return found


def nearest(tracks: Mapping[str, Track]) -> Opened:
    """A recognizer of `SIGNS` by clips whose id begins with the sign's number."""
    made = preparation()
    known = {id: features(*made.prepare(track)) for id, track in tracks.items()}
    glosses = tuple(SIGNS.values())

    def logits(points: Floats, mask: Mask) -> Floats:
        found = np.zeros((len(points), len(glosses)), np.float32)
        for row, one in enumerate(zip(points, mask, strict=True)):
            here = features(*one)
            for label, number in enumerate(SIGNS):
                away = [np.abs(here - there).mean() for id, there in known.items() if id.startswith(number)]
                found[row, label] = -SHARP * min(away)
        return found

    return Opened(
        recognizer="nearest", vocabulary=Vocabulary(glosses), preparation=made, logits=logits, facts={"epoch": 0}
    )


def features(points: Floats, mask: Mask) -> Floats:
    """(frames, points, xy), 0 where unseen."""
    return np.nan_to_num(points[mask][:, :, :2])
