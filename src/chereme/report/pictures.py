"""Small pictures of clips with their hands' skeleton as lines over it: those of the crops export, or made anew."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chereme.contracts import Executor
from chereme.exports.crop import Crop
from chereme.exports.crops import Crops
from chereme.report.facts import Facts, inside
from chereme.run.jobs import Prepare
from chereme.samples.normalize import HAND_PARTS
from chereme.samples.quality import measure
from chereme.skeleton import HAND_EDGES, HAND_POINTS
from chereme.types import Bytes, Sample

SHEET = 48
"""Pictures of the contact sheet, when they lie ready."""
DECODED = 24
"""Pictures made anew, at most: each costs the decoding of a frame."""
SIDE = 144
"""Pixels of a picture; it is shown somewhat smaller."""
_QUALITY = 80

_COLUMNS = ("id", "gloss", "split", "path", "frame", "score", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One clip at one frame."""

    id: str
    gloss: str
    split: str
    frame: int
    data: str = field(repr=False)
    """A JPEG of `SIDE` pixels as a data URI."""
    bones: dict[str, str] = field(repr=False)
    """By part: SVG path data in pixels of the picture; parts that were seen only."""
    joints: dict[str, str] = field(repr=False)

    @property
    def alt(self) -> str:
        """What one sees, in words."""
        seen = " and ".join(part.replace("_", " ") for part in self.bones) or "no hand"
        return f"frame {self.frame} with {seen}"


class Pictures:
    """Finds or makes pictures of clips by id."""

    def __init__(self, facts: Facts, executor: Executor) -> None:
        self._facts, self._executor = facts, executor
        self._folder, self._rows = _index(facts)

    @property
    def ready(self) -> bool:
        """Whether the crops export lies there and has any."""
        return len(self._rows) > 0

    def sheet(self) -> list[Picture]:
        """Pictures sampled evenly over glosses, sorted by gloss."""
        rows = self._rows if self.ready else self._facts.samples
        glosses = dict(zip(rows["id"].to_pylist(), rows["gloss"].to_pylist(), strict=True))
        pictures = self.of(spread_over({id: gloss or "" for id, gloss in glosses.items()}, self.most))
        return sorted(pictures.values(), key=lambda picture: (picture.gloss, picture.id))

    @property
    def most(self) -> int:
        """How many pictures a sheet may have."""
        return SHEET if self.ready else DECODED

    def of(self, ids: Sequence[str]) -> dict[str, Picture]:
        """Pictures by id, of those clips that have one."""
        pictures = {}
        for row in self._rows.filter(pc.is_in(self._rows["id"], pa.array(ids, pa.string()))).to_pylist():
            if picture := self._from_export(row):
                pictures[picture.id] = picture
        lacking = [id for id in ids if id not in pictures][:DECODED]
        return pictures | (self._anew(lacking) if lacking else {})

    def _from_export(self, row: Mapping[str, Any]) -> Picture | None:
        file = inside(self._folder, row["path"]) if self._folder else None
        image = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR_RGB) if file and file.is_file() else None
        points = np.asarray(row["points"] or [], np.float64)
        if image is None or points.size != len(HAND_PARTS) * len(HAND_POINTS) * 2:
            return None
        return _picture(row, np.asarray(image, np.uint8), points.reshape(-1, 2))

    def _anew(self, ids: Sequence[str]) -> dict[str, Picture]:
        shots = self._facts.shots(ids)
        samples = [
            Sample(track=track, label=0, quality=measure(track))
            for track in self._facts.read_tracks(shots.values())
            if set(HAND_PARTS) <= {part.name for part in track.skeleton.parts} and track.shot.media.path.is_file()
        ]
        if not samples:
            return {}
        pictures = {}
        with self._executor.open() as run:
            for place, made in run(Prepare(export=Crops(size=SIDE, quality=_QUALITY)), enumerate(samples)):
                if isinstance(made, Crop):
                    entry = samples[place].entry
                    image = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
                    row = {"id": entry.id, "gloss": entry.gloss, "split": entry.split, "frame": made.frame}
                    pictures[entry.id] = _picture(row, np.asarray(image, np.uint8), made.points)
        return pictures


def spread_over(glosses: Mapping[str, str], most: int) -> list[str]:
    """At most `most` ids, as many of each gloss as can be, by a fixed lot."""
    by_gloss: defaultdict[str, list[str]] = defaultdict(list)
    for id in sorted(glosses, key=lambda id: sha256(id.encode()).digest()):
        by_gloss[glosses[id]].append(id)
    names = sorted(by_gloss)
    if len(names) > most:
        names = [names[i * len(names) // most] for i in range(most)]
    rounds = zip_longest(*(by_gloss[name] for name in names))
    return [id for each in rounds for id in each if id is not None][:most]


def _index(facts: Facts) -> tuple[Path | None, pa.Table]:
    """The folder of the crops export and its rows; no folder and no rows where there is none."""
    export = facts.section("exports").get("crops")
    stated = export.get("path") if isinstance(export, dict) else None
    folder = facts.inside(stated or "exports/crops")
    empty = pa.table({name: pa.array([], pa.string()) for name in _COLUMNS})
    if folder is None or not (folder / "crops.parquet").is_file():
        return None, empty
    try:
        rows = pq.read_table(folder / "crops.parquet", columns=list(_COLUMNS))
    except (pa.ArrowException, OSError):
        return None, empty
    return (folder, rows) if set(rows.column_names) == set(_COLUMNS) else (None, empty)


def _picture(row: Mapping[str, Any], image: Bytes, points: npt.NDArray[np.floating[Any]]) -> Picture:
    """`points` are (points, xy) of the left hand, then the right, in pixels of the image."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    hands = dict(zip(HAND_PARTS, np.split(points * (SIDE / width, SIDE / height), len(HAND_PARTS)), strict=True))
    seen = {part: hand for part, hand in hands.items() if np.isfinite(hand).any()}
    return Picture(
        id=row["id"],
        gloss=row["gloss"] or "",
        split=row["split"] or "",
        frame=row["frame"] or 0,
        data="data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii"),
        bones={part: _lines(hand) for part, hand in seen.items()},
        joints={part: _dots(hand) for part, hand in seen.items()},
    )


def _lines(hand: npt.NDArray[np.floating[Any]]) -> str:
    """The bones as path data; one that begins where another ended goes on from there."""
    ends: Iterable[tuple[tuple[int, int], tuple[int, int]]] = pairwise(((-1, -1), *HAND_EDGES))
    words: list[str] = []
    for (_, before), (a, b) in ends:
        if np.isfinite(hand[[a, b]]).all():
            start = "" if words and before == a else f"M{_place(hand[a])}"
            words.append(f"{start}L{_place(hand[b])}")
    return "".join(words)


def _dots(hand: npt.NDArray[np.floating[Any]]) -> str:
    """Lines of no length: with round ends they are dots as thick as the line."""
    return "".join(f"M{_place(point)}h0" for point in hand if np.isfinite(point).all())


def _place(point: npt.NDArray[np.floating[Any]]) -> str:
    x, y = np.clip(point, -SIDE, 2 * SIDE).tolist()
    return f"{x:.1f} {y:.1f}"
