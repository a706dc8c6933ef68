"""A film interpreted as a camera would be, frame by frame, and written with skeleton, word and confidence drawn in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from chereme.draw import draw_points
from chereme.errors import OutputError, SettingsError
from chereme.frames.decode import decode
from chereme.frames.encode import write_video
from chereme.frames.probe import probe
from chereme.frames.span import resolve
from chereme.live.caption import Caption
from chereme.live.interpreter import Guess, Interpreter, Moment
from chereme.live.settings import Live
from chereme.live.stream import opened
from chereme.plan import Every
from chereme.training.checkpoint import Opened
from chereme.types import Bytes, Entry, Shot, Track


def interpret_film(
    recognizer: Opened,
    video: Path,
    how: Live,
    tell: Callable[[Guess], None],
    out: Path | None = None,
    device: str = "cpu",
) -> int:
    """How many frames a video has in which signs were looked for; `tell` is given each sign as it ends.

    The frames that are followed are those of the plan trained on, without its limit of length: what a camera gives.
    With `out` an MP4 of all frames is written. Raises `Rejected` for a file that cannot be read,
    `OutputError`, and `SettingsError` for an `out` of another ending.
    """
    if out is not None and out.exists() and (not out.is_file() or out.samefile(video)):
        raise OutputError(
            f"{out} is {'the video itself' if out.is_file() else 'no regular file'}; name an MP4 to write"
        )
    if out is not None and out.suffix.lower() != ".mp4":
        raise SettingsError(f"{out.name} does not end in .mp4; name an MP4 to write")
    probed = probe(video)
    shot = resolve(Entry(id=video.stem, gloss=""), probed.media, probed.seconds)
    with opened(recognizer.sequences.model, device) as begin:
        interpreter = Interpreter(recognizer, begin, shot, how, filmed=True)
        frames = _seen(recognizer, shot, interpreter, tell)
        if out is None:
            return sum(1 for _ in frames)
        caption = Caption(shot.media.width, shot.media.height, how.threshold)
        count = 0

        def drawn() -> Iterator[Bytes]:
            nonlocal count
            for pixels, moment, said in frames:
                count += 1
                yield caption.draw(draw_points(pixels, _row(recognizer, shot, moment), 0), moment, said)

        write_video(out, drawn(), fps=shot.media.fps)
        return count


def _seen(
    recognizer: Opened, shot: Shot, interpreter: Interpreter, tell: Callable[[Guess], None]
) -> Iterator[tuple[Bytes, Moment, tuple[str, ...]]]:
    """Every frame with what was known then, and the words so far; frames between those followed have the last's."""
    stride = min((need.stride for need in recognizer.sequences.plan.needs if isinstance(need, Every)), default=1)
    said: list[str] = []
    moment: Moment | None = None
    for window in decode(shot, np.arange(shot.first, shot.stop)):
        for index, pixels, seconds in zip(window.index.tolist(), window.pixels, window.seconds.tolist(), strict=True):
            if (index - shot.first) % stride == 0 or moment is None:
                moment = interpreter.step(pixels, seconds, index)
                if moment.finished:
                    tell(moment.finished)
                    said += [moment.finished.word] if moment.finished.word else []
            yield pixels, moment, tuple(said)
    if last := interpreter.end():
        tell(last)


def _row(recognizer: Opened, shot: Shot, moment: Moment) -> Track:
    return Track(
        shot=shot,
        skeleton=recognizer.sequences.model.skeleton,
        index=np.array([shot.first]),
        points=moment.points[None],
        score=moment.score[None],
        seconds=np.array([moment.seconds]),
        model="",
    )
