"""The recognizer `hierarchical`: convolutions in time, a head for groups of signs, and one for signs that sees it."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt

from chereme.errors import SettingsError
from chereme.skeleton import Skeleton
from chereme.training.extra import networks
from chereme.training.groups import by_index, by_signs
from chereme.types import Floats, Vocabulary

Grouping = Literal["index", "signs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchical:
    """Groups first, signs within them after: each label's group is in a table that the checkpoint carries."""

    groups: Grouping = "index"
    """Where the table comes from when none is given: consecutive labels, or signs that look alike when trained on."""
    count: int = 0
    """Groups that are made; 0: the square root of the number of signs."""
    table: tuple[int, ...] = ()
    """The group of each label, numbered from 0."""
    dropout: float = 0.2
    """Share of values that training drops after each dense layer."""
    group_weight: float = 0.3
    """Share of the loss that is the groups', the rest is the signs'."""

    learning_rate: ClassVar[float] = 1e-3
    """Half the usual: chosen by WLASL100's val clips, see the page Recognition."""

    def __post_init__(self) -> None:
        if self.groups not in get_args(Grouping):
            raise SettingsError(f"[hierarchical] groups is 'index' or 'signs', not '{self.groups}'")
        if self.table and sorted(set(self.table)) != list(range(max(self.table) + 1)):
            raise SettingsError(f"[hierarchical] table numbers its groups from 0 without a gap, not {set(self.table)}")
        if self.count < 0 or not 0 <= self.dropout < 1 or not 0 <= self.group_weight <= 1:
            raise SettingsError("[hierarchical] count is at least 0, dropout 0 to below 1, group-weight 0 to 1")

    def informed(
        self, points: Floats, mask: npt.NDArray[np.bool_], labels: npt.NDArray[np.int64], skeleton: Skeleton
    ) -> "Hierarchical":
        """With the table of signs that look alike, where that is asked for."""
        if self.table or self.groups == "index":
            return self
        return replace(self, table=by_signs(points, mask, labels, self.count))

    def build(self, skeleton: Skeleton, frames: int, vocabulary: Vocabulary) -> Any:
        """The network; any number of frames."""
        table = self.table or by_index(len(vocabulary), self.count)
        if len(table) != len(vocabulary):
            raise SettingsError(f"[hierarchical] table has {len(table)} labels, the vocabulary {len(vocabulary)}")
        return networks("hierarchical").Network(self, table, skeleton)
