"""What a recognizer said of clips, beside what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from chereme.types import Floats, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What a recognizer said of clips, beside what is known of them."""

    probabilities: Floats = field(repr=False)
    """(clips, classes), each row adding up to 1."""
    labels: npt.NDArray[np.int64] = field(repr=False)
    """(clips,) the right class of each."""
    ids: tuple[str, ...] = field(repr=False)
    signers: tuple[str, ...] = field(repr=False)
    """'' where it is not known."""
    sources: tuple[str, ...] = field(repr=False)
    """'' where it is not known."""
    vocabulary: Vocabulary = field(repr=False)

    def __post_init__(self) -> None:
        shape = len(self.ids), len(self.vocabulary)
        if self.probabilities.shape != shape:
            raise ValueError(f"probabilities must be {shape}, not {self.probabilities.shape}")
        if not {len(self.labels), len(self.signers), len(self.sources)} == {shape[0]}:
            raise ValueError(f"labels, signers and sources must be as many as ids, {shape[0]}")
        if len(self.labels) and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < shape[1]:
            raise ValueError(f"labels must be classes from 0 to {shape[1] - 1}")
        if len(self.labels) and not np.allclose(self.probabilities.sum(axis=1), 1, atol=1e-3):
            raise ValueError("probabilities must add up to 1 in each clip")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: Iterable[int]) -> "Answers":
        """Those of some clips, in the order asked for."""
        chosen = np.array([*places], np.int64)
        ids, signers, sources = (tuple(each[i] for i in chosen) for each in (self.ids, self.signers, self.sources))
        return replace(
            self,
            probabilities=self.probabilities[chosen],
            labels=self.labels[chosen],
            ids=ids,
            signers=signers,
            sources=sources,
        )

    def best(self, k: int) -> npt.NDArray[np.int64]:
        """(clips, k) the likeliest classes, best first; of equally likely ones the smaller label."""
        return np.argsort(-self.probabilities, axis=1, kind="stable")[:, :k]

    @property
    def ranks(self) -> npt.NDArray[np.int64]:
        """(clips,) at which place of `best` the right class stands, from 0."""
        ordered = self.best(len(self.vocabulary))
        return np.asarray((ordered == self.labels[:, None]).argmax(axis=1), np.int64)
