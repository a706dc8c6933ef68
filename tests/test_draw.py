from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from chereme.draw import draw_points, draw_video, read_pose, sheet
from chereme.errors import OutputError, Rejected, SettingsError
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.samples.clean import Clean
from chereme.skeleton import HOLISTIC
from chereme.types import Track
from tests.people import person, unseen

TRACK = person(np.linspace(0, 60, 30), np.linspace(0, 150, 30))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "a.pose"
    path.write_bytes(pose_bytes(as_pose(TRACK)))
    return path


def colored(pixels: npt.NDArray[Any], color: tuple[int, int, int]) -> int:
    return int((np.abs(pixels.astype(int) - color).max(axis=-1) < 40).sum())


ORANGE, BLUE, GREEN = (255, 140, 40), (40, 170, 255), (120, 220, 120)


def test_each_part_has_its_color_and_the_unseen_none() -> None:
    white = np.full((240, 320, 3), 255, np.uint8)
    drawn = draw_points(white, TRACK, 0)
    assert min(colored(drawn, color) for color in (ORANGE, BLUE, GREEN)) > 20
    lost = draw_points(white, unseen(TRACK, "left_hand", slice(0, 1)), 0)
    assert colored(lost, ORANGE) == 0
    assert (white == 255).all(), "the frame given is left alone"


def test_points_in_meters_are_not_in_the_picture() -> None:
    alone = TRACK
    for part in ("body", "face", "left_hand", "right_hand"):
        alone = unseen(alone, part, slice(None))
    assert (draw_points(np.full((240, 320, 3), 255, np.uint8), alone, 0) == 255).all()


def test_guesses_are_not_drawn() -> None:
    white = np.full((240, 320, 3), 255, np.uint8)
    score = TRACK.score.copy()
    score[:, HOLISTIC["body"]] = 1e-6
    assert colored(draw_points(white, replace(TRACK, score=score), 0), GREEN) == 0


def test_a_pose_on_white_as_a_video(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    draw_video(read_pose(recorded), out, "white")
    made = probe(out).media
    assert (made.frames, made.width, made.height, made.fps) == (30, 320, 240, 25)


def test_a_pose_over_its_video(recorded: Path, tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mp4", [np.full((480, 640, 3), 90, np.uint8)] * 30, 25)
    out = tmp_path / "a.mp4"
    track = read_pose(recorded, video)
    draw_video(track, out)
    made = probe(out).media
    assert (made.frames, made.width, made.height) == (30, 640, 480)
    (window,) = decode(replace(track.shot, media=made), np.array([0]))
    assert colored(window.pixels[0], (90, 90, 90)) > 0.8 * 640 * 480
    assert colored(window.pixels[0], GREEN) > 20


def test_a_video_of_another_length_is_refused(recorded: Path, tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mp4", [np.full((48, 64, 3), 90, np.uint8)] * 29, 25)
    with pytest.raises(Rejected, match="30 frames"):
        read_pose(recorded, video)


def test_a_gif_moves_at_the_poses_rate(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.gif"
    draw_video(read_pose(recorded), out, "white")
    with Image.open(out) as image:
        assert image.n_frames == 30  # type: ignore[attr-defined]
        assert image.info["duration"] == 40
        assert image.size == (320, 240)


def test_a_sheet_of_frames(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    draw_video(read_pose(recorded), out, "white")
    image = cv2.imread(str(out))
    assert image is not None
    assert image.shape == (4 * 180, 6 * 240, 3)


@pytest.mark.parametrize(("frames", "shape"), [(1, (180, 240, 3)), (6, (180, 1440, 3)), (7, (360, 1440, 3))])
def test_sheets_are_filled_up_with_white(frames: int, shape: tuple[int, ...]) -> None:
    black = np.zeros((240, 320, 3), np.uint8)
    made = sheet(iter([black] * frames))
    assert made.shape == shape
    assert (made == 255).all(axis=2).sum() == made[..., 0].size - frames * 180 * 240


def test_a_normalized_pose_is_drawn_as_large_as_it_is(tmp_path: Path) -> None:
    cleaned = Clean(size=0, fps=0).clean(TRACK)
    assert (cleaned.shot.media.width, cleaned.shot.media.height) == (1, 1)
    path = tmp_path / "n.pose"
    path.write_bytes(pose_bytes(as_pose(cleaned)))
    out = tmp_path / "n.png"
    draw_video(read_pose(path), out, "white")
    image = cv2.imread(str(out))
    assert image is not None
    assert colored(image[..., ::-1], GREEN) > 100


def test_nobody_is_drawn_as_nothing(tmp_path: Path) -> None:
    empty: Track = TRACK
    for part in HOLISTIC.parts:
        empty = unseen(empty, part.name, slice(None))
    tiny = replace(empty, shot=replace(empty.shot, media=replace(empty.shot.media, width=1, height=1)))
    out = tmp_path / "n.png"
    draw_video(tiny, out, "white")
    image = cv2.imread(str(out))
    assert image is not None
    assert (image == 255).all()


def test_what_cannot_be_written_is_said(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.mp4, \.gif, \.png"):
        draw_video(read_pose(recorded), tmp_path / "a.webm", "white")
    with pytest.raises(OutputError, match="no regular file"):
        draw_video(read_pose(recorded), tmp_path, "white")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        draw_video(read_pose(recorded), tmp_path / "file" / "a.png", "white")


def test_the_same_bytes_twice(recorded: Path, tmp_path: Path) -> None:
    for name in ("gif", "png"):
        for run in "ab":
            draw_video(read_pose(recorded), tmp_path / f"{run}.{name}", "white")
        assert (tmp_path / f"a.{name}").read_bytes() == (tmp_path / f"b.{name}").read_bytes()
