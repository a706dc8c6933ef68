"""Where palms are searched."""

import pytest

from chereme.landmarks.geometry import Region
from chereme.landmarks.views import Views


@pytest.mark.parametrize(("width", "height", "count"), [(640, 480, 6), (1280, 720, 3), (480, 240, 3), (240, 480, 3)])
def test_closer_views_cover_the_image_for_small_hands_and_none(width: int, height: int, count: int) -> None:
    views = Views(width, height)
    assert views.first == Region(width / 2, height / 2, max(width, height))
    for largest in (None, width / 50):
        closer = views.closer(largest)
        assert len(closer) == count
        for x in range(0, width, 7):
            for y in range(height // 8, height * 7 // 8, 7):
                assert any(abs(x - v.x) <= v.size / 2 and abs(y - v.y) <= v.size / 2 for v in closer)
        assert abs(closer[0].x - width / 2) <= width / 8
    assert views.closer(max(width, height) / 4) == []


def test_with_a_box_nothing_else_is_searched() -> None:
    views = Views(640, 480, (100, 50, 200, 250))
    assert views.first == Region(150, 150, 240)
    assert views.closer(None) == []
    assert Views(640, 480, (0, 0, 640, 480)).first.size == 640
