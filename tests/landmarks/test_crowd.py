"""Whose hands are whose, of several people: made-up paths, then two drawn signers side by side."""

import json
from pathlib import Path as File

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from chereme.frames.decode import decode
from chereme.frames.probe import probe
from chereme.landmarks.crowd import SEVERAL, signers_own
from chereme.landmarks.follow import Path
from chereme.landmarks.geometry import Region
from chereme.landmarks.hand import Hand
from chereme.landmarks.hands import Hands
from chereme.landmarks.people import Box
from chereme.types import Bytes, Entry, Floats, Frames, Media, Shot, Track

WIDTH, HEIGHT = 1000, 500
NOWHERE = np.zeros((21, 3), np.float32)


def path(x: float, size: float = 60, right: float = 0.5, frames: range = range(20)) -> Path:
    return Path({at: Hand(NOWHERE, 1.0, right, Region(x, 250, size)) for at in frames})


def own(*paths: Path, box: Box | None = None) -> list[int]:
    kept, _ = signers_own(paths, WIDTH, box)
    return [paths.index(each) for each in kept]


LEFT_PAIR = path(150, right=0.95), path(300, right=0.05)
RIGHT_PAIR = path(700, 90, right=0.95), path(850, 90, right=0.05)


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        ((), []),
        ((path(100),), [0]),
        (LEFT_PAIR, [0, 1]),
        ((*LEFT_PAIR, *RIGHT_PAIR), [2, 3]),
        ((RIGHT_PAIR[0], *LEFT_PAIR, RIGHT_PAIR[1]), [0, 3]),
        ((*LEFT_PAIR, RIGHT_PAIR[0]), [2]),
        ((path(100), path(900)), [0]),
        ((path(100, frames=range(10)), path(900, frames=range(10, 20))), [0, 1]),
    ],
)
def test_the_hands_of_the_largest_are_kept(paths: tuple[Path, ...], kept: list[int]) -> None:
    assert own(*paths) == kept


def test_of_four_hands_in_a_row_the_inner_two_are_no_pair() -> None:
    # Each inner hand is nearer to the other person's inner hand than to its owner's other hand.
    row = [path(x, right=right) for x, right in ((100, 0.95), (440, 0.05), (560, 0.95), (900, 0.05))]
    assert own(*row) in ([0, 1], [2, 3])


def test_short_sightings_go_to_whom_they_belong() -> None:
    pieces = [path(150, right=0.95, frames=range(k, k + 3)) for k in range(30, 90, 3)]
    others = [path(705, 90, right=0.95, frames=range(k, k + 3)) for k in range(30, 90, 3)]
    paths = [*LEFT_PAIR, *RIGHT_PAIR, *pieces, *others]
    kept = own(*paths)
    assert {2, 3} <= set(kept)
    assert not {0, 1} & set(kept)
    assert all(k >= 4 + len(pieces) for k in set(kept) - {2, 3})


def test_nobody_has_three_hands() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        paths = [
            path(float(rng.uniform(0, WIDTH)), float(rng.uniform(30, 90)), float(rng.uniform()), range(a, a + 12))
            for a in rng.integers(0, 12, 7)
        ]
        kept = [paths[i] for i in own(*paths)]
        assert all(sum(at in each.hands for each in kept) <= 2 for at in range(30))


SMALLER = 0.6
CUT = 40
"""Columns at each side of a drawn clip that are left out, so that two signers stand close."""


def beside(drawn: File, signer: str, other: str, *, left: bool) -> tuple[Frames, Floats, Floats, Box, Box]:
    """A clip of a signer and a smaller one; the true joints of both, (frames, 2, 21, xy), and their boxes."""
    boxes = {
        instance["video_id"]: instance["bbox"]
        for gloss in json.loads((drawn / "metadata.json").read_bytes())
        for instance in gloss["instances"]
    }
    pixels, joints, around = [], [], []
    for place, (id, scale) in enumerate(((signer, 1.0), (other, SMALLER))):
        media = probe(drawn / "videos" / f"{id}.mp4").media
        (window,) = decode(
            Shot(entry=Entry(id=id, gloss="a"), media=media, first=0, stop=media.frames),
            np.arange(0, media.frames, 2),
            window_bytes=1 << 30,
        )
        with np.load(drawn / "joints" / f"{id}.npz", allow_pickle=False) as truth:
            start, stop = truth["middle"]
            rows = (window.index >= start) & (window.index < stop)
            points = np.where(truth["visible"][..., None, None], truth["points"][..., :2], np.nan)[window.index[rows]]
        wide, high = round(media.width * scale), round(media.height * scale)
        x, y = (media.width - wide) // 2, media.height - high
        edges = (y, 0, x, media.width - wide - x)
        shown = np.stack(
            [
                cv2.copyMakeBorder(cv2.resize(image, (wide, high)), *edges, cv2.BORDER_REPLICATE)
                for image in window.pixels[rows]
            ]
        )[:, :, CUT : media.width - CUT]
        shift = np.array([x - CUT + shown.shape[2] * (place == left), y])
        pixels.append(shown)
        joints.append(points * scale + shift)
        x0, y0, x1, y1 = np.array(boxes[id]) * scale + [*shift, *shift]
        around.append((float(x0), float(y0), float(x1), float(y1)))
    count = min(map(len, pixels))
    image: Bytes = np.concatenate([each[:count] for each in (pixels if left else pixels[::-1])], axis=2)
    return frames(image), joints[0][:count], joints[1][:count], around[0], around[1]


def frames(pixels: Bytes, box: Box | None = None) -> Frames:
    count, height, width = pixels.shape[:3]
    media = Media(
        path=File("a.mp4"),
        bytes=1,
        width=width,
        height=height,
        fps=12.5,
        frames=count,
        seconds=count / 12.5,
        whole=False,
    )
    shot = Shot(entry=Entry(id="a", gloss="a", box=box), media=media, first=0, stop=count)
    return Frames(shot=shot, index=np.arange(count), pixels=pixels, seconds=np.arange(count) / 12.5)


def near(track: Track, joints: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of each true hand, whether it was found; of each found one, whether it is one of these."""
    media = track.shot.media
    found = track.points.reshape(-1, 2, 21, 3)[..., :2] * (media.width, media.height)
    size = np.linalg.norm(joints[:, :, 0] - joints[:, :, 9], axis=-1)
    apart = np.linalg.norm(found[:, :, None] - joints[:, None], axis=-1).mean(axis=-1) / size[:, None]
    close = np.nan_to_num(apart, nan=9) < 1
    return close.any(axis=1)[~np.isnan(size)], close.any(axis=2)[~np.isnan(found[:, :, 0, 0])]


def test_of_two_drawn_signers_the_right_one_is_followed(drawn: File) -> None:
    for signer, other, left in (("0200301", "0100401", True), ("0300201", "0600101", False)):
        clip, mine, theirs, box, their_box = beside(drawn, signer, other, left=left)
        with Hands().open() as follow:
            for around, wanted, unwanted in ((None, mine, theirs), (box, mine, theirs), (their_box, theirs, mine)):
                (track,) = follow(iter([frames(clip.pixels, around)]))
                assert isinstance(track, Track)
                found, own_ones = near(track, wanted)
                assert found.mean() >= 0.95
                assert own_ones.mean() >= 0.95
                assert not near(track, unwanted)[1].any()
                assert track.note == ("" if around else SEVERAL)
