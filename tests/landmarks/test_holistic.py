"""Pose and holistic, against joints that are known and against MediaPipe itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chereme.contracts import LandmarkModel
from chereme.errors import SettingsError
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.holistic import Holistic
from chereme.landmarks.pose import Pose
from chereme.samples.normalize import in_image
from chereme.skeleton import HOLISTIC, POSE
from chereme.types import Entry, Floats, Frames, Shot, Track

PARITY = Path(__file__).parent / "mediapipe_holistic.npz"
"""What mediapipe 0.10.21's `solutions.holistic` (model_complexity=1) finds in drawn clips, (frames, 576, xyz): `static`
in the frames `static_frames` of 0800101, each with a graph of its own, `following` in the `following_frames` of
0200301, of which it saw no other; and visibilities of the body's points."""
STATIC, FOLLOWING = "0800101", "0200301"
WRISTS = 15, 16


def clip(drawn: Path, id: str, index: Any = None, stride: int = 2) -> Iterator[Frames]:
    media = probe(drawn / "videos" / f"{id}.mp4").media
    shot = Shot(entry=Entry(id=id, gloss="a"), media=media, first=0, stop=media.frames)
    return decode(shot, np.arange(0, media.frames, stride) if index is None else index)


def track(model: LandmarkModel, windows: Iterator[Frames]) -> Track:
    with model.open() as follow:
        (found,) = follow(windows)
    assert isinstance(found, Track)
    return found


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    with np.load(PARITY, allow_pickle=False) as saved:
        return dict(saved)


def apart(found: Track, truth: Floats, part: str) -> Floats:
    """(frames, points) between what was found and MediaPipe's, in widths of the shoulders (world: of 0.3 m)."""
    where = HOLISTIC[part]
    ours, theirs = found.points[:, found.skeleton[part]], truth[:, where]
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    if part == "body_world":
        return np.asarray(np.linalg.norm(ours - theirs, axis=2) / 0.3)
    size = np.array([found.shot.media.width, found.shot.media.height])
    shoulders = np.linalg.norm((truth[:, 11, :2] - truth[:, 12, :2]) * size, axis=1)
    return np.asarray(np.linalg.norm((ours - theirs)[..., :2] * size, axis=2) / shoulders[:, None])


@pytest.mark.parametrize("mode", ["static", "following"])
def test_faithful_is_what_mediapipe_finds(drawn: Path, golden: dict[str, Any], mode: str) -> None:
    id = STATIC if mode == "static" else FOLLOWING
    found = track(Holistic(static=mode == "static", faithful=True), clip(drawn, id, golden[f"{mode}_frames"]))
    most = 0.005 if mode == "static" else 0.015
    for part in HOLISTIC.parts:
        gaps = apart(found, golden[mode], part.name)
        assert np.nanmedian(gaps) < most, part.name
        assert np.nanquantile(gaps, 0.95) < 5 * most, part.name
    visibility = found.score[:, HOLISTIC["body"]]
    np.testing.assert_allclose(visibility, golden[f"{mode}_visibility"], atol=0.05)


@pytest.mark.parametrize("mode", ["static", "following"])
def test_the_pose_is_that_of_holistic(drawn: Path, golden: dict[str, Any], mode: str) -> None:
    id = STATIC if mode == "static" else FOLLOWING
    found = track(Pose(static=mode == "static", faithful=True), clip(drawn, id, golden[f"{mode}_frames"]))
    for part in POSE.parts:
        assert np.median(apart(found, golden[mode], part.name)) < 0.005


