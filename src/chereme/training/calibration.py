"""How sure a recognizer is of its answers, beside how often they are right."""

from dataclasses import dataclass

import numpy as np

from chereme.training.answers import Answers

BINS = 15
"""Equally wide bins of confidence, as in Guo et al. 2017, On Calibration of Modern Neural Networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of about the same confidence."""

    low: float
    high: float
    clips: int
    confidence: float
    """Their mean."""
    right: float
    """The share of them that was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whether an answer given with confidence 0.8 is right in 8 of 10 cases."""

    error: float
    """The expected calibration error: how far confidence and rightness lie apart, the mean over clips."""
    excess: float
    """Mean confidence less the share that was right: above 0 it is too sure of itself."""
    bins: tuple[Bin, ...]
    """Those that hold clips, by rising confidence."""


def calibration(answers: Answers) -> Calibration:
    """How confidence and rightness go together, in `BINS` bins of the same width."""
    answer = answers.best(1)[:, 0]
    confidence = np.take_along_axis(answers.probabilities, answer[:, None], axis=1)[:, 0].astype(np.float64)
    right = answer == answers.labels
    place = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    bins = tuple(
        Bin(
            low=each / BINS,
            high=(each + 1) / BINS,
            clips=int((place == each).sum()),
            confidence=float(confidence[place == each].mean()),
            right=float(right[place == each].mean()),
        )
        for each in np.unique(place).tolist()
    )
    error = sum(each.clips * abs(each.confidence - each.right) for each in bins) / len(answers)
    return Calibration(error=error, excess=float(confidence.mean() - right.mean()), bins=bins)
