"""Plots of an evaluation: how sure answers are and how often right, and how well single glosses are recognized."""

from typing import Any

import numpy as np
from markupsafe import Markup

from chereme.report.plots import INK, SIZE, svg, whole_numbers
from chereme.training.scores import Scores

_STEPS = 10


def reliability(scores: Scores) -> Markup:
    """The share of right answers by confidence, beside the line on which both are equal."""

    def draw(axes: Any) -> None:
        for each in scores.calibration.bins:
            axes.bar(each.low, each.right, each.high - each.low, align="edge", color=INK["var(--accent)"], linewidth=0)
        axes.plot([0, 1], [0, 1], color=INK["var(--mark)"], linewidth=1.4)
        _shares(axes, "confidence", "right")

    bins = "; ".join(f"{each.confidence:.2f}: {each.right:.2f}" for each in scores.calibration.bins)
    return svg("reliability", f"Share of right answers by confidence: {bins}", SIZE, draw)


def thresholds(scores: Scores) -> Markup:
    """What is answered and what is right when only confident answers are given."""
    rows = scores.thresholds
    answered = [1.0, *(each.answered / scores.clips for each in rows)]
    right = [
        scores.top[0].per_instance.value,
        *(each.right / each.answered if each.answered else np.nan for each in rows),
    ]
    at = [0.0, *(each.confidence for each in rows)]

    def draw(axes: Any) -> None:
        axes.plot(at, right, color=INK["var(--accent)"], linewidth=1.8, marker="o", markersize=3)
        axes.plot(at, answered, color=INK["var(--other)"], linewidth=1.4, linestyle="--")
        _shares(axes, "least confidence", "share")
        axes.set_ylim(0, 1.05)

    told = "; ".join(
        f"{one:.1f}: {share:.2f} of {part:.2f}" for one, share, part in zip(at, right, answered, strict=True)
    )
    return svg("thresholds", f"Share of right answers among those given, by least confidence: {told}", SIZE, draw)


def recalls(scores: Scores) -> Markup:
    """How many glosses have which share of their clips recognized."""
    values = np.array([gloss.recall.value for gloss in scores.glosses])

    def draw(axes: Any) -> None:
        axes.hist(values, bins=_STEPS, range=(0, 1), color=INK["var(--accent)"], rwidth=0.9)
        axes.set_xlim(0, 1)
        axes.set_xlabel("share of a gloss's clips recognized")
        axes.set_ylabel("glosses")
        whole_numbers(axes)

    alt = f"Histogram of the share recognized over {len(values)} glosses: {int((values == 1).sum())} wholly, "
    return svg("recalls", alt + f"{int((values == 0).sum())} never", SIZE, draw)


def _shares(axes: Any, across: str, up: str) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"])
    axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