def test_drawn_bodies_and_hands_are_found_placed_and_named(drawn: Path) -> None:
    # Sorted by sign, then by one of six signers: a step that shares no factor with six meets all of them.
    clips = sorted(path.stem for path in (drawn / "videos").glob("*.mp4"))[::7]
    wrists: list[float] = []
    own: list[float] = []
    with Holistic().open() as follow:
        for id in clips:
            (found,) = follow(clip(drawn, id))
            assert isinstance(found, Track)
            media = found.shot.media
            with np.load(drawn / "joints" / f"{id}.npz", allow_pickle=False) as joints:
                points, visible, middle = joints["points"], joints["visible"], joints["middle"]
            rows = (found.index >= middle[0]) & (found.index < middle[1])
            true, shown = points[found.index[rows]], visible[found.index[rows]]
            size = np.linalg.norm(true[:, :, 0] - true[:, :, 9], axis=-1)[shown]
            places = found.points[rows][..., :2] * (media.width, media.height)
            assert found.seen("body")[rows].all()
            assert found.seen("face")[rows].all()
            at = places[:, HOLISTIC["body"]][:, WRISTS, :]
            wrists += (np.linalg.norm(at - true[:, :, 0, :2], axis=-1)[shown] / size).tolist()
            hands = np.stack([places[:, HOLISTIC[part]] for part in ("left_hand", "right_hand")], axis=1)
            own += (np.linalg.norm(hands - true[..., :2], axis=-1).mean(axis=-1)[shown] / size).tolist()
    assert np.median(wrists) < 0.35
    assert (np.array(wrists) < 1).mean() > 0.95
    near = np.nan_to_num(own, nan=9.0)
    assert (near < 1).mean() >= 0.98  # on its own side, or it would be far off
    assert near[near < 1].mean() < 0.10


def whole(windows: Iterator[Frames]) -> Frames:
    """All windows as one."""
    each = list(windows)
    index, pixels, seconds = (np.concatenate([getattr(w, n) for w in each]) for n in ("index", "pixels", "seconds"))
    return Frames(shot=each[0].shot, index=index, pixels=pixels, seconds=seconds)


def test_what_comes_late_is_followed_back(drawn: Path) -> None:
    # Six dark frames, and the whole image is searched in the first and the eleventh alone.
    plain = whole(clip(drawn, "0200301", np.arange(10, 30)))
    dark = plain.pixels.copy()
    dark[:6] = 0
    late = replace(plain, pixels=dark)
    model = Holistic(search=0.4)
    found, forward = track(model, iter([late])), track(replace(model, back=0), iter([late]))
    for part in HOLISTIC.parts:
        assert not found.seen(part.name)[:6].any()
        assert found.seen(part.name)[6:].all()
        assert not forward.seen(part.name)[:10].any()
    np.testing.assert_array_equal(found.points[10:], forward.points[10:])
    truth = track(Holistic(), iter([plain]))
    gaps = np.linalg.norm((found.points - truth.points)[6:10, HOLISTIC["right_hand"], :2], axis=-1)
    assert gaps.max() < 0.02


def test_a_hand_without_its_body_is_found_by_its_palm(drawn: Path) -> None:
    plain = whole(clip(drawn, "0200301", np.arange(16, 24)))
    with np.load(drawn / "joints" / "0200301.npz", allow_pickle=False) as joints:
        right = joints["points"][plain.index, 1, :, :2]
    pixels = np.full_like(plain.pixels, 90)
    x0, y0 = np.maximum(right.min(axis=(0, 1)) - 20, 0).astype(int)
    x1, y1 = (right.max(axis=(0, 1)) + 20).astype(int)
    pixels[:, y0:y1, x0:x1] = plain.pixels[:, y0:y1, x0:x1]
    alone = replace(plain, pixels=pixels)
    found, faithful = (track(Holistic(faithful=each), iter([alone])) for each in (False, True))
    assert not found.seen("body").any()
    assert found.seen("right_hand").all()
    assert not found.seen("left_hand").any()
    assert not faithful.seen("right_hand").any()
    size = (plain.pixels.shape[2], plain.pixels.shape[1])
    gaps = np.linalg.norm(found.points[:, HOLISTIC["right_hand"], :2] * size - right, axis=-1).mean()
    assert gaps < 0.2 * np.linalg.norm(right[:, 0] - right[:, 9], axis=-1).mean()


