"""Nouns for tests: say only what matters, the rest is ordinary."""

from pathlib import Path
from typing import Any

import numpy as np

from chereme.skeleton import HANDS, Skeleton
from chereme.types import Entry, Media, Shot, Track


def make_entry(id: str = "a", gloss: str = "book", **facts: Any) -> Entry:
    return Entry(id=id, gloss=gloss, **facts)


def make_media(path: Path | str = "a.mp4", frames: int = 40, fps: float = 25.0, **facts: Any) -> Media:
    ordinary: dict[str, Any] = {"bytes": 1000, "width": 320, "height": 240, "whole": False}
    return Media(path=Path(path), frames=frames, fps=fps, seconds=frames / fps, **(ordinary | facts))


def make_shot(id: str = "a", gloss: str = "book", frames: int = 40, **facts: Any) -> Shot:
    return Shot(entry=make_entry(id, gloss, **facts), media=make_media(frames=frames), first=0, stop=frames)


def make_track(shot: Shot | None = None, *, stride: int = 1, unseen: tuple[int, ...] = (), seed: int = 0) -> Track:
    """Two still hands, somewhat noisy; `unseen` are rows without any hand."""
    shot = shot or make_shot()
    index = np.arange(shot.first, shot.stop, stride)
    random = np.random.default_rng(seed)
    points = random.uniform(0.2, 0.8, (len(HANDS), 3)) + random.normal(0, 0.001, (len(index), len(HANDS), 3))
    score = np.ones((len(index), len(HANDS)), np.float32)
    points[list(unseen)], score[list(unseen)] = np.nan, 0
    return Track(
        shot=shot,
        skeleton=HANDS,
        index=index,
        points=points.astype(np.float32),
        score=score,
        seconds=index / shot.media.fps,
        model="test",
    )


def make_still(skeleton: Skeleton, rows: int = 20, *, seen: int | None = None, seed: int = 0) -> Track:
    """Points of any skeleton that stay where they are, in the first `seen` of so many frames."""
    shot = make_shot(frames=rows)
    index = np.arange(rows)
    points = np.repeat(np.random.default_rng(seed).uniform(0.2, 0.8, (1, len(skeleton), 3)), rows, axis=0)
    score = np.full((rows, len(skeleton)), 0.9, np.float32)
    points[rows if seen is None else seen :] = np.nan
    score[rows if seen is None else seen :] = 0
    return Track(
        shot=shot,
        skeleton=skeleton,
        index=index,
        points=points.astype(np.float32),
        score=score,
        seconds=index / shot.media.fps,
        model="test",
    )
