"""The pictures of a clip, and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from chereme.exports.picture import Box
from chereme.types import Floats

PACKED = 5
"""Arrays of a picture in `Crop.pack`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crop:
    """A picture of one clip."""

    frame: int
    """Which frame of the file."""
    box: Box
    """What of that frame."""
    score: float
    """How well the frame shows what was asked for, see `region.merit`: of hands, the sum of their mean scores."""
    points: Floats = field(repr=False)
    """(points, xy) of both hands, left first, in pixels of the picture; NaN where unseen, none where not tracked."""
    jpeg: bytes = field(repr=False)
    others: tuple["Crop", ...] = ()
    """More pictures of the clip, next best first."""

    def pack(self) -> bytes:
        """The pictures and what is known of them, as an NPZ of numbers."""
        data = BytesIO()
        arrays: dict[str, Any] = {}
        for number, each in enumerate((self, *self.others)):
            facts = {"frame": each.frame, "box": each.box, "score": each.score, "points": each.points}
            facts["jpeg"] = np.frombuffer(each.jpeg, np.uint8)
            arrays |= {name + (f"-{number}" if number else ""): value for name, value in facts.items()}
        np.savez(data, **arrays)
        return data.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> "Crop":
        """The reverse of `pack`."""
        with np.load(BytesIO(data), allow_pickle=False) as saved:
            first, *others = (_unpacked(saved, f"-{n}" if n else "") for n in range(len(saved.files) // PACKED))
        return replace(first, others=tuple(others))


def _unpacked(saved: Mapping[str, npt.NDArray[Any]], suffix: str) -> Crop:
    x0, y0, x1, y1 = saved[f"box{suffix}"].tolist()
    return Crop(
        frame=int(saved[f"frame{suffix}"]),
        box=(x0, y0, x1, y1),
        score=float(saved[f"score{suffix}"]),
        points=saved[f"points{suffix}"],
        jpeg=saved[f"jpeg{suffix}"].tobytes(),
    )
