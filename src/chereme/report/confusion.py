"""The confusion matrix as squares to draw: every gloss a row and a column, or several together where there are many."""

from collections import defaultdict
from dataclasses import dataclass

from chereme.training.scores import Scores
from chereme.types import Vocabulary

MOST_SIDE = 150
"""Rows of the picture; of more glosses, neighbors in label order share one."""
MOST_NAMED = 40
"""Rows that are named at the side."""
SIDE = 600
"""Width and height of the squares together, in the picture's own unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Clips of one row that were answered with one column."""

    row: int
    column: int
    clips: int
    share: float
    """Of the row's clips; how dark the square is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What is drawn."""

    size: int
    """Rows, and as many columns."""
    together: int
    """Glosses that share a row."""
    names: tuple[str, ...]
    """Of each row; empty where several glosses share one."""
    squares: tuple[Square, ...]

    @property
    def named(self) -> bool:
        """Whether there is room for names at the side."""
        return bool(self.names) and self.size <= MOST_NAMED

    @property
    def cell(self) -> float:
        """Width and height of a square."""
        return SIDE / self.size


def matrix(scores: Scores, vocabulary: Vocabulary) -> Matrix:
    """The matrix of the glosses that have clips or are answers, in label order."""
    met = sorted({label for truth, answer, _ in scores.confusion for label in (truth, answer)})
    together = -(-len(met) // MOST_SIDE)
    place = {label: order // together for order, label in enumerate(met)}
    clips: defaultdict[tuple[int, int], int] = defaultdict(int)
    of: defaultdict[int, int] = defaultdict(int)
    for truth, answer, count in scores.confusion:
        clips[place[truth], place[answer]] += count
        of[place[truth]] += count
    size = -(-len(met) // together)
    return Matrix(
        size=size,
        together=together,
        names=tuple(vocabulary.glosses[label] for label in met) if together == 1 else (),
        squares=tuple(
            Square(row=row, column=column, clips=count, share=count / of[row])
            for (row, column), count in sorted(clips.items())
        ),
    )
