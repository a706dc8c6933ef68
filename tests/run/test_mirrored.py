from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from chereme.landmarks.hands import Hands
from chereme.run.judge import Judged
from chereme.run.mirrored import sides
from tests.factories import make_shot


def judged(left: int, right: int, signers: int = 0) -> Judged:
    shots = tuple(make_shot(str(i), signer=f"s{i % signers}" if signers else None) for i in range(left + right))
    rows = pa.table({"right_share": [0.0] * left + [1.0] * right})
    return Judged(shots=shots, rejects=(), rows=rows)


class Bodies:
    """A landmark model that has no setting for mirror images."""


def test_an_ordinary_collection_is_counted_and_not_remarked_on() -> None:
    assert sides(judged(3, 27), Hands(), "hands") == {"right": 27, "left": 3, "neither": 0}


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        (Hands(), "if they are, track them with --hands.mirror"),
        (replace(Hands(), mirror=True), "if they are none, track them with --hands.no-mirror"),
        (Bodies(), "if they are, flip them"),
    ],
)
def test_many_left_hands_are_remarked_on_with_the_remedy(model: Any, remedy: str) -> None:
    remark = sides(judged(27, 3), model, "hands")["mirrored"]
    assert remark.startswith("the left hand leads in 27 of 30 clips, though")
    assert remark.endswith(remedy)


def test_signers_are_counted_where_they_are_known() -> None:
    assert "27 of 30 clips of 4 signers" in sides(judged(27, 3, signers=4), Hands(), "hands")["mirrored"]
    assert "signers, though" not in sides(judged(27, 3, signers=1), Hands(), "hands")["mirrored"]
