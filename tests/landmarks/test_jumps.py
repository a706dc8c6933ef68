"""Paths that jump from one hand to the other: made up, then two drawn hands that cross."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest

from chereme.landmarks.follow import Path
from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import Hand
from chereme.landmarks.hands import Hands
from chereme.landmarks.jumps import JUMP, cut
from chereme.synth import signs
from chereme.synth.perform import Performance
from chereme.synth.signer import draw_signer
from chereme.synth.signs import Key, Sign
from chereme.types import Track
from tests.landmarks.test_crowd import frames

NOWHERE = np.zeros((21, 3), np.float32)
SECONDS = np.arange(100) / 25


def path(*seen: tuple[float, float], first: int = 0) -> Path:
    """Of each frame from the first, where the hand is and how surely it is a right one."""
    return Path({first + i: Hand(NOWHERE, 1.0, right, Region(x, 100, 60)) for i, (x, right) in enumerate(seen)})


def spans(*paths: Path) -> list[tuple[int, int]]:
    return [(piece.first, piece.last) for piece in cut(paths, SECONDS)]


STILL = path(*[(100.0, 0.95)] * 12)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ((), []),
        ((STILL,), [(0, 11)]),
        # Its handedness changes, but nothing was near and it did not leap: the network errs.
        ((path(*[(100.0, 0.95)] * 6, *[(104.0, 0.05)] * 6),), [(0, 11)]),
        # It leaps to a hand that nobody followed.
        ((path(*[(100.0, 0.95)] * 6, *[(140.0, 0.05)] * 6),), [(0, 5), (6, 11)]),
        # It leaps, and is the same hand still.
        ((path(*[(100.0, 0.95)] * 6, *[(140.0, 0.95)] * 6),), [(0, 11)]),
        # It takes the place of a hand that was lost there.
        ((path(*[(130.0, 0.05)] * 6), path(*[(100.0, 0.95)] * 6, *[(128.0, 0.05)] * 6)), [(0, 5), (0, 5), (6, 11)]),
        # Two hands side by side that stay where they are do not change places, whatever the network says.
        ((path(*[(150.0, 0.05)] * 6, *[(150.0, 0.95)] * 6), path(*[(100.0, 0.95)] * 6, *[(101.0, 0.05)] * 6)),
         [(0, 11), (0, 11)]),
        # Two that do are cut at once.
        ((path(*[(115.0, 0.05)] * 6, *[(100.0, 0.95)] * 6), path(*[(100.0, 0.95)] * 6, *[(115.0, 0.9)] * 6)),
         [(0, 5), (6, 11), (0, 5), (6, 11)]),
        # One odd frame amid others is no jump.
        ((path(*[(100.0, 0.95)] * 5, (140.0, 0.05), *[(100.0, 0.95)] * 5),), [(0, 10)]),
    ],
)  # fmt: skip
def test_paths_are_cut_where_they_jump(paths: tuple[Path, ...], expected: list[tuple[int, int]]) -> None:
    assert spans(*paths) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_cuts_are_the_likeliest_of_all(seed: int) -> None:
    """A hand that leaps in each frame may be the other one from any frame on: all ways of telling are tried."""
    random = np.random.default_rng(seed)
    right = random.uniform(0.02, 0.98, 9)
    leaping = path(*((100.0 + 60 * (i % 2), each) for i, each in enumerate(right)))
    odds = np.log(right / (1 - right)) / 2

    def likely(sides: tuple[int, ...]) -> float:
        return float(np.dot(odds, sides)) - JUMP * sum(a != b for a, b in pairwise(sides))

    best = max(product((1, -1), repeat=len(right)), key=likely)
    assert spans(leaping) == [(part[0], part[-1]) for part in runs(best)]


def runs(sides: tuple[int, ...]) -> list[list[int]]:
    """Positions of each stretch of one side."""
    return [[at for at, _ in part] for _, part in groupby(enumerate(sides), key=lambda each: each[1])]


def test_nothing_is_lost_by_cutting() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        paths = [
            path(*zip(rng.uniform(80, 160, 20), rng.uniform(0, 1, 20), strict=True), first=int(rng.integers(0, 20)))
            for _ in range(2)
        ]
        pieces = cut(paths, SECONDS)
        for whole in paths:
            own = [p for p in pieces if any(hand is whole.hands.get(t) for t, hand in p.hands.items())]
            assert {t: hand for p in own for t, hand in p.hands.items()} == whole.hands
            assert sum(len(p.hands) for p in own) == len(whole.hands)


@pytest.mark.parametrize("mirror", [False, True])
def test_drawn_hands_that_cross_keep_their_sides(mirror: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def keys(above: int) -> tuple[Key, ...]:
        at = ((0.25, -16.0), (0.37, 8.0), (0.5, -16.0), (0.62, 8.0), (0.75, -16.0))
        return tuple(
            Key(share, (x, -10.0 + 3 * above, 22.0 + 6 * above), (0.1, 1, 0.1), (0.1, 0, 1), "open") for share, x in at
        )

    monkeypatch.setitem(signs.SIGNS, "cross", Sign(keys(1), keys(-1)))
    clip = Performance(gloss="cross", signer=draw_signer(0))
    moments = list(clip.draw())
    pixels = np.stack([moment.pixels for moment in moments])
    true = np.stack([moment.joints[..., :2] for moment in moments])
    if mirror:
        pixels = np.ascontiguousarray(pixels[:, :, ::-1])
        true[..., 0] = clip.width - 1 - true[..., 0]
    with Hands(mirror=mirror).open() as follow:
        (track,) = follow(iter([frames(pixels)]))
    assert isinstance(track, Track)
    rows = slice(*clip.middle)
    found = track.points[rows].reshape(-1, 2, 21, 3)[..., :2] * (clip.width, clip.height)
    size = np.linalg.norm(true[rows, :, 0] - true[rows, :, 9], axis=-1)
    own, other = (np.linalg.norm(each - true[rows], axis=-1).mean(axis=-1) / size for each in (found, found[:, ::-1]))
    seen = ~np.isnan(own)
    assert seen.mean() > 0.9
    assert (own[seen] < 1).mean() >= 0.95
    both = seen.all(axis=1)
    assert not (np.minimum(own, other)[both] > 1).any()
