"""Both hands, against joints that are known and against MediaPipe itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from chereme.errors import SettingsError
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.hands import Hands
from chereme.skeleton import HANDS
from chereme.types import Entry, Floats, Frames, Media, Shot, Track

PARITY = Path(__file__).parent / "mediapipe_static.npz"
"""Three drawn frames (`pixels`), and the hands that mediapipe 0.10.21's `solutions.hands` finds in them in static mode:
`points` (hands, 21, xyz), `frame` and `right` (hands,): its "Left", since it takes images to be selfies."""


def frames(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], seconds: Floats) -> Frames:
    height, width = pixels.shape[1:3]
    count = len(pixels)
    media = Media(
        path=Path("a.mp4"), bytes=1, width=width, height=height, fps=25, frames=count, seconds=count / 25, whole=False
    )
    shot = Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=count)
    return Frames(shot=shot, index=np.arange(count), pixels=pixels, seconds=seconds.astype(np.float64))


def clip(drawn: Path, id: str, stride: int) -> Iterator[Frames]:
    media = probe(drawn / "videos" / f"{id}.mp4").media
    shot = Shot(entry=Entry(id=id, gloss="a"), media=media, first=0, stop=media.frames)
    return decode(shot, np.arange(0, media.frames, stride))


def track(model: Hands, windows: Iterator[Frames]) -> Track:
    with model.open() as follow:
        (found,) = follow(windows)
    assert isinstance(found, Track)
    return found


def errors(found: Track, truth: Path) -> tuple[Floats, Floats]:
    """Distance of each visible hand in mid-sign from its true joints, own slot and other slot, in hand sizes."""
    media = found.shot.media
    with np.load(truth, allow_pickle=False) as joints:
        points, visible, middle = joints["points"], joints["visible"], joints["middle"]
    rows = (found.index >= middle[0]) & (found.index < middle[1])
    places = found.points[rows].reshape(-1, 2, 21, 3)[..., :2] * (media.width, media.height)
    true = points[found.index[rows]]
    size = np.linalg.norm(true[:, :, 0] - true[:, :, 9], axis=-1)
    shown = visible[found.index[rows]]
    own, other = (
        np.linalg.norm(each - true[..., :2], axis=-1).mean(axis=-1)[shown] / size[shown]
        for each in (places, places[:, ::-1])
    )
    return np.nan_to_num(own, nan=9.0), np.nan_to_num(other, nan=9.0)


@pytest.mark.parametrize(("stride", "sample"), [(1, 7), (2, 5)])
def test_drawn_hands_are_found_placed_and_named(drawn: Path, stride: int, sample: int) -> None:
    # Sorted by sign, then by one of six signers: a step that shares no factor with six meets all of them.
    clips = sorted(path.stem for path in (drawn / "videos").glob("*.mp4"))[::sample]
    own: list[float] = []
    other: list[float] = []
    with Hands().open() as follow:
        for id in clips:
            (found,) = follow(clip(drawn, id, stride))
            assert isinstance(found, Track)
            apart = errors(found, drawn / "joints" / f"{id}.npz")
            own += apart[0].tolist()
            other += apart[1].tolist()
    near = np.minimum(own, other)
    assert (near < 1).mean() >= 0.98
    assert (np.array(own)[near < 1] <= near[near < 1]).mean() >= 0.98
    assert near[near < 1].mean() < 0.10


def test_a_mirrored_video_has_the_same_sides_when_told(drawn: Path) -> None:
    (plain,) = clip(drawn, "0200201", 2)
    flipped = replace(plain, pixels=np.ascontiguousarray(plain.pixels[:, :, ::-1]))
    one, two = track(Hands(), iter([plain])), track(Hands(mirror=True), iter([flipped]))
    three = track(Hands(), iter([flipped]))
    for part in ("left_hand", "right_hand"):
        assert (one.seen(part) == two.seen(part)).mean() > 0.9
        both = one.seen(part) & two.seen(part)
        gap = one.points[both, HANDS[part], 0] - (1 - two.points[both, HANDS[part], 0])
        assert not both.any() or np.abs(gap).mean() < 0.05
    assert three.seen("left_hand").sum() == two.seen("right_hand").sum()


def test_static_mode_finds_what_mediapipe_finds() -> None:
    with np.load(PARITY, allow_pickle=False) as golden:
        pixels, points, frame, right = (golden[name] for name in ("pixels", "points", "frame", "right"))
    found = track(Hands(static=True), iter([frames(pixels, np.arange(len(pixels), dtype=np.float32))]))
    assert int(found.seen("left_hand").sum() + found.seen("right_hand").sum()) == len(frame)
    for row, is_right, expected in zip(frame, right, points, strict=True):
        mine = found.points[row, HANDS["right_hand" if is_right else "left_hand"]]
        scale = np.array([pixels.shape[2], pixels.shape[1], pixels.shape[2]])
        size = np.linalg.norm((expected[0] - expected[9])[:2] * scale[:2])
        apart = np.linalg.norm(((mine - expected) * scale)[:, :2], axis=1).mean()
        assert apart / size < 0.002
        assert np.abs((mine - expected) * scale)[:, 2].mean() / size < 0.002


def test_opening_leaves_the_threads_of_opencv_as_they_were() -> None:
    before = cv2.getNumThreads()
    with Hands().open():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before


def test_the_smaller_network_finds_drawn_hands_near_their_joints(drawn: Path) -> None:
    fast = Hands(precision="fast")
    assert fast.fingerprint() != Hands().fingerprint()
    own, _ = errors(track(fast, clip(drawn, "0200301", 2)), drawn / "joints" / "0200301.npz")
    assert np.mean(own) < 0.15


@pytest.mark.parametrize(
    ("setting", "value"), [("precision", "half"), ("detector", 1.5), ("presence", -0.1), ("gap", -1.0), ("back", -1)]
)
def test_impossible_settings_are_refused(setting: str, value: object) -> None:
    with pytest.raises(SettingsError, match=setting):
        Hands(**{setting: value})  # type: ignore[arg-type]


def test_real_clips_show_their_hands(shared_data: Path) -> None:
    with Hands().open() as follow:
        for clip in ("words/more/1.mp4", "words/eat/5.mp4"):
            media = probe(shared_data / clip).media
            shot = Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=media.frames)
            (found,) = follow(decode(shot, np.arange(0, media.frames, 4)))
            assert isinstance(found, Track)
            assert (found.seen("left_hand") | found.seen("right_hand")).mean() > 0.9
