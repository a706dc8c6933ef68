import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.exports.balance import Balance
from chereme.types import Split, Vocabulary

WORDS = Vocabulary(("book", "drink", "no"))
CLIPS: list[tuple[str, Split | None]] = [
    *(("book", "train") for _ in range(6)),
    *(("drink", "train") for _ in range(2)),
    *((gloss, "test") for gloss in ("book", "drink", "no")),
]


def test_counts_are_by_label_and_split() -> None:
    assert Balance.of(CLIPS, WORDS).counts == {"train": (6, 2, 0), "test": (1, 1, 1)}


def test_figures_are_over_classes_that_have_clips() -> None:
    train = Balance.of(CLIPS, WORDS).figures("train")
    assert (train.clips, train.classes, train.least, train.median, train.most, train.ratio) == (8, 2, 2, 4, 6, 3)
    assert train.empty == ("no",)


def test_incomplete_classes_lack_a_used_split() -> None:
    assert Balance.of(CLIPS, WORDS).incomplete == {"no": ("train",)}


@pytest.mark.parametrize("clips", [[], [("book", None)]])
def test_without_splits_no_class_is_incomplete(clips: list[tuple[str, Split | None]]) -> None:
    assert Balance.of(clips, WORDS).incomplete == {}


def test_a_class_without_any_clip_is_incomplete() -> None:
    assert Balance.of([("book", "train"), ("no", "train")], WORDS).incomplete == {"drink": ("train",)}


def test_weights_are_of_train_or_of_all() -> None:
    assert Balance.of(CLIPS, WORDS).sampler_weights() == [1 / 6, 1 / 2, 0]
    assert Balance.of([("book", None), ("no", None)], WORDS).sampler_weights() == [1, 0, 1]


@given(st.lists(st.sampled_from(WORDS.glosses), min_size=1))
def test_weights_make_classes_even(glosses: list[str]) -> None:
    balance = Balance.of([(gloss, "train") for gloss in glosses], WORDS)
    counts = np.array(balance.counts["train"])
    drawn = counts * balance.sampler_weights()
    assert drawn[counts > 0] == pytest.approx(1)
    loss = counts * balance.class_weights()
    assert loss.sum() == pytest.approx(len(glosses))
    assert loss[counts > 0] == pytest.approx(loss.max())


def test_the_file_is_plain_json() -> None:
    found = json.loads(json.dumps(Balance.of(CLIPS, WORDS).to_json(), allow_nan=False))
    assert found["splits"]["train"]["imbalance_ratio"] == 3
    assert found["counts"]["book"] == {"train": 6, "test": 1}
    assert found["incomplete"] == {"no": ["train"]}
    assert found["class_weights"] == [pytest.approx(8 / 12), 2, 0]
    assert json.dumps(Balance.of([], WORDS).to_json(), allow_nan=False)
