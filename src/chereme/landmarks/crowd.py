"""Whose hands are whose when several people are in view, settled when all of a shot's hands have been followed.

Hands alone do not show to whom they belong. But two hands of one person are about equally large and within arm's reach,
and the right one is, as a rule, on that person's right: so of four hands side by side the inner two are no pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np
import numpy.typing as npt

from chereme.landmarks.follow import Path
from chereme.landmarks.people import Box, weight
from chereme.landmarks.sides import vote

SEVERAL = "several people in view"
REACH = 6.0
"""Hands that are apart by more than this, all told, are not of one person; in sides of their regions, sideways."""
ALIKE = 5.0
"""How much a size that is e times as large adds to that."""
ORDER = 4.0
"""How much it adds that two hands seen at once would be the same side's, or the right one lies left of the other."""
SURE = 4.0
"""Log odds of a handedness that are believed; of less, a share of `ORDER` is added."""
MET = 3
"""Frames in which two hands must be seen at once to be told apart as two people's by themselves."""
LEADING = 16
"""Paths out of which people are made up, the longest and largest; each other path goes to who is nearest."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A path in numbers."""

    path: Path
    at: npt.NDArray[np.int64]
    """(frames,) positions, rising."""
    x: npt.NDArray[np.float64]
    size: float
    right: float
    """Log odds that it looks like a right hand, whether or not in a mirror."""
    weight: float
    """How large and central, summed over its frames."""


def signers_own(paths: Sequence[Path], width: int, box: Box | None) -> tuple[list[Path], bool]:
    """The paths of the main person's hands, at most two at once, and whether there were others in view.

    Main is who is largest and nearest the middle of an image of `width` pixels, or of the box. Paths keep their order.
    While nobody else is seen beside a hand or two, all are one person's, wherever that person goes.
    """
    seen = sorted((_seen(path, width, box) for path in paths), key=lambda each: (-each.weight, each.at[0]))
    if _hands_at_once(seen) <= 2 and not any(_strangers(a, b) for a, b in combinations(seen[:LEADING], 2)):
        return list(paths), False
    people = _people(seen[:LEADING])
    for rest in seen[LEADING:]:
        _join(people, rest)
    main = max(people, key=_standing)
    own = {id(each.path) for each in main}
    return [path for path in paths if id(path) in own], len(people) > 1


def _seen(path: Path, width: int, box: Box | None) -> Seen:
    at = sorted(path.hands)
    regions = [path.hands[position].region for position in at]
    return Seen(
        path=path,
        at=np.array(at),
        x=np.array([region.x for region in regions]),
        size=float(np.median([region.size for region in regions])),
        right=vote(path, mirror=False),
        weight=sum(weight(region, width, box) for region in regions),
    )


def _people(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Paths put together, the likeliest first, while nobody has more than two hands at once."""
    people = [[each] for each in seen]
    apart = {frozenset((id(a), id(b))): _apart(a, b) for a, b in combinations(seen, 2)}

    def between(one: list[Seen], other: list[Seen]) -> float:
        pairs = [(apart[frozenset((id(a), id(b)))], len(a.at) * len(b.at)) for a in one for b in other]
        return float(np.average([far for far, _ in pairs], weights=[frames for _, frames in pairs]))

    while len(people) > 1:
        near = sorted(
            (between(people[i], people[j]), i, j)
            for i, j in combinations(range(len(people)), 2)
            if _hands_at_once(people[i] + people[j]) <= 2
        )
        if not near or near[0][0] > REACH:
            break
        _, i, j = near[0]
        people[i] = people[i] + people.pop(j)
    return people


def _join(people: list[list[Seen]], path: Seen) -> None:
    """Give a path to the nearest person who has a hand free, if that one is near enough."""
    free = [person for person in people if _hands_at_once([*person, path]) <= 2]
    near = [(float(np.mean([_apart(each, path) for each in person])), i) for i, person in enumerate(free)]
    if near and min(near)[0] <= REACH:
        free[min(near)[1]].append(path)


def _strangers(a: Seen, b: Seen) -> bool:
    """Whether two hands seen at once cannot be of one person."""
    return len(a.path.hands.keys() & b.path.hands.keys()) >= MET and _apart(a, b) > REACH


def _apart(a: Seen, b: Seen) -> float:
    """How little two paths look like hands of one person."""
    shared, in_a, in_b = np.intersect1d(a.at, b.at, return_indices=True)
    size = (a.size + b.size) / 2
    unlike = ALIKE * abs(log(a.size / b.size))
    if not len(shared):
        return abs(float(np.median(a.x) - np.median(b.x))) / size + unlike
    offset = float(np.median(b.x[in_b] - a.x[in_a])) / size
    # Of one person's hands the right one is on the left of the image; in a mirror so is what looks like the right one.
    order = (a.right - b.right) * np.sign(offset) / 2
    return abs(offset) + unlike + ORDER * float(np.clip((SURE / 2 - order) / SURE, 0, 1))


def _hands_at_once(person: Sequence[Seen]) -> int:
    if not person:
        return 0
    return int(np.unique(np.concatenate([each.at for each in person]), return_counts=True)[1].max())


def _standing(person: Sequence[Seen]) -> float:
    """Large, in the middle and seen in many frames, with one hand or with both."""
    sightings = sum(len(each.at) for each in person)
    frames = len(np.unique(np.concatenate([each.at for each in person])))
    return float(sum(each.weight for each in person) / sightings * frames**0.5)
