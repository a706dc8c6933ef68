"""Shots followed one after the other by what can also follow a shot that still goes on."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from chereme.contracts import Follow, Ongoing
from chereme.types import Frames, Shot, Track


def one_after_another(begin: Callable[[Shot], Ongoing]) -> Follow:
    """What makes a `Track` of each shot out of its windows; each is followed by itself."""

    def follow(windows: Iterable[Frames]) -> Iterator[Track]:
        for shot, own in groupby(windows, key=lambda window: window.shot):
            clip = begin(shot)
            for window in own:
                clip.see(window)
            yield clip.track()

    return follow
