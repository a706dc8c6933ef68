import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pose_format import Pose
from pose_format.pose_visualizer import PoseVisualizer
from pose_format.utils.generic import detect_known_pose_format, normalize_pose_size, reduce_holistic

from chereme.errors import ExtraMissing, Rejected, SettingsError
from chereme.exports.lexicon import Lexicon
from chereme.exports.pose import Poses
from chereme.exports.pose_file import as_pose, pose_bytes
from chereme.samples.clean import Clean
from chereme.samples.essential import reduce
from chereme.skeleton import FACE, HANDS, HOLISTIC, POSE, Part, Skeleton
from chereme.types import Track
from tests.factories import make_track
from tests.people import person, unseen

TRACK = unseen(person(np.linspace(0, 60, 20), np.linspace(0, 150, 20), fps=29.97), "left_hand", slice(5, 9))


def again(pose: Pose) -> Pose:
    return Pose.read(pose_bytes(pose))


def test_the_header_is_that_of_pose_formats_own_loader(shared_data: Path) -> None:
    known = json.loads((shared_data / "pose/holistic_header.json").read_text("utf-8"))["468"]
    header = again(as_pose(TRACK)).header
    assert len(header.components) == len(known)
    for ours, theirs in zip(header.components, known, strict=True):
        assert (ours.name, ours.format, list(ours.points)) == (theirs["name"], theirs["format"], theirs["points"])
        assert [list(limb) for limb in ours.limbs] == theirs["limbs"]
        assert np.array(ours.colors).tolist() == theirs["colors"]


def test_sizes_units_rate_and_version() -> None:
    pose = again(as_pose(TRACK, found=True))
    assert round(pose.header.version, 3) == 0.2
    dimensions = pose.header.dimensions
    assert (dimensions.width, dimensions.height, dimensions.depth) == (320, 240, 0)
    assert pose.body.fps == pytest.approx(29.97)
    data = pose.body.data.data[:, 0]
    assert data.shape == (20, 576, 3)
    np.testing.assert_allclose(data[0, :33], TRACK.points[0, :33] * (320, 240, 1), rtol=1e-5, atol=1e-4)
    world = HOLISTIC["body_world"]
    np.testing.assert_allclose(data[0, world], TRACK.points[0, world] * (320, 240, 1), rtol=1e-5, atol=1e-4)


def test_confidence_is_visibility_for_the_body_and_yes_or_no_for_the_rest() -> None:
    confidence = again(as_pose(TRACK, found=True)).body.confidence[:, 0]
    assert np.unique(confidence[:, HOLISTIC["body"]]).tolist() == pytest.approx([0.9])
    assert np.unique(confidence[:, HOLISTIC["face"]]).tolist() == [1]
    assert confidence[:, HOLISTIC["left_hand"]].all(axis=1).tolist() == [not 5 <= row < 9 for row in range(20)]


def test_what_is_missing_is_zeros() -> None:
    body = again(as_pose(TRACK)).body
    hand = HOLISTIC["left_hand"]
    assert not body.data.data[5:9, 0, hand].any()
    assert not body.confidence[5:9, 0, hand].any()


def test_a_frame_that_was_not_tracked_is_empty() -> None:
    sparse = make_track(stride=3)
    body = again(as_pose(sparse)).body
    assert len(body) == 40
    assert body.confidence[:, 0].any(axis=1).tolist() == [row % 3 == 0 for row in range(40)]


@pytest.mark.parametrize("skeleton", [HANDS, POSE, FACE])
def test_a_smaller_skeleton_is_a_file_of_these_components(skeleton: Skeleton) -> None:
    columns = np.concatenate([np.arange(576)[HOLISTIC[part.name]] for part in skeleton.parts])
    part = replace(TRACK, skeleton=skeleton, points=TRACK.points[:, columns], score=TRACK.score[:, columns])
    whole, alone = again(as_pose(TRACK)), again(as_pose(part))
    names = [component.name for component in alone.header.components]
    taken = whole.get_components(names)
    np.testing.assert_array_equal(alone.body.data.data, taken.body.data.data)
    for ours, theirs in zip(alone.header.components, taken.header.components, strict=True):
        assert (ours.points, ours.limbs) == (theirs.points, theirs.limbs)


