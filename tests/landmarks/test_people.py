"""Who is followed when several people are in view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.landmarks.geometry import Region
from chereme.landmarks.people import MARGIN, signer, usable, within

WIDTH, HEIGHT = 640, 480
LEFT, RIGHT = Region(160, 200, 100), Region(480, 200, 100)


def chosen(*regions: Region, **facts: object) -> int | None:
    return signer(regions, [0.9] * len(regions), WIDTH, HEIGHT, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("regions", "facts", "which"),
    [
        ((), {}, None),
        ((Region(10, 470, 20),), {}, 0),
        ((LEFT, Region(480, 200, 60)), {}, 0),
        ((Region(160, 200, 60), RIGHT), {}, 1),
        ((LEFT, Region(330, 200, 100)), {}, 1),
        ((Region(320, 200, 50), LEFT), {}, 1),
        ((LEFT, RIGHT), {"box": (320, 0, 640, 480)}, 1),
        ((Region(160, 200, 300), RIGHT), {"box": (320, 0, 640, 480)}, 1),
        ((LEFT,), {"box": (320, 0, 640, 480)}, None),
        ((LEFT, Region(480, 200, 150)), {"before": Region(170, 205, 100)}, 0),
        ((LEFT, Region(480, 200, 150)), {"before": Region(320, 20, 50)}, 1),
        ((LEFT, RIGHT), {"before": LEFT, "box": (320, 0, 640, 480)}, 1),
    ],
)
def test_the_one_in_the_box_else_the_one_before_else_the_main_one(
    regions: tuple[Region, ...], facts: dict[str, object], which: int | None
) -> None:
    assert chosen(*regions, **facts) == which


def test_the_surer_of_two_alike() -> None:
    assert signer([LEFT, RIGHT], [0.6, 0.9], WIDTH, HEIGHT) == 1


def test_a_box_of_a_larger_copy_of_the_file_is_passed_over() -> None:
    assert usable((0, 0, 1280, 720), WIDTH, HEIGHT) is None
    assert usable((0, 0, 650, 480), WIDTH, HEIGHT) == (0, 0, 650, 480)
    assert chosen(LEFT, RIGHT, box=(900, 0, 1280, 720)) is not None


places = st.builds(Region, st.floats(0, WIDTH), st.floats(0, HEIGHT), st.floats(5, 400))


@given(st.lists(places, min_size=1, max_size=6))
def test_nobody_else_is_both_larger_and_nearer_the_middle(regions: list[Region]) -> None:
    which = chosen(*regions)
    assert which is not None
    one = regions[which]
    for other in regions:
        assert not (other.size > one.size * 1.001 and abs(other.x - WIDTH / 2) < abs(one.x - WIDTH / 2))


@given(places)
def test_the_margin_is_a_share_of_the_box(region: Region) -> None:
    box = (100.0, 100.0, 300.0, 400.0)
    wide, high = MARGIN * 200, MARGIN * 300
    assert within(region, box) == (100 - wide <= region.x <= 300 + wide and 100 - high <= region.y <= 400 + high)
