"""How far the runtime `openvino-mixed` lies from single precision; on other processors there is nothing between."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from chereme import plugins
from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks import hand, runtimes, weights
from chereme.landmarks.runtimes import ROUNDED, OpenVino, openvino_mixed
from chereme.types import Entry, Floats, Frames, Shot, Track

CLIPS = "0200301", "0800101"
SIZES = {"left_hand": (0, 9), "right_hand": (0, 9), "body": (11, 12), "face": (234, 454)}
"""The two points whose distance is a part's size."""


def windows(drawn: Path, id: str) -> Iterator[Frames]:
    media = probe(drawn / "videos" / f"{id}.mp4").media
    shot = Shot(entry=Entry(id=id, gloss="a"), media=media, first=0, stop=media.frames)
    yield from decode(shot, np.arange(0, media.frames, 3))


def tracks(drawn: Path, model: str, runtime: str, **settings: bool) -> list[Track]:
    spec = plugins.load("models", model)(runtime=runtime, **settings)
    with spec.open() as follow:
        found = [each for id in CLIPS for each in follow(windows(drawn, id))]
    assert all(isinstance(each, Track) for each in found)
    return found


def apart(one: Track, other: Track) -> Floats:
    """Distances of points that both have, in sizes of their part."""
    shape = one.shot.media.width, one.shot.media.height
    found: list[Floats] = []
    for name, (a, b) in SIZES.items():
        if any(part.name == name for part in one.skeleton.parts):
            slot = one.skeleton[name]
            first, second = (each.points[:, slot, :2] * shape for each in (one, other))
            size = np.linalg.norm(first[:, a] - first[:, b], axis=1)[:, np.newaxis]
            found.append((np.linalg.norm(first - second, axis=2) / size).ravel())
    together: Floats = np.concatenate(found)
    return together[~np.isnan(together)]


@pytest.mark.parametrize("model", ["hands", "holistic"])
def test_mixed_precision_moves_points_little(drawn: Path, model: str) -> None:
    pairs = list(zip(tracks(drawn, model, "openvino"), tracks(drawn, model, "openvino-mixed"), strict=True))
    off = np.concatenate([apart(one, other) for one, other in pairs])
    assert np.median(off) < 0.005
    assert np.quantile(off, 0.95) < 0.03
    for part in pairs[0][0].skeleton.parts:
        seen = np.array([each.seen(part.name).sum() for pair in pairs for each in pair]).reshape(-1, 2).sum(axis=0)
        assert abs(seen[0] - seen[1]) <= 0.02 * seen[0]


@pytest.mark.parametrize("settings", [{"static": True}, {"faithful": True}])
def test_what_shall_be_as_mediapipe_has_it_is_not_rounded(drawn: Path, settings: dict[str, bool]) -> None:
    for one, other in zip(
        tracks(drawn, "holistic", "openvino", **settings),
        tracks(drawn, "holistic", "openvino-mixed", **settings),
        strict=True,
    ):
        np.testing.assert_array_equal(one.points, other.points)


@pytest.mark.skipif(not runtimes.native_bfloat16(ov.Core()), reason="this processor has no bfloat16")
@pytest.mark.parametrize("name", list(ROUNDED))
def test_a_processor_with_bfloat16_rounds(name: str) -> None:
    side = ov.Core().read_model(weights.path(name)).input(0).shape[1]
    image = np.random.default_rng(0).random((1, side, side, 3), np.float32)
    exact = OpenVino().load(weights.path(name))(image)
    rounded = openvino_mixed().load(weights.path(name))(image)
    assert all((values != exact[output]).any() for output, values in rounded.items())


@pytest.mark.parametrize("name", list(ROUNDED))
def test_only_a_processor_with_bfloat16_rounds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    side = ov.Core().read_model(weights.path(name)).input(0).shape[1]
    image = np.random.default_rng(0).random((1, side, side, 3), np.float32)
    exact = OpenVino().load(weights.path(name))(image)
    monkeypatch.setattr(runtimes, "native_bfloat16", lambda core: False)
    for output, values in openvino_mixed().load(weights.path(name))(image).items():
        np.testing.assert_array_equal(values, exact[output])


def test_several_images_are_computed_one_by_one() -> None:
    images = np.random.default_rng(0).random((2, 224, 224, 3), np.float32)
    network = openvino_mixed().load(weights.path(hand.NAME), (hand.POINTS,))
    together = network(images)[hand.POINTS]
    for i in range(2):
        np.testing.assert_array_equal(together[i], network(images[i : i + 1])[hand.POINTS][0])
