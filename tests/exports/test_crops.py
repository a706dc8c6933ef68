import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import SettingsError
from chereme.exports.crop import Crop
from chereme.exports.crops import Crops
from chereme.exports.picture import LEAST_SIDE
from chereme.frames.decode import decode
from chereme.plan import FramePlan, Spread
from chereme.types import Bytes, Reject, Track, Vocabulary
from tests.exports.clips import BLUE, RED, extent, gray, sample, squares
from tests.samples.clips import Place, clip

HERE: Place = (160.0, 120.0)
WORDS = Vocabulary(("book", "don't want", "../x"))


def crop(track: Track, **settings: Any) -> Crop:
    made = Crops(**settings).prepare(sample(track))
    assert isinstance(made, Crop), made
    return made


def picture(made: Crop) -> Bytes:
    image = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image[..., ::-1], np.uint8)


def close(pixel: Any, color: Any) -> bool:
    return bool(np.abs(np.asarray(pixel, int) - color).max() <= 16)


def scored(track: Track, scores: list[float]) -> Track:
    """The same track, with a score for each frame's hands."""
    track.score[:] = np.where(track.score > 0, np.array(scores, np.float32)[:, None], 0)
    return track


def test_the_picture_shows_the_hand_with_its_margin(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [HERE] * 10), margin=0.5, size=200)
    seen = picture(made)
    assert seen.shape == (200, 200, 3)
    assert close(seen[100, 100], RED)
    x0, y0, x1, y1 = extent()
    side = 2 * max(x1 - x0, y1 - y0)
    assert made.box[2] - made.box[0] == made.box[3] - made.box[1] == round(side)
    red = np.abs(seen.astype(int) - RED).max(axis=2) <= 40
    assert red.mean() == pytest.approx((x1 - x0) * (y1 - y0) / side**2, abs=0.02)
    assert close(seen[5, 5], gray(made.frame))


def test_both_hands_are_in_the_picture_and_their_points_on_them(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [(100.0, 100.0)] * 10, [(220.0, 160.0)] * 10))
    seen = picture(made)
    for points, color in ((made.points[:21], BLUE), (made.points[21:], RED)):
        x, y = points.mean(axis=0)
        assert close(seen[int(y), int(x)], color)
        assert (points >= 0).all()
        assert (points <= 224).all()


def test_the_frame_with_the_best_score_is_taken(tmp_path: Path) -> None:
    # five frames in the middle 70 % of 20: 4, 7, 10, 12, 15
    scores = [0.5] * 20
    scores[1], scores[12] = 0.99, 0.8
    made = crop(scored(squares(tmp_path / "a.mp4", [HERE] * 20), scores))
    assert made.frame == 12
    assert made.score == pytest.approx(0.8)
    assert close(picture(made)[3, 3], gray(12))


def test_two_hands_win_over_one_better(tmp_path: Path) -> None:
    left: list[Place] = [None] * 20
    left[15] = (200.0, 120.0)
    scores = [0.95] * 20
    scores[15] = 0.6
    assert crop(scored(squares(tmp_path / "a.mp4", [HERE] * 20, left), scores)).frame == 15


@pytest.mark.parametrize(("frames", "frame"), [(20, 10), (21, 10), (30, 15), (1, 0), (2, 0)])
def test_of_equal_frames_the_middle_one(frames: int, frame: int, tmp_path: Path) -> None:
    assert crop(squares(tmp_path / "a.mp4", [HERE] * frames)).frame == frame


def test_the_nearest_tracked_frame_stands_for_one_that_was_not(tmp_path: Path) -> None:
    track = squares(tmp_path / "a.mp4", [HERE] * 4, index=[0, 6, 13, 19], frames=20)
    assert crop(scored(track, [0.9, 0.5, 0.6, 0.9])).frame == 13


