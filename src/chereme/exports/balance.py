"""How evenly clips are spread over classes and splits, and the weights that make up for it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chereme.exports.names import NO_SPLIT
from chereme.types import SPLITS, Split, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Clips of one split over the classes."""

    clips: int
    classes: int
    """Classes that have any clip here; the figures below are over these."""
    least: int
    median: float
    most: int
    ratio: float
    """Imbalance: clips of the largest class to those of the smallest; 1 is even, 0 when there are no clips."""
    empty: tuple[str, ...]
    """Glosses of the vocabulary without a clip here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Clips per class and split."""

    glosses: tuple[str, ...]
    counts: dict[str, tuple[int, ...]]
    """Split to clips per label; only splits that are used, `all` for clips without one."""

    @classmethod
    def of(cls, clips: Iterable[tuple[str, Split | None]], vocabulary: Vocabulary) -> "Balance":
        """The balance of clips, each its gloss and split; glosses outside the vocabulary are passed over."""
        known = set(vocabulary.glosses)
        number = Counter((gloss, split or NO_SPLIT) for gloss, split in clips if gloss in known)
        used = [split for split in (*SPLITS, NO_SPLIT) if any(split == each for _, each in number)]
        counts = {split: tuple(number[gloss, split] for gloss in vocabulary.glosses) for split in used}
        return cls(glosses=vocabulary.glosses, counts=counts)

    @property
    def incomplete(self) -> dict[str, tuple[str, ...]]:
        """Glosses that lack a clip in some split that is used, with these splits; none where no splits are used."""
        used = [split for split in SPLITS if split in self.counts]
        lacking = {
            gloss: tuple(split for split in used if not self.counts[split][label])
            for label, gloss in enumerate(self.glosses)
        }
        return {gloss: splits for gloss, splits in lacking.items() if splits}

    @property
    def trained(self) -> str:
        """The split that weights are for: train, or all clips where there is no such split."""
        return "train" if "train" in self.counts else NO_SPLIT

    def figures(self, split: str) -> Figures:
        """The figures of one split."""
        counts = self.counts[split]
        some = [count for count in counts if count]
        return Figures(
            clips=sum(counts),
            classes=len(some),
            least=min(some, default=0),
            median=float(np.median(some)) if some else 0.0,
            most=max(some, default=0),
            ratio=max(some) / min(some) if some else 0.0,
            empty=tuple(gloss for gloss, count in zip(self.glosses, counts, strict=True) if not count),
        )

    def sampler_weights(self) -> list[float]:
        """Weight of a clip of each label, for `torch.utils.data.WeightedRandomSampler`: one over its class's clips.

        Every class is then drawn equally often. 0 for classes without clips.
        """
        return [1 / count if count else 0.0 for count in self._training_counts()]

    def class_weights(self) -> list[float]:
        """Weight of each label in a loss: clips / (classes × clips of the class), 1 on average over the clips.

        As scikit-learn's `class_weight="balanced"`, after King and Zeng, "Logistic Regression in Rare Events Data"
        (2001). Classes without clips get 0 and are not counted.
        """
        counts = self._training_counts()
        clips, classes = sum(counts), sum(count > 0 for count in counts)
        return [clips / (classes * count) if count else 0.0 for count in counts]

    def to_json(self) -> dict[str, Any]:
        """What `balance.json` holds."""
        figures = {split: self.figures(split) for split in self.counts}
        return {
            "splits": {
                split: {
                    "clips": each.clips,
                    "classes": each.classes,
                    "min": each.least,
                    "median": each.median,
                    "max": each.most,
                    "imbalance_ratio": each.ratio,
                    "empty": list(each.empty),
                }
                for split, each in figures.items()
            },
            "incomplete": {gloss: list(splits) for gloss, splits in self.incomplete.items()},
            "counts": {
                gloss: {split: counts[label] for split, counts in self.counts.items()}
                for label, gloss in enumerate(self.glosses)
            },
            "weights_of": self.trained,
            "sampler_weights": self.sampler_weights(),
            "class_weights": self.class_weights(),
        }

    def _training_counts(self) -> tuple[int, ...]:
        return self.counts.get(self.trained, (0,) * len(self.glosses))
