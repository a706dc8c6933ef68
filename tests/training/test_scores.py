from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chereme.errors import DatasetError
from chereme.training.answers import Answers
from chereme.training.calibration import calibration
from chereme.training.scores import score
from chereme.types import Vocabulary

SIX = Vocabulary(("book", "can", "hello", "light", "stop", "wind"))


def make_answers(
    said: list[int],
    meant: list[int],
    confidence: float = 0.7,
    signers: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Answers:
    """Each clip's answer with one confidence, the rest shared evenly by the other glosses."""
    classes = len(SIX)
    probabilities = np.full((len(said), classes), (1 - confidence) / (classes - 1), np.float32)
    probabilities[np.arange(len(said)), said] = confidence
    return Answers(
        probabilities=probabilities,
        labels=np.array(meant, np.int64),
        ids=tuple(map(str, range(len(said)))),
        signers=signers or ("",) * len(said),
        sources=sources or ("",) * len(said),
        vocabulary=SIX,
    )


def test_top_k_by_clip_and_by_class() -> None:
    # Of the three clips of 0 all are right, of the one clip of 1 none: by class that is a half, by clip three quarters.
    scores = score(make_answers([0, 0, 0, 5], [0, 0, 0, 1]))
    first, fifth = scores.top
    assert (first.k, first.per_instance.value, first.per_class.value) == (1, 0.75, 0.5)
    assert fifth.per_instance.value == 1.0, "of the equally unlikely ones, 1 is the second to be named"
    assert (scores.clips, scores.classes) == (4, 2)
    assert [top.k for top in scores.top] == [1, 5], "the right one is always among ten of six"


def test_equally_likely_answers_are_named_in_label_order() -> None:
    answers = make_answers([0] * 6, [0, 1, 2, 3, 4, 5], confidence=1 / 6)
    assert answers.ranks.tolist() == [0, 1, 2, 3, 4, 5]


def test_confused_pairs_and_the_least_recognized() -> None:
    scores = score(make_answers([1, 1, 0, 0, 3], [0, 0, 0, 1, 3]))
    assert [(pair.gloss, pair.answer, pair.clips, pair.of, pair.back) for pair in scores.confused] == [
        ("book", "can", 2, 3, 1),
        ("can", "book", 1, 1, 2),
    ]
    assert scores.confusion == ((0, 0, 1), (0, 1, 2), (1, 0, 1), (3, 3, 1))
    assert [(row.name, row.recall.right, row.recall.of, row.answered) for row in scores.glosses] == [
        ("can", 0, 1, 2),
        ("book", 1, 3, 2),
        ("light", 1, 1, 1),
    ]


def test_by_signer_and_by_source() -> None:
    signers, sources = ("a", "a", "b", "", "c"), ("tv", "tv", "tv", "web", "")
    answers = make_answers([0, 1, 2, 3, 0], [0, 1, 3, 3, 1], signers=signers, sources=sources)
    scores = score(answers, trained=frozenset({"a", "x"}))
    assert [(row.name, row.top1.right, row.top1.of, row.seen) for row in scores.signers] == [
        ("a", 2, 2, True),
        ("b", 0, 1, False),
        ("c", 0, 1, False),
        ("", 1, 1, None),
    ]
    assert [(row.name, row.top1.right, row.top1.of) for row in scores.sources] == [
        ("tv", 2, 3),
        ("web", 1, 1),
        ("", 0, 1),
    ]
    assert scores.seen_signers is not None
    assert scores.unseen_signers is not None
    assert scores.unknown_signers is not None
    assert (scores.seen_signers.value, scores.unseen_signers.value, scores.unknown_signers.value) == (1, 0, 1)


def test_without_signers_nobody_is_said_to_be_unseen() -> None:
    scores = score(make_answers([0, 1], [0, 1], signers=("a", "b")))
    assert (scores.seen_signers, scores.unseen_signers, scores.signers[0].seen) == (None, None, None)
    assert score(make_answers([0, 1], [0, 1])).signers == ()
    assert score(make_answers([0, 1], [0, 1])).over_signers is None


def test_a_few_signers_make_the_interval_wide() -> None:
    # Two of eight people are always wrong: whose clips one happens to have matters more than how many of them.
    meant = [label % 6 for label in range(160)]
    said = [label if clip % 8 > 1 else (label + 1) % 6 for clip, label in enumerate(meant)]
    scores = score(make_answers(said, meant, signers=tuple(str(clip % 8) for clip in range(160))))
    assert scores.over_signers is not None
    one = scores.top[0].per_instance
    assert scores.over_signers.value == one.value == 0.75
    assert scores.over_signers.high - scores.over_signers.low > 2 * (one.high - one.low)


def test_calibration_of_the_overconfident() -> None:
    found = calibration(make_answers([0] * 10, [0] * 6 + [1] * 4, confidence=0.9))
    assert found.error == pytest.approx(0.3, abs=1e-6)
    assert found.excess == pytest.approx(0.3, abs=1e-6)
    (only,) = found.bins
    assert (only.clips, only.right) == (10, 0.6)
    assert only.low < only.confidence <= only.high


def test_calibration_of_the_modest_has_the_same_error_with_the_other_sign() -> None:
    found = calibration(make_answers([0] * 10, [0] * 10, confidence=0.7))
    assert [found.error, found.excess] == pytest.approx([0.3, -0.3], abs=1e-6)


def test_a_threshold_leaves_answers_out() -> None:
    scores = score(make_answers([0, 1], [0, 0], confidence=0.65))
    assert [(each.answered, each.right) for each in scores.thresholds] == [(2, 1)] * 6 + [(0, 0)] * 3


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_order_of_clips_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    answers = make_answers([said for said, _ in pairs], [meant for _, meant in pairs])
    turned = answers.take(range(len(answers) - 1, -1, -1))
    one, other = score(answers), score(turned)
    assert one.confusion == other.confusion
    assert one.confused == other.confused
    assert one.glosses == other.glosses
    assert one.calibration.error == pytest.approx(other.calibration.error)
    for first, second in zip(one.top, other.top, strict=True):
        assert first.per_instance == second.per_instance
        assert first.per_class.value == pytest.approx(second.per_class.value)
        assert first.per_instance.low <= first.per_instance.value <= first.per_instance.high


def test_agrees_with_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    functional = pytest.importorskip("torchmetrics.functional.classification")
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(6, 0.4), 300).astype(np.float32)
    labels = random.integers(0, 6, 300)
    answers = replace(make_answers([0] * 300, labels.tolist()), probabilities=probabilities)
    scores, said, meant = score(answers), torch.from_numpy(probabilities), torch.from_numpy(labels)
    for top in scores.top:
        for average, ours in (("micro", top.per_instance.value), ("macro", top.per_class.value)):
            theirs = functional.multiclass_accuracy(said, meant, num_classes=6, top_k=top.k, average=average)
            assert ours == pytest.approx(float(theirs), abs=1e-6)
    theirs = functional.multiclass_calibration_error(said, meant, num_classes=6, n_bins=15, norm="l1")
    assert scores.calibration.error == pytest.approx(float(theirs), abs=1e-6)
    matrix = functional.multiclass_confusion_matrix(said, meant, num_classes=6)
    assert sum(clips for *_, clips in scores.confusion) == 300
    assert all(matrix[truth, answer] == clips for truth, answer, clips in scores.confusion)


def test_nothing_to_judge_by_is_said() -> None:
    with pytest.raises(DatasetError, match="no clip"):
        score(make_answers([], []))


@pytest.mark.parametrize("wrong", [np.float32(0.5), np.float32(np.nan)])
def test_what_are_no_probabilities_is_refused(wrong: np.float32) -> None:
    answers = make_answers([0, 1], [0, 1])
    with pytest.raises(ValueError, match="add up to 1"):
        replace(answers, probabilities=answers.probabilities * wrong)
    with pytest.raises(ValueError, match="must be"):
        replace(answers, probabilities=answers.probabilities[:, :3])
    with pytest.raises(ValueError, match="classes from 0 to 5"):
        replace(answers, labels=np.array([0, 6]))
