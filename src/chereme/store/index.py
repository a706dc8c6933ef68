"""Where each finished clip is: keys in some twenty bytes a clip, so that millions of them cost little to know."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

REJECTED = 2**32 - 1
"""Stands for the row of a clip that has no track."""


class Index:
    """Keys of 64 bits, each with the number of a part and a row in it; what is put in later stands."""

    def __init__(self) -> None:
        self._keys: array[int] = array("Q")
        self._parts: array[int] = array("I")
        self._rows: array[int] = array("I")
        self._fresh: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._keys) + sum(self._at(key) is None for key in self._fresh)

    def get(self, key: int) -> tuple[int, int] | None:
        """The part and row of a key; None for one that is not there."""
        if place := self._fresh.get(key):
            return place
        at = self._at(key)
        return None if at is None else (self._parts[at], self._rows[at])

    def put(self, key: int, part: int, row: int) -> None:
        """One key, or a new word on one that is there."""
        self._fresh[key] = part, row

    def fill(self, several: Iterable[tuple[Iterable[int], int, Iterable[int]]]) -> None:
        """Begin anew with many: keys of a part, the part's number, their rows; of equal keys the last one stands."""
        keys, parts, rows = array("Q"), array("I"), array("I")
        for some, part, places in several:
            before = len(keys)
            keys.extend(some)
            parts.extend([part] * (len(keys) - before))
            rows.extend(places)
        # Of a run of equal keys in a stable order the last is the latest.
        told = np.frombuffer(keys, np.uint64) if keys else np.zeros(0, np.uint64)
        order = np.argsort(told, kind="stable")
        ordered = told[order]
        order = order[np.append(ordered[1:] != ordered[:-1], True)] if len(order) else order
        self._keys = array("Q", told[order].tobytes())
        self._parts = array("I", _taken(parts, order))
        self._rows = array("I", _taken(rows, order))
        self._fresh = {}

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """(keys,) which of them are there."""
        known = np.frombuffer(self._keys, np.uint64) if self._keys else np.zeros(0, np.uint64)
        if self._fresh:
            known = np.sort(np.concatenate([known, np.fromiter(self._fresh, np.uint64, len(self._fresh))]))
        if not len(known):
            return np.zeros(len(keys), bool)
        return np.asarray(known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys)

    def _at(self, key: int) -> int | None:
        at = bisect_left(self._keys, key)
        return at if at < len(self._keys) and self._keys[at] == key else None


def _taken(values: "array[int]", order: npt.NDArray[np.intp]) -> bytes:
    return np.frombuffer(values, np.dtype(f"u{values.itemsize}"))[order].tobytes() if values else b""
