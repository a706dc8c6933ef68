import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import Rejected
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.landmarks.recorded import probe_recording, read_recording, read_track
from chereme.samples.essential import reduce
from chereme.skeleton import HANDS, HOLISTIC
from chereme.types import Shot, Track
from tests.factories import make_entry
from tests.people import person, unseen

TRACK = unseen(person(np.linspace(0, 60, 12), np.linspace(0, 150, 12), fps=29.97), "left_hand", slice(3, 7))
BYTES = pose_bytes(as_pose(TRACK))


def written(folder: Path, data: bytes, name: str = "a.pose") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read(path: Path, skeleton: object = HOLISTIC) -> Track:
    media, _ = probe_recording(path)
    shot = Shot(entry=make_entry(), media=media, first=0, stop=media.frames)
    return read_track(shot, np.arange(media.frames), skeleton)  # type: ignore[arg-type]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, BYTES))
    np.testing.assert_allclose(found.points, TRACK.points, atol=1e-6)
    np.testing.assert_allclose(found.score, TRACK.score, atol=1e-6)
    assert found.shot.media.fps == pytest.approx(29.97)
    assert (found.shot.media.width, found.shot.media.height, found.shot.media.frames) == (320, 240, 12)
    np.testing.assert_allclose(found.seconds, TRACK.seconds, atol=1e-6)


def test_the_points_asked_for_are_taken_wherever_they_lie(tmp_path: Path) -> None:
    hands = read(written(tmp_path, BYTES), HANDS)
    assert hands.skeleton == HANDS
    np.testing.assert_allclose(hands.points[:, HANDS["right_hand"]], TRACK.points[:, HOLISTIC["right_hand"]], atol=1e-6)


def test_of_a_reduced_file_the_rest_is_unseen(tmp_path: Path) -> None:
    found = read(written(tmp_path, pose_bytes(as_pose(reduce(TRACK)))))
    names = HOLISTIC.names
    for name in ("body.LEFT_WRIST", "face.10", "right_hand.THUMB_TIP"):
        np.testing.assert_allclose(found.points[:, names.index(name)], TRACK.points[:, names.index(name)], atol=1e-6)
    assert not found.score[:, names.index("body.NOSE")].any()
    assert not found.seen("body_world").any()


def test_only_some_frames(tmp_path: Path) -> None:
    path = written(tmp_path, BYTES)
    media, seconds = probe_recording(path)
    shot = Shot(entry=make_entry(), media=media, first=2, stop=9)
    found = read_track(shot, np.array([2, 5, 8]), HOLISTIC)
    np.testing.assert_allclose(found.points[1], TRACK.points[5], atol=1e-6)
    np.testing.assert_array_equal(found.seconds, seconds[[2, 5, 8]])


def test_no_numbers_are_unseen(tmp_path: Path) -> None:
    pose = as_pose(TRACK)
    pose.body.data[0, 0, 0] = np.inf
    pose.body.data[1, 0, 1] = np.nan
    pose.body.confidence[2, 0, 2] = np.nan
    pose.body.confidence[3, 0, 3] = 7
    found = read(written(tmp_path, pose_bytes(pose)))
    assert [found.score[row, row] for row in range(4)] == [0, 0, 0, 1]


HEADER = len(BYTES) - 4 * (12 * 576 * 4) - 10
"""Bytes before the body: fps as float, frames as unsigned int, people as short, then the numbers."""
HOSTILE = {
    "nothing": (b"", "empty_file"),
    "text": (b"<html>not found</html>" * 9, "not_a_pose"),
    "cut off in the header": (BYTES[:500], "not_a_pose"),
    "cut off in the body": (BYTES[:-1], "not_a_pose"),
    "another version": (struct.pack("<f", 0.7) + BYTES[4:], "not_a_pose"),
    "no version": (struct.pack("<f", float("nan")) + BYTES[4:], "not_a_pose"),
    "the oldest version": (struct.pack("<f", 0.0) + BYTES[4:], "not_a_pose"),
    "a width of nothing": (BYTES[:4] + bytes(2) + BYTES[6:], "not_a_pose"),
    "many components": (BYTES[:10] + b"\xff\xff" + BYTES[12:], "not_a_pose"),
    "no components": (BYTES[:10] + bytes(2) + BYTES[12:], "not_a_pose"),
    "a rate of nothing": (BYTES[:HEADER] + struct.pack("<f", 0) + BYTES[HEADER + 4 :], "not_a_pose"),
    "no number for a rate": (BYTES[:HEADER] + struct.pack("<f", float("nan")) + BYTES[HEADER + 4 :], "not_a_pose"),
    "four billion frames": (BYTES[: HEADER + 4] + b"\xff" * 4 + BYTES[HEADER + 8 :], "not_a_pose"),
    "no frames": (BYTES[: HEADER + 4] + bytes(4) + BYTES[HEADER + 8 :], "no_frames"),
    "nobody": (BYTES[: HEADER + 8] + bytes(2) + BYTES[HEADER + 10 :], "not_a_pose"),
    "a crowd": (BYTES[: HEADER + 8] + b"\xff\xff" + BYTES[HEADER + 10 :], "not_a_pose"),
    "other components": (BYTES.replace(b"LANDMARKS", b"LANDMARCH"), "not_a_pose"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_a_reject(case: str, tmp_path: Path) -> None:
    data, reason = HOSTILE[case]
    with pytest.raises(Rejected) as trouble:
        read(written(tmp_path, data))
    assert trouble.value.reason == reason, trouble.value


def test_no_file_is_a_reject(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="missing_file"):
        read_recording(tmp_path / "none.pose")


@given(place=st.integers(0, HEADER + 40), byte=st.integers(0, 255))
def test_any_byte_changed_gives_a_track_or_a_reject(
    place: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = BYTES[:place] + bytes([byte]) + BYTES[place + 1 :]
    path = written(tmp_path_factory.getbasetemp(), data)
    try:
        found = read(path)
    except Rejected:
        return
    assert found.points.shape[1:] == (576, 3)


def test_version_0_1(tmp_path: Path) -> None:
    body = struct.pack("<HHH", 25, 12, 1) + BYTES[HEADER + 10 :]
    found = read(written(tmp_path, struct.pack("<f", 0.1) + BYTES[4:HEADER] + body))
    np.testing.assert_allclose(found.points, TRACK.points, atol=1e-6)
    assert found.shot.media.fps == 25


def test_the_given_files(shared_data: Path) -> None:
    track = read(shared_data / "pose/mediapipe.pose")
    assert track.points.shape == (170, 576, 3)
    assert track.seen("right_hand").mean() > 0.5
    assert not track.seen("left_hand").any()
    for path in sorted((shared_data / "pose/dummy_lexicon").rglob("*.pose")):
        assert read(path).seen("body").all()


def test_the_hands_alone_are_a_file(tmp_path: Path) -> None:
    hands = read(written(tmp_path, BYTES), HANDS)
    again = read(written(tmp_path, pose_bytes(as_pose(hands)), "b.pose"), HANDS)
    np.testing.assert_allclose(again.points, hands.points, atol=1e-6)
    assert replace(again, shot=hands.shot).seen("left_hand").tolist() == hands.seen("left_hand").tolist()