def test_nothing_is_followed_over_a_gap(drawn: Path) -> None:
    plain = whole(clip(drawn, "0200301", np.arange(10, 30, 2)))
    torn = replace(plain, seconds=plain.seconds + np.where(np.arange(10) < 5, 0, 1.0))
    found = track(Holistic(), iter([torn]))
    parts = [replace(plain, index=plain.index[rows], pixels=plain.pixels[rows], seconds=plain.seconds[rows])
             for rows in (slice(0, 5), slice(5, 10))]  # fmt: skip
    expected = [track(Holistic(), iter([part])).points for part in parts]
    np.testing.assert_array_equal(found.points, np.concatenate(expected))


def test_a_mirrored_video_has_the_same_sides_when_told(drawn: Path) -> None:
    plain = whole(clip(drawn, "0200201", np.arange(12, 28, 2)))
    flipped = replace(plain, pixels=np.ascontiguousarray(plain.pixels[:, :, ::-1]))
    one, two = track(Holistic(), iter([plain])), track(Holistic(mirror=True), iter([flipped]))
    both = (one.score > 0.5) & (two.score > 0.5) & in_image(HOLISTIC)
    assert both[:, HOLISTIC["right_hand"]].any()
    gaps = np.abs(one.points[..., 0] - (1 - two.points[..., 0]))[both]
    assert np.median(gaps) < 0.01
    assert np.quantile(gaps, 0.98) < 0.05  # the wrong side would be a quarter of the image away
    wrongly = track(Holistic(), iter([flipped]))
    np.testing.assert_array_equal(wrongly.seen("left_hand"), two.seen("right_hand"))
    np.testing.assert_array_equal(wrongly.points[:, 11], two.points[:, 12])


@pytest.mark.parametrize("side", [0, 1])
def test_of_two_people_it_is_the_one_in_the_box(drawn: Path, side: int) -> None:
    one, two = (whole(clip(drawn, id, np.arange(12, 20, 2))) for id in ("0200201", "0200301"))
    pixels = np.concatenate([one.pixels, two.pixels], axis=2)
    media = replace(one.shot.media, width=pixels.shape[2])
    entry = replace(one.shot.entry, box=(320.0 * side, 0.0, 320.0 * side + 320, 240.0))
    both = replace(one, pixels=pixels, shot=replace(one.shot, media=media, entry=entry))
    found = track(Pose(), iter([both]))
    assert found.seen("body").all()
    shoulders = found.points[:, 11:13, 0] * 2 - side
    assert ((shoulders > 0) & (shoulders < 1)).all()


def test_smoothing_calms_and_refining_changes(drawn: Path) -> None:
    smooth, rough = (track(Pose(smooth=each), clip(drawn, "0200301", stride=1)) for each in (True, False))
    plain = track(Pose(refine=False), clip(drawn, "0200301", stride=1))

    def tremble(found: Track) -> float:
        return float(np.median(np.abs(np.diff(found.points[:, POSE["body"]][:, 11:13], n=2, axis=0))))

    assert tremble(smooth) < 0.8 * tremble(rough)
    assert np.abs(plain.points - smooth.points).max() > 0.001


def test_bodies_have_scores_even_where_hidden(drawn: Path) -> None:
    found = track(Pose(), clip(drawn, "0200301", stride=4))
    assert found.seen("body").all()
    assert (found.score > 0).all()
    assert found.score[:, 27:33].max() < 0.5  # the feet are below the image
    np.testing.assert_array_equal(found.score[:, POSE["body"]], found.score[:, POSE["body_world"]])
    assert np.abs(found.points[:, POSE["body_world"]]).max() < 3


@pytest.mark.parametrize("model", [Pose, Holistic])
@pytest.mark.parametrize("settings", [{"detector": 1.5}, {"presence": -0.1}, {"back": -1}, {"search": float("nan")}])
def test_settings_out_of_range_are_refused(model: type[Pose | Holistic], settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(settings))):
        model(**settings)
