"""Groups of signs: even by index, alike by how they look."""

import numpy as np

from chereme.training.groups import by_index, by_signs
from tests.training.walks import examples


def test_consecutive_labels_in_even_groups() -> None:
    assert by_index(6, 3) == (0, 0, 1, 1, 2, 2)
    assert by_index(9) == (0, 0, 0, 1, 1, 1, 2, 2, 2)
    assert by_index(1) == (0,)


def test_signs_that_look_alike_are_together() -> None:
    held = examples(40, 16)
    twice = np.where(held.labels == 0, 0, 1) + 2 * (np.arange(40) // 20)  # labels 0 and 2 look alike, and 1 and 3
    same = held.take(np.flatnonzero((held.labels == 0) | (held.labels == 1)))
    labels = twice[np.flatnonzero((held.labels == 0) | (held.labels == 1))]
    assert by_signs(same.points, same.mask, labels, 2) == (0, 1, 0, 1)
