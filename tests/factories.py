"""Nouns for tests: say only what matters, the rest is ordinary."""

from pathlib import Path
from typing import Any

import numpy as np

from chereme.skeleton import HANDS
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
