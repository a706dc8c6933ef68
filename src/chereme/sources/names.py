"""Files by their names: with and without a video's ending, letter for letter or without regard to case."""

import itertools
from collections.abc import Callable, Iterable

from chereme.sources.found import Found, without_suffix

_Fits = dict[str, Found | list[Found]]


class Index:
    """Files by names that they have, found with and without a video's ending, and without regard to case.

    A name is held once, without its ending; that it is the one asked for is seen by the file itself.
    """

    def __init__(self, files: Iterable[Found], names: Callable[[str], Iterable[str]]) -> None:
        self._exact: _Fits = {}
        self._odd: _Fits = {}
        for found in files:
            for name in names(slashed(found.name)):
                stem = without_suffix(name)
                _put(self._exact, stem, found)
                if (lower := stem.lower()) != stem:
                    _put(self._odd, lower, found)

    def get(self, query: str) -> list[Found]:
        """Files that have this name with or without its ending, letter for letter, in order."""
        return _in_order(_of(self._exact, query), self._ending(self._exact, query, str))

    def folded(self, query: str) -> list[Found]:
        """The same without regard to case; the query is in lower case."""
        fits = [
            each
            for index in (self._exact, self._odd)
            for each in (_of(index, query), self._ending(index, query, str.lower))
        ]
        return _in_order(*fits)

    def _ending(self, index: _Fits, query: str, form: Callable[[str], str]) -> list[Found]:
        stem = without_suffix(query)
        if stem == query:
            return []
        return [f for f in _of(index, stem) if f"/{form(slashed(f.name))}".endswith(f"/{query}")]


def slashed(name: str) -> str:
    """A name as written on Windows, with slashes."""
    return name.replace("\\", "/") if "\\" in name else name


def _put(index: _Fits, name: str, found: Found) -> None:
    """One file more of a name; most names have one, which then needs no list."""
    there = index.setdefault(name, found)
    if isinstance(there, list):
        there.append(found)
    elif there is not found:
        index[name] = [there, found]


def _of(index: _Fits, name: str) -> list[Found]:
    fits = index.get(name)
    return fits if isinstance(fits, list) else [] if fits is None else [fits]


def _in_order(*several: list[Found]) -> list[Found]:
    """Files of several lists in the library's order."""
    some = [fits for fits in several if fits]
    if len(some) < 2:
        return some[0] if some else []
    return sorted(itertools.chain(*some), key=lambda found: (str(found.root), found.name))
