"""Spans to frames: which frames of its file an entry is, by time."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from chereme.errors import Rejected
from chereme.types import Entry, Media, Shot, Span

SLACK = 3
"""Frames by which a cut clip may exceed its span, and a span may overshoot its file: cutters differ at the ends."""

NOMINAL_FPS = 25.0
"""The rate WLASL states for every video, whatever the video's own."""

FRAME_RATES = 10.0, 120.0
"""Ticks of that many a second count frames; slower ones are seconds, faster ones milliseconds."""


def resolve(entry: Entry, media: Media, seconds: npt.NDArray[np.float64]) -> Shot:
    """The frames that an entry's span stands for, given when each frame of the file is shown, (frames,) seconds.

    A frame belongs to a span when the middle of its time on screen does (of a typical time on screen, where a variable
    rate pauses): spans that adjoin share no frame and lose none, and rounded time stamps do no harm. A span shorter
    than a frame gives the frame on screen at its start. Tick k of a span lies at k / rate seconds, so WLASL's nominal
    frame 100 is shown at 4 s, frame 120 of a 29.97 fps video.

    In this order:

    1. a span that asks for the whole file gets it;
    2. a file with no more frames than the span asks for, give or take 3, was cut before: it is used whole;
    3. the span applies, on its own base or, where frame numbers overshoot there, on the other (25 fps or the file's own
       frames); its end may overshoot by 3 frames and is drawn in;
    4. a file that ends before the span starts, on every base, was cut before: it is used whole;
    5. else it is `Rejected` as `span_outside`.

    `note` holds the base, the start and end in seconds and the decision. `media.whole` is True in case 3 alone.
    """
    if len(seconds) != media.frames or not media.frames:
        raise ValueError(f"{len(seconds)} times do not fit a file of {media.frames} frames")
    entry = entry.fitted(media.width, media.height)
    span = entry.span
    if span.whole:
        return _whole(entry, media, "the whole file is asked for")
    ends = [_seconds(span, base, seconds, media.fps) for base in _bases(span)]
    asked = _asked(span, ends[0], media.fps)
    if asked is not None and media.frames <= asked + SLACK:
        return _whole(entry, media, f"already cut: {media.frames} frames where the span asks for {asked:.0f}")
    latest = _end(seconds, media.fps) + (SLACK + 0.5) / media.fps
    for base, (start, stop) in zip(_bases(span), ends, strict=True):
        first, last = _frames(start, stop, seconds, media.fps)
        if first < last and (stop is None or stop <= latest):
            until = min(media.seconds, stop) if stop is not None else media.seconds
            how = "cut from a longer recording"
            if base != span.rate:
                how += f", because the span overshoots on its own base, {_base_name(span.rate)}"
            note = f"{_base_name(base)}; {start:.3f} to {until:.3f} s; {how}"
            return Shot(entry=entry, media=replace(media, whole=True), first=first, stop=last, note=note)
    if all(start >= _end(seconds, media.fps) for start, _ in ends):
        return _whole(entry, media, f"already cut: it ends before the span starts at {ends[0][0]:.3f} s")
    raise Rejected("span_outside", _overshoot(span, ends, media))


def _whole(entry: Entry, media: Media, how: str) -> Shot:
    note = f"{_base_name(entry.span.rate)}; 0.000 to {media.seconds:.3f} s; {how}"
    return Shot(entry=entry, media=replace(media, whole=False), first=0, stop=media.frames, note=note)


def _bases(span: Span) -> tuple[float | None, ...]:
    """The span's own base first, then the other by which its numbers may have been counted."""
    if span.rate is None:
        return None, NOMINAL_FPS
    return (span.rate, None) if _counts_frames(span.rate) else (span.rate,)


def _counts_frames(rate: float | None) -> bool:
    return rate is None or FRAME_RATES[0] <= rate <= FRAME_RATES[1]


def _seconds(
    span: Span, base: float | None, seconds: npt.NDArray[np.float64], fps: float
) -> tuple[float, float | None]:
    """Start and stop in seconds on a base; frame numbers beyond the file go on at its rate."""

    def at(tick: float) -> float:
        if base is not None:
            return tick / base
        frame = round(tick)
        if frame < len(seconds):
            return float(seconds[frame])
        return float(seconds[-1]) + (frame - len(seconds) + 1) / fps

    return at(span.start), None if span.stop is None else at(span.stop)


def _asked(span: Span, ends: tuple[float, float | None], fps: float) -> float | None:
    """How many frames a span asks for; None where it runs to the end."""
    start, stop = ends
    if stop is None or span.stop is None:
        return None
    by_time = (stop - start) * fps
    # Cutters took frame numbers for the file's own, so a cut clip may have as many frames as the span has ticks.
    return max(by_time, span.stop - span.start) if _counts_frames(span.rate) else by_time


def _frames(start: float, stop: float | None, seconds: npt.NDArray[np.float64], fps: float) -> tuple[int, int]:
    """First and stop frame of a time range; equal where it lies beyond the file."""
    gaps = np.minimum(np.diff(seconds, append=np.inf), 1 / fps)
    middles = seconds + gaps / 2
    first = int(np.searchsorted(middles, start))
    last = len(seconds) if stop is None else int(np.searchsorted(middles, stop))
    if first >= last and start < _end(seconds, fps):
        first = int(np.searchsorted(seconds, start, side="right")) - 1
        last = first + 1
    return first, last


def _end(seconds: npt.NDArray[np.float64], fps: float) -> float:
    return float(seconds[-1]) + 1 / fps


def _base_name(rate: float | None) -> str:
    if rate is None:
        return "base the file's own frames"
    return f"base {rate:g} a second"


def _overshoot(span: Span, ends: list[tuple[float, float | None]], media: Media) -> str:
    tries = " and ".join(
        f"{start:.3f} to {'the end' if stop is None else f'{stop:.3f}'} s on {_base_name(base)}"
        for base, (start, stop) in zip(_bases(span), ends, strict=True)
    )
    return f"{media.path.name} lasts {media.seconds:.3f} s; the span is {tries}"
