import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from chereme.samples.neutral import trim_neutral
from chereme.skeleton import HANDS, HOLISTIC
from chereme.types import Track
from tests.factories import make_entry, make_media, make_shot
from tests.people import person, unseen

STILL, LOW = 0.5, 0.8


def cut(track: Track, margin: float = 0.0) -> list[int]:
    return list(trim_neutral(track, still=STILL, low=LOW, margin=margin).index.tolist())


def raised(rest: int = 20, move: int = 8, hold: int = 10, **facts: float) -> Track:
    """At rest, up, held, down, at rest."""
    way = np.concatenate([np.zeros(rest), np.linspace(0, 1, move + 2)[1:-1], np.ones(hold),
                          np.linspace(1, 0, move + 2)[1:-1], np.zeros(rest)])  # fmt: skip
    return person(20 * way, 140 * way, **facts)  # type: ignore[arg-type]


def test_rest_is_cut_and_the_sign_is_kept() -> None:
    kept = cut(raised(rest=20, move=8, hold=10))
    assert set(range(22, 44)) <= set(kept), "frames of the sign are lost"
    assert kept[0] >= 18
    assert kept[-1] <= 47


def test_trembling_is_no_movement() -> None:
    kept = cut(raised(jitter=0.004))
    assert set(range(22, 44)) <= set(kept)
    assert kept[0] >= 10
    assert kept[-1] <= 55


def test_the_margin_is_in_seconds_and_the_shot_ends_with_the_track() -> None:
    plain, wide = cut(raised()), cut(raised(), margin=0.081)
    assert (wide[0], wide[-1]) == (plain[0] - 2, plain[-1] + 2)
    track = trim_neutral(raised(), still=STILL, low=LOW, margin=0)
    assert (track.shot.first, track.shot.stop) == (plain[0], plain[-1] + 1)


def test_hands_that_are_not_to_be_seen_are_at_rest() -> None:
    track = person(20.0, np.full(40, 140.0))
    for rows in (slice(0, 8), slice(30, 40)):
        for part in ("right_hand", "left_hand"):
            track = unseen(track, part, rows)
    out_of_sight = track.points.copy()
    wrists = [HOLISTIC.names.index(f"body.{side}_WRIST") for side in ("LEFT", "RIGHT")]
    for rows in (slice(0, 8), slice(30, 40)):
        out_of_sight[rows, wrists, 1] = 1.3 + 0.1 * np.random.default_rng(0).random((rows.stop - rows.start, 2))
    assert cut(replace(track, points=out_of_sight)) == list(range(8, 30))


def test_a_wrist_without_its_hand_counts_where_it_is_visible() -> None:
    track = unseen(raised(), "right_hand", slice(None))
    assert set(range(22, 44)) <= set(cut(track))
    faint = track.score.copy()
    faint[:, HOLISTIC.names.index("body.RIGHT_WRIST")] = 0.2
    assert cut(replace(track, score=faint)) == list(range(len(track.index))), "nothing is seen, so nothing is cut"


def test_a_low_still_sign_is_returned_whole() -> None:
    assert cut(person(np.zeros(30), 0)) == list(range(30))


def test_without_a_body_the_hands_decide(drawn: Path) -> None:
    dropped = total = 0
    for path in sorted((drawn / "joints").glob("*.npz"))[::4]:
        with np.load(path, allow_pickle=False) as joints:
            points, visible, (first, last) = joints["points"], joints["visible"], joints["middle"]
        track = joints_track(path.stem, points, visible)
        kept = trim_neutral(track, still=STILL, low=LOW, margin=0.05).index
        middle = set(range(int(first), int(last) + 1))
        assert middle <= set(kept.tolist()), f"{path.stem}: frames of the sign are lost"
        dropped += len(track.index) - len(kept)
        total += len(track.index) - len(middle)
    assert dropped > 0.2 * total


def joints_track(id: str, points: npt.NDArray[np.float32], visible: npt.NDArray[np.bool_]) -> Track:
    frames = len(points)
    shares = points.reshape(frames, 42, 3) / np.array([320, 240, 320], np.float32)
    shares[~np.repeat(visible, 21, axis=1)] = np.nan
    shot = replace(make_shot(frames=frames), entry=make_entry(id), media=make_media(frames=frames))
    return Track(
        shot=shot, skeleton=HANDS, index=np.arange(frames), seconds=np.arange(frames) / 25, model="truth",
        points=shares.astype(np.float32), score=np.where(np.isnan(shares[..., 0]), 0, 1).astype(np.float32),
    )  # fmt: skip


def test_there_are_drawn_signs_to_look_at(drawn: Path) -> None:
    assert len(json.loads((drawn / "metadata.json").read_text("utf-8"))) == 8


@pytest.mark.parametrize("hold", [0, 5, 40])
def test_a_hold_of_any_length_is_part_of_the_sign(hold: int) -> None:
    kept = cut(raised(hold=hold))
    assert np.diff(kept).max() == 1
    assert len(kept) >= hold
