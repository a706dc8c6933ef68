"""What the page is told: skeletons, moments and guesses as plain values for JSON."""

from typing import Any

import numpy as np

from chereme.draw import FAINT
from chereme.live.interpreter import Guess, Moment
from chereme.skeleton import Skeleton
from chereme.types import Floats


def bones(skeleton: Skeleton) -> list[dict[str, Any]]:
    """The parts that lie in the image, with the edges to draw; points are numbered as in `places`."""
    found: list[dict[str, Any]] = []
    start = 0
    for part in skeleton.parts:
        if part.unit == "image":
            edges = [[a + start, b + start] for a, b in part.edges]
            found.append({"name": part.name, "start": start, "stop": start + len(part.points), "edges": edges})
            start += len(part.points)
    return found


def places(points: Floats, score: Floats, skeleton: Skeleton) -> list[list[float] | None]:
    """x and y, shares of the image, of the points (points, xyz) that lie in it; None where there is nothing to draw."""
    shown: list[list[float] | None] = []
    for part in skeleton.parts:
        if part.unit == "image":
            where = skeleton[part.name]
            there = (score[where] >= FAINT) & np.isfinite(points[where, :2]).all(axis=1)
            shown += [
                [round(x, 4), round(y, 4)] if seen else None
                for (x, y), seen in zip(points[where, :2].tolist(), there.tolist(), strict=True)
            ]
    return shown


def guess_words(guess: Guess | None) -> dict[str, Any] | None:
    """A guess: the word, None when unknown, and the glosses with their likelihood."""
    if guess is None:
        return None
    return {
        "word": guess.word,
        "ranked": [[gloss, round(share, 4)] for gloss, share in guess.ranked],
        "start": round(guess.start, 3),
        "stop": round(guess.stop, 3),
    }


def moment_words(moment: Moment, skeleton: Skeleton) -> dict[str, Any]:
    """A moment of a camera."""
    return {
        "type": "seen",
        "seconds": moment.seconds,
        "points": places(moment.points, moment.score, skeleton),
        "signing": moment.signing,
        "guess": guess_words(moment.guess),
        "finished": guess_words(moment.finished),
    }