def test_the_essential_points_are_those_that_pose_format_reduces_to() -> None:
    ours, theirs = again(as_pose(reduce(TRACK))), reduce_holistic(again(as_pose(TRACK)))
    for one, other in zip(ours.header.components, theirs.header.components, strict=True):
        assert (one.name, one.points, one.limbs) == (other.name, other.points, other.limbs)
        assert np.array_equal(one.colors, other.colors)
    np.testing.assert_array_equal(ours.body.data.data, theirs.body.data.data)
    np.testing.assert_array_equal(ours.body.confidence, theirs.body.confidence)
    assert ours.header.total_points() == 178


@pytest.mark.parametrize("cleaned", [False, True])
def test_pose_format_reads_reduces_normalizes_and_draws_it_without_mediapipe(cleaned: bool) -> None:
    assert "mediapipe" not in sys.modules
    pose = again(as_pose(Clean().clean(TRACK) if cleaned else TRACK))
    assert detect_known_pose_format(pose) == "holistic"
    pose = reduce_holistic(pose).normalize()
    normalize_pose_size(pose, 256)
    frames = list(PoseVisualizer(pose).draw())
    assert len(frames) == len(pose.body)
    assert all((frame != 255).any() for frame in frames)
    assert "mediapipe" not in sys.modules


@given(
    frames=st.integers(1, 5),
    seed=st.integers(0, 99),
    fps=st.floats(1, 240, width=32),
    lost=st.sampled_from(["body", "face", "left_hand", "right_hand", "body_world"]),
)
def test_read_write_read_loses_nothing(frames: int, seed: int, fps: float, lost: str) -> None:
    track = unseen(person(np.zeros(frames), 90, fps=fps, jitter=0.1, seed=seed), lost, slice(0, frames, 2))
    data = pose_bytes(as_pose(track))
    buffer = BytesIO()
    Pose.read(data).write(buffer)
    assert buffer.getvalue() == data


def test_an_image_too_large_for_the_header_is_a_reject() -> None:
    media = replace(TRACK.shot.media, width=70000)
    with pytest.raises(Rejected, match="too_large"):
        as_pose(replace(TRACK, shot=replace(TRACK.shot, media=media)))


def test_a_part_that_no_pose_file_has_is_refused() -> None:
    tail = Skeleton("cat", (Part(name="tail", points=("ROOT", "TIP"), edges=((0, 1),), mirror="tail"),))
    track = replace(TRACK, skeleton=tail, points=TRACK.points[:, :2], score=TRACK.score[:, :2])
    with pytest.raises(SettingsError, match="not tail"):
        as_pose(track)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chereme.exports.pose_file.find_spec", lambda name: None)
    for ask in (lambda: as_pose(TRACK), lambda: Poses().check(HANDS), lambda: Lexicon().check(HOLISTIC)):
        with pytest.raises(ExtraMissing, match=r"chereme\[pose\]"):
            ask()


def test_what_cannot_be_made_of_a_skeleton_is_said_before_work_starts() -> None:
    for skeleton in (HANDS, POSE, HOLISTIC):
        Poses().check(skeleton)
    with pytest.raises(SettingsError, match=r"--pose\.no-processed"):
        Poses().check(FACE)
    Poses(processed=False).check(FACE)
    with pytest.raises(SettingsError, match="--landmarks holistic"):
        Lexicon().check(HANDS)


def test_a_track_is_left_alone() -> None:
    before: Track = replace(TRACK, points=TRACK.points.copy(), score=TRACK.score.copy())
    as_pose(TRACK, found=True)
    np.testing.assert_array_equal(TRACK.points, before.points)
