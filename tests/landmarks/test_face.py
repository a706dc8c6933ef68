"""The face, against MediaPipe itself and against the drawn signer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from chereme import plugins
from chereme.errors import SettingsError
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks import face_detection, mesh
from chereme.landmarks.face import Face
from chereme.landmarks.face_of_body import FaceOfBody
from chereme.types import Entry, Floats, Frames, Shot, Track
from tests.factories import make_media

HERE = Path(__file__).parent
PIXELS = HERE / "mediapipe_static.npz"
"""Three drawn frames."""
PARITY = HERE / "mediapipe_face.npz"
"""What mediapipe 0.10.21 finds, shares of the image: `static` (3, 468, xyz) by `solutions.face_mesh` in static mode in
the frames of `PIXELS`; `follow` (8, 468, xyz) by the same, following, in every third frame of the drawn clip 0200501;
`holistic` (8, 468, xyz) by `solutions.holistic` in the same frames, and `body` (8, 11, xyz), its body's face points."""
FOLLOWED = "0200501"


def clip(drawn: Path, id: str, index: range | None = None) -> Iterator[Frames]:
    media = probe(drawn / "videos" / f"{id}.mp4").media
    shot = Shot(entry=Entry(id=id, gloss="a"), media=media, first=0, stop=media.frames)
    return decode(shot, np.array(index or range(media.frames)))


def still(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], step: float = 0.04) -> Frames:
    height, width = pixels.shape[1:3]
    media = make_media(frames=len(pixels), width=width, height=height)
    shot = Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=len(pixels))
    index = np.arange(len(pixels))
    return Frames(shot=shot, index=index, pixels=pixels, seconds=np.asarray(index * step, np.float64))


def track(model: Face, *windows: Frames) -> Track:
    with model.open() as follow:
        (found,) = follow(windows)
    assert isinstance(found, Track)
    return found


def apart(found: Floats, expected: Floats, width: int, height: int) -> Floats:
    """(frames,) mean distance of the points (frames, 468, xyz), shares of the image, in widths of the face."""
    scale = np.array([width, height, width])
    size = np.ptp(expected[:, :, 0], axis=1) * width
    return np.asarray(np.linalg.norm((found - expected) * scale, axis=2).mean(axis=1) / size)


def test_static_mode_finds_what_mediapipe_finds() -> None:
    with np.load(PIXELS, allow_pickle=False) as seen, np.load(PARITY, allow_pickle=False) as golden:
        pixels, expected = seen["pixels"], golden["static"]
    found = track(Face(static=True), still(pixels))
    assert apart(found.points, expected, 320, 240).max() < 0.001


def test_following_finds_what_mediapipe_finds(drawn: Path) -> None:
    with np.load(PARITY, allow_pickle=False) as golden:
        expected = golden["follow"]
    found = track(Face(), *clip(drawn, FOLLOWED, range(0, 24, 3)))
    off = apart(found.points, expected, 320, 240)
    assert off.max() < 0.05
    # In its first frames MediaPipe's points are still those of the detector's region.
    assert off[3:].max() < 0.01


def test_the_face_of_a_body_is_what_holistic_finds(drawn: Path) -> None:
    with np.load(PARITY, allow_pickle=False) as golden:
        expected, bodies = golden["holistic"], golden["body"] * (320, 240, 320)
    runtime = plugins.load("runtimes", "openvino")()
    follower = FaceOfBody(face_detection.load(runtime, 0.5), mesh.load(runtime))
    (window,) = clip(drawn, FOLLOWED, range(0, 24, 3))
    found = [
        follower.step(image, float(time), face_detection.region_of_body(body))
        for image, time, body in zip(window.pixels, window.seconds, bodies, strict=True)
    ]
    assert None not in found
    points = np.array([each.points / (320, 240, 320) for each in found if each])
    assert apart(points, expected, 320, 240).max() < 0.01
    assert follower.step(window.pixels[0], 9.0, None) is None


def test_the_drawn_signers_faces_are_found(drawn: Path) -> None:
    clips = sorted(path.stem for path in (drawn / "videos").glob("*.mp4"))[::9]
    for id in clips:
        (window,) = clip(drawn, id, range(0, 30, 6))
        found = track(Face(), window)
        assert found.seen("face").all()
        assert (found.score[:, 0] == found.score[:, -1]).all()


def test_a_mirrored_image_has_a_mirrored_face(drawn: Path) -> None:
    (window,) = clip(drawn, FOLLOWED, range(0, 10, 3))
    flipped = replace(window, pixels=np.ascontiguousarray(window.pixels[:, :, ::-1]))
    plain, mirrored = track(Face(), window), track(Face(), flipped)
    order = np.arange(468)
    for a, b in plain.skeleton.parts[0].swaps:
        order[[a, b]] = b, a
    back = mirrored.points[:, order].copy()
    back[..., 0] = 1 - back[..., 0]
    assert apart(back, plain.points, 320, 240).max() < 0.05


def test_frames_far_apart_are_searched_anew(drawn: Path) -> None:
    (window,) = clip(drawn, FOLLOWED, range(0, 24, 3))
    slow = replace(window, seconds=np.arange(8, dtype=np.float64))
    whole, alone = track(Face(), slow), [track(Face(), still(window.pixels[t : t + 1])) for t in range(8)]
    np.testing.assert_array_equal(whole.points, np.concatenate([each.points for each in alone]))


def test_a_face_that_was_just_found_lies_where_following_has_it(drawn: Path) -> None:
    (window,) = clip(drawn, FOLLOWED, range(0, 24, 3))
    followed = track(Face(), window).points
    slow = replace(window, seconds=np.arange(8, dtype=np.float64))
    once, thrice = (apart(track(Face(static=s), slow).points, followed, 320, 240).mean() for s in (True, False))
    assert thrice < once / 2


def test_opening_leaves_the_threads_of_opencv_as_they_were() -> None:
    before = cv2.getNumThreads()
    with Face().open():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before


@pytest.mark.parametrize(("setting", "value"), [("detector", 1.5), ("presence", -0.1), ("gap", -1.0), ("back", -1)])
def test_impossible_settings_are_refused(setting: str, value: float) -> None:
    with pytest.raises(SettingsError, match=setting):
        Face(**{setting: value})  # type: ignore[arg-type]


def test_real_clips_show_their_faces(shared_data: Path) -> None:
    with Face().open() as follow:
        for name in ("words/more/1.mp4", "words/eat/5.mp4"):
            media = probe(shared_data / name).media
            shot = Shot(entry=Entry(id="a", gloss="a"), media=media, first=0, stop=media.frames)
            (found,) = follow(decode(shot, np.arange(0, media.frames, 4)))
            assert isinstance(found, Track)
            assert found.seen("face").all()
