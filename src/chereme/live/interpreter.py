"""Frames in, words out: the stream's track, the signs in it, and what the recognizer makes of them."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from chereme.errors import Rejected
from chereme.live.boundaries import Stretch, stretches, top
from chereme.live.settings import Live
from chereme.live.stream import Begin, Stream, between
from chereme.training.checkpoint import Opened
from chereme.training.predict import probabilities
from chereme.types import Bytes, Floats, Shot, Track

MEMORY = 30.0
"""Seconds for which the highest place of a wrist is remembered: what is high depends on the signer."""
AGREE = 3
"""Guesses in a row that make a word while the window slides and no rest comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a sign may have been."""

    start: float
    stop: float
    """Seconds of the stream that were looked at."""
    ranked: tuple[tuple[str, float], ...]
    """Glosses and how likely they are, the likeliest first."""
    word: str | None
    """The likeliest gloss, or None when that is not likely enough: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """What is known when a frame was seen."""

    seconds: float
    points: Floats = field(repr=False)
    """(points, xyz) in this frame, shares of the image, NaN where unseen."""
    score: Floats = field(repr=False)
    """(points,)"""
    signing: bool
    guess: Guess | None
    """The latest of the sign that goes on, else of the last one."""
    finished: Guess | None
    """A sign that has just come to its end."""


def recognize(opened: Opened, track: Track, how: Live) -> Guess:
    """What the sign in a track is, prepared as in training; raises `Rejected` where the build would have refused it."""
    points, mask = opened.sequences.prepare(track)
    shares = probabilities(opened, points[None], mask[None])[0]
    best = np.argsort(-shares, kind="stable")[: how.top]
    ranked = tuple((opened.vocabulary.glosses[label], float(shares[label])) for label in best.tolist())
    word = ranked[0][0] if ranked[0][1] >= how.threshold else None
    return Guess(start=float(track.seconds[0]), stop=float(track.seconds[-1]), ranked=ranked, word=word)


class Interpreter:
    """One camera, or film, being interpreted: `step` takes its frames in order."""

    def __init__(self, opened: Opened, begin: Begin, shot: Shot, how: Live, *, filmed: bool = False) -> None:
        """`filmed` frames are those of a file, with its own numbers; a camera's are brought to `how.fps`."""
        self._opened, self._how, self._fps = opened, how, None if filmed else how.fps
        self._stream = Stream(begin, shot, keep=how.longest + how.pause + 2 * how.margin + how.hold)
        self._highest: deque[tuple[float, float]] = deque()
        self._track: Track | None = None
        self._guess: Guess | None = None
        self._guessed = self._done = -np.inf
        self._lately: deque[str | None] = deque(maxlen=AGREE)

    def step(self, pixels: Bytes, seconds: float, index: int | None = None) -> Moment:
        """The next frame (height, width, rgb), shown at so many seconds; raises `ValueError` as `Stream.see`."""
        self._track = track = self._stream.see(pixels, seconds, index)
        self._remember(track)
        here = self._new(track)
        finished = None
        for stretch in here:
            if stretch.over:
                finished = self._finish(track, stretch) or finished
        going = here[-1] if here and not here[-1].over else None
        if going and seconds - self._guessed >= self._how.every:
            self._guessed = seconds
            finished = self._go_on(track, going, seconds) or finished
        return Moment(
            seconds=seconds,
            points=track.points[-1],
            score=track.score[-1],
            signing=going is not None,
            guess=self._guess,
            finished=finished,
        )

    def end(self) -> Guess | None:
        """The sign that was still going on when the frames ended."""
        here = self._new(self._track) if self._track else []
        return self._finish(self._track, here[-1]) if self._track and here and not here[-1].over else None

    def _new(self, track: Track) -> list[Stretch]:
        """The stretches, or ends of them, of which no word was said yet."""
        found = stretches(track, self._how, self._highest[0][1] if self._highest else np.inf)
        return [
            each
            for each in found
            if each.stop - max(each.start, self._done) >= (self._how.shortest if each.over else 0)
        ]

    def _finish(self, track: Track, stretch: Stretch) -> Guess | None:
        """The last word on a sign that is over."""
        guess = self._look(track, stretch)
        self._done = stretch.stop
        self._lately.clear()
        self._guess = guess or self._guess
        return guess

    def _go_on(self, track: Track, stretch: Stretch, now: float) -> Guess | None:
        """A guess while the sign goes on; a word, when it goes on for long and the guesses agree."""
        guess = self._look(track, stretch)
        self._guess = guess or self._guess
        if guess is None or now - max(stretch.start, self._done) < self._how.longest:
            return None
        self._lately.append(guess.word)
        if len(self._lately) < AGREE or len(set(self._lately)) > 1 or guess.word is None:
            return None
        self._lately.clear()
        self._done = now
        return guess

    def _look(self, track: Track, stretch: Stretch) -> Guess | None:
        stop = stretch.stop + self._how.margin
        begun = self._done if self._done > stretch.start else stretch.start - self._how.margin
        start = max(begun, stop - self._how.longest)
        try:
            return recognize(self._opened, between(track, start, stop, self._fps), self._how)
        except Rejected:
            return None

    def _remember(self, track: Track) -> None:
        now = float(track.seconds[-1])
        if (high := top(between(track, now, now))) < np.inf:
            while self._highest and self._highest[-1][1] >= high:
                self._highest.pop()
            self._highest.append((now, high))
        while self._highest and self._highest[0][0] < now - MEMORY:
            self._highest.popleft()