@pytest.mark.parametrize(
    ("place", "box"),
    [((5.0, 120.0), (0, None)), ((315.0, 120.0), (None, 320)), ((160.0, 236.0), (None, None))],
)
def test_at_the_border_the_picture_moves_inwards(
    place: tuple[float, float], box: tuple[int | None, int | None], tmp_path: Path
) -> None:
    made = crop(squares(tmp_path / "a.mp4", [place] * 5), margin=0.5)
    x0, y0, x1, y1 = made.box
    assert 0 <= x0 < x1 <= 320
    assert 0 <= y0 < y1 <= 240
    assert box[0] in (None, x0)
    assert box[1] in (None, x1)
    assert not (picture(made) < 30).all(axis=2).any()


def test_a_square_larger_than_the_image_is_padded_with_black(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [(45.0, 120.0)] * 5, [(275.0, 120.0)] * 5), margin=0.2)
    x0, y0, x1, y1 = made.box
    assert x1 - x0 == y1 - y0 > 240
    assert y0 == -(y1 - 240) or y0 == -(y1 - 240) - 1
    seen = picture(made)
    assert close(seen[2, 112], 0)
    assert close(seen[221, 112], 0)
    assert close(seen[112, 112], gray(made.frame))


def test_a_tiny_hand_is_not_blown_up_from_nothing(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [HERE] * 5, scale=0.05))
    assert made.box[2] - made.box[0] == LEAST_SIDE


@given(
    right=st.tuples(st.floats(-30, 350), st.floats(-30, 270)),
    left=st.none() | st.tuples(st.floats(-30, 350), st.floats(-30, 270)),
    scale=st.floats(0.1, 5),
    margin=st.floats(0, 1),
)
def test_the_square_holds_what_is_seen_of_the_hands(
    right: tuple[float, float], left: Place, scale: float, margin: float
) -> None:
    track = clip([right], [left], scale=scale)
    made = Crops(margin=margin, size=64).prepare(sample(track), {0: np.full((240, 320, 3), 99, np.uint8)})
    if isinstance(made, Reject):
        assert not (((track.points[..., :2] >= 0) & (track.points[..., :2] < 1)).all(axis=2)).any()
        return
    x0, y0, x1, y1 = made.box
    side = x1 - x0
    assert side == y1 - y0
    for low, high, most in ((x0, x1, 320), (y0, y1, 240)):
        assert 0 <= low < high <= most if side <= most else abs(low + high - most) <= 1
    points = track.points[0, :, :2] * (320, 240)
    within = points[((points >= 0) & (points <= (320, 240))).all(axis=1)]
    assert (within >= np.array([x0, y0]) - 1).all()
    assert (within <= np.array([x1, y1]) + 1).all()


def test_guesses_beyond_the_border_are_no_hands(tmp_path: Path) -> None:
    right: list[Place] = [(-100.0, 120.0)] * 20
    right[7] = HERE
    scores = [0.99] * 20
    scores[7] = 0.5
    assert crop(scored(squares(tmp_path / "a.mp4", right), scores)).frame == 7
    reject = Crops().prepare(sample(clip([(-100.0, 120.0)] * 20)))
    assert isinstance(reject, Reject)


def test_no_hand_in_the_frames_to_choose_from_is_a_reject() -> None:
    reject = Crops().prepare(sample(clip([HERE] + [None] * 19), id="x"))
    assert isinstance(reject, Reject)
    assert (reject.id, reject.stage, reject.reason) == ("x", "deliver", "no_hands")
    assert reject.detail.endswith("4, 7, 10, 12, 15")


def test_a_file_that_is_gone_is_a_reject(tmp_path: Path) -> None:
    track = squares(tmp_path / "a.mp4", [HERE] * 10)
    (tmp_path / "a.mp4").unlink()
    reject = Crops().prepare(sample(track))
    assert isinstance(reject, Reject)
    assert reject.reason == "missing_file"


def test_frames_at_hand_are_not_read_again(tmp_path: Path) -> None:
    track = squares(tmp_path / "a.mp4", [HERE] * 20)
    frames = Crops().candidates(track.shot, track.index)
    assert frames.tolist() == [4, 7, 10, 12, 15]
    (window,) = decode(track.shot, frames)
    read = crop(track)
    (tmp_path / "a.mp4").unlink()
    at_hand = Crops().prepare(sample(track), dict(zip(frames.tolist(), window.pixels, strict=True)))
    assert isinstance(at_hand, Crop)
    assert at_hand.jpeg == read.jpeg


