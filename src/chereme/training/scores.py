"""How good answers are: top-k by clip and by class, calibration, confusions; by gloss, signer and source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chereme.errors import DatasetError
from chereme.training.answers import Answers
from chereme.training.calibration import Calibration, calibration
from chereme.training.intervals import Interval, Share, over_classes, over_groups, wilson

TOP = 1, 5, 10
"""Among how many answers the right one is looked for; numbers that leave out no class are left out."""
MOST_PAIRS = 50
"""Confused pairs that are listed."""
THRESHOLDS = tuple(step / 10 for step in range(1, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """How often the right class is among the `k` likeliest."""

    k: int
    per_instance: Share
    """Of all clips; Wilson's interval."""
    per_class: Interval
    """The mean over classes; a bootstrap over clips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clips that have something in common, and in how many of them the likeliest class is right."""

    name: str
    top1: Share
    seen: bool | None = None
    """Of a signer: whether clips of the same person were trained on; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gloss:
    """One class: how many of its clips were recognized, and how many clips were taken for it."""

    name: str
    label: int
    recall: Share
    answered: int
    """Clips of any class for which it was the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """Clips of one gloss that were taken for another."""

    gloss: str
    answer: str
    clips: int
    of: int
    """Clips of the gloss."""
    back: int
    """Clips of the other that were taken for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What comes of answering only where the confidence reaches this."""

    confidence: float
    answered: int
    right: int
    """Of those answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All that is measured of answers."""

    clips: int
    classes: int
    """Classes with clips among these."""
    top: tuple[Top, ...]
    over_signers: Interval | None
    """Top-1 by a bootstrap that draws signers anew; None with fewer than five."""
    seen_signers: Share | None
    """Top-1 of clips of people who were trained on."""
    unseen_signers: Share | None
    """Top-1 of clips of people who were not."""
    unknown_signers: Share | None
    """Top-1 of clips of which nobody knows who signs."""
    calibration: Calibration
    thresholds: tuple[Threshold, ...]
    glosses: tuple[Gloss, ...]
    """Of every class with clips, the least recognized first."""
    signers: tuple[Group, ...]
    """Most clips first."""
    sources: tuple[Group, ...]
    """Most clips first."""
    confused: tuple[Confused, ...]
    """Most clips first."""
    confusion: tuple[tuple[int, int, int], ...]
    """Label, answer, and in how many clips: every pair that occurs, right ones too."""


def score(answers: Answers, trained: frozenset[str] = frozenset(), seed: int = 0) -> Scores:
    """The scores of answers; `trained` are the signers of the clips that were trained on.

    Raises `DatasetError` without a clip. The seed is that of the bootstraps.
    """
    if not len(answers):
        raise DatasetError("there is no clip to judge by")
    ranks, classes = answers.ranks, len(answers.vocabulary)
    right = ranks == 0
    tops = [k for k in TOP if k == 1 or k < classes]
    known = np.array([bool(signer) for signer in answers.signers])
    seen = np.array([signer in trained for signer in answers.signers])
    labelled = bool(trained)  # without any signer trained on, nobody is said to be unseen
    return Scores(
        clips=len(answers),
        classes=len(np.unique(answers.labels)),
        top=tuple(
            Top(
                k=k,
                per_instance=wilson(int((ranks < k).sum()), len(ranks)),
                per_class=over_classes(ranks < k, answers.labels, seed),
            )
            for k in tops
        ),
        over_signers=over_groups(right, answers.signers, seed) if known.any() else None,
        seen_signers=_among(right, known & seen) if labelled else None,
        unseen_signers=_among(right, known & ~seen) if labelled else None,
        unknown_signers=_among(right, ~known) if labelled else None,
        calibration=calibration(answers),
        thresholds=_thresholds(answers, right),
        glosses=_glosses(answers),
        signers=_groups(answers.signers, right, trained if labelled else None),
        sources=_groups(answers.sources, right),
        confused=_confused(answers),
        confusion=tuple((*pair, clips) for pair, clips in sorted(_pairs(answers).items())),
    )


def _among(right: npt.NDArray[np.bool_], which: npt.NDArray[np.bool_]) -> Share | None:
    return wilson(int(right[which].sum()), int(which.sum())) if which.any() else None


def _thresholds(answers: Answers, right: npt.NDArray[np.bool_]) -> tuple[Threshold, ...]:
    confidence = answers.probabilities.max(axis=1)
    return tuple(
        Threshold(confidence=each, answered=int((confidence >= each).sum()), right=int(right[confidence >= each].sum()))
        for each in THRESHOLDS
    )


def _glosses(answers: Answers) -> tuple[Gloss, ...]:
    answer = answers.best(1)[:, 0]
    taken = Counter(answer.tolist())
    rows = [
        Gloss(
            name=answers.vocabulary.glosses[label],
            label=label,
            recall=wilson(int((answer[answers.labels == label] == label).sum()), int((answers.labels == label).sum())),
            answered=taken[label],
        )
        for label in np.unique(answers.labels).tolist()
    ]
    return tuple(sorted(rows, key=lambda row: (row.recall.value, -row.recall.of, row.label)))


def _groups(
    names: Sequence[str], right: npt.NDArray[np.bool_], trained: frozenset[str] | None = None
) -> tuple[Group, ...]:
    """By name, those without one last; none at all when nobody has a name."""
    there = Counter(names)
    if set(there) <= {""}:
        return ()
    good = Counter(name for name, each in zip(names, right.tolist(), strict=True) if each)
    return tuple(
        Group(
            name=name,
            top1=wilson(good[name], clips),
            seen=None if trained is None or not name else name in trained,
        )
        for name, clips in sorted(there.items(), key=lambda pair: (not pair[0], -pair[1], pair[0]))
    )


def _pairs(answers: Answers) -> Counter[tuple[int, int]]:
    return Counter(zip(answers.labels.tolist(), answers.best(1)[:, 0].tolist(), strict=True))


def _confused(answers: Answers) -> tuple[Confused, ...]:
    pairs, there = _pairs(answers), Counter(answers.labels.tolist())
    wrong = sorted(
        ((clips, truth, answer) for (truth, answer), clips in pairs.items() if truth != answer),
        key=lambda each: (-each[0], -each[0] / there[each[1]], each[1], each[2]),
    )
    glosses = answers.vocabulary.glosses
    return tuple(
        Confused(gloss=glosses[truth], answer=glosses[answer], clips=clips, of=there[truth], back=pairs[answer, truth])
        for clips, truth, answer in wrong[:MOST_PAIRS]
    )