def test_the_files(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [HERE] * 10))
    out = tmp_path / "out"
    out.mkdir()
    clips = [
        sample(clip([HERE]), id="00335", gloss="book", label=0, split="train"),
        sample(clip([HERE]), id="../up", gloss="../x", label=2, split="train"),
        sample(clip([HERE]), id="c", gloss="don't want", label=1),
    ]
    paths = [path.relative_to(out).as_posix() for path in Crops().write(((c, made) for c in clips), out, WORDS)]
    assert paths == [
        *("train/book/00335.jpg", "train/_x/_up.jpg", "all/don_t_want/c.jpg"),
        *("crops.parquet", "label_mapping.txt", "label_mapping.json", "label_map.json", "balance.json"),
    ]
    assert (out / paths[0]).read_bytes() == made.jpeg
    assert (out / "label_mapping.txt").read_text("utf-8") == "0\tbook\n1\tdon't want\n2\t../x\n"
    assert json.loads((out / "label_mapping.json").read_text("utf-8"))[2] == {
        "label": 2,
        "gloss": "../x",
        "folder": "_x",
    }
    rows = pq.read_table(out / "crops.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["00335", "../up", "c"]
    assert [row["path"] for row in rows] == paths[:3]
    assert (rows[1]["gloss"], rows[1]["label"], rows[1]["split"], rows[2]["split"]) == ("../x", 2, "train", None)
    assert (rows[0]["x0"], rows[0]["y0"], rows[0]["x1"], rows[0]["y1"]) == made.box
    assert np.array_equal(np.array(rows[0]["points"]).reshape(42, 2), made.points, equal_nan=True)
    assert json.loads((out / "balance.json").read_text())["counts"]["book"] == {"train": 1, "all": 0}


def test_more_pictures_of_a_clip(tmp_path: Path) -> None:
    track = squares(tmp_path / "a.mp4", [HERE] * 20)
    made = crop(track, pictures=3)
    one = crop(track)
    assert (made.frame, made.jpeg) == (one.frame, one.jpeg)
    frames = [made.frame, *(each.frame for each in made.others)]
    assert len(set(frames)) == 3
    assert set(frames) <= set(Crops().candidates(track.shot, track.index).tolist())
    again = Crops().unpack(Crops().pack(made))
    assert [(each.frame, each.box, each.jpeg) for each in again.others] == [
        (each.frame, each.box, each.jpeg) for each in made.others
    ]
    clips = [(sample(clip([HERE]), id=id, gloss="book", label=0, split="train"), made) for id in ("7-2", "7")]
    (tmp_path / "out").mkdir()
    list(Crops(pictures=3).write(iter(clips), tmp_path / "out", WORDS))
    rows = pq.read_table(tmp_path / "out" / "crops.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["7-2"] * 3 + ["7"] * 3
    assert [row["frame"] for row in rows] == frames * 2
    assert len({row["path"] for row in rows}) == 6, "7-2 is a clip, and would be the second picture of 7"
    assert json.loads((tmp_path / "out" / "balance.json").read_text())["counts"]["book"] == {"train": 2}


def test_it_needs_the_frames_it_chooses_from() -> None:
    assert Crops(count=3, middle=0.5).needs == FramePlan((Spread(count=3, middle=0.5),))


@pytest.mark.parametrize(
    "settings", [{"count": 0}, {"middle": 0}, {"margin": -1}, {"size": 0}, {"quality": 101}, {"pictures": 6}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="crops"):
        Crops(**settings)


def test_the_margin_gives_way_before_the_picture_reaches_over_the_border(tmp_path: Path) -> None:
    made = crop(squares(tmp_path / "a.mp4", [(60.0, 120.0)] * 5, [(260.0, 120.0)] * 5), margin=0.2)
    assert made.box == (made.box[0], 0, made.box[0] + 240, 240)


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"crops\.region is one of hands, face, body, not 'feet'"):
        Crops(region="feet")  # type: ignore[arg-type]
