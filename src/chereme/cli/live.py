"""The sub-commands that recognize signs while they are made: apart, because what they use takes long to import."""

import json
import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chereme.cli import screen
from chereme.cli.progress import waiting
from chereme.errors import SettingsError
from chereme.live.film import interpret_film
from chereme.live.interpreter import Guess
from chereme.live.serve import Serve
from chereme.live.serve import serve as run
from chereme.live.settings import Live
from chereme.live.words import guess_words
from chereme.training.checkpoint import Opened, open_recognizer

_FLAT = Parameter(name="*")


def live(
    checkpoint: Path,
    /,
    *,
    video: Path | None = None,
    out: Path | None = None,
    device: str = "cpu",
    settings: Annotated[Live | None, _FLAT] = None,
) -> None:
    """Recognize signs before the camera, in a page that opens in the browser; or those in a film, without any window.

    Of a film each sign is a line of JSON: start and stop in seconds, the word (null: unknown) and the likeliest ones.

    Parameters
    ----------
    checkpoint
        What `chereme train` wrote: a `.pt`, or the `.onnx` made of it.
    video
        A film in place of the camera.
    out
        With --video: the MP4 to write, with skeleton, word and confidence drawn in.
    device
        Where the networks run.
    """
    how = settings or Live()
    if out and not video:
        raise SettingsError("--out goes with --video; the camera is shown in the browser")
    recognizer = _of_landmarks(checkpoint, device)
    if video is None:
        run(recognizer, Serve(port=0, live=how, device=device), _show)
        return
    frames = interpret_film(recognizer, video, how, _print, out, device)
    screen.err.print(f"{frames} frames" + (f", drawn into {screen.escape(str(out))}" if out else ""))


def serve(checkpoint: Path, /, *, settings: Annotated[Serve | None, _FLAT] = None) -> None:
    """A web page that recognizes signs before its visitor's camera, or in a clip that is uploaded.

    It listens to this machine alone, unless it is told otherwise; then it asks for a token.

    Parameters
    ----------
    checkpoint
        What `chereme train` wrote: a `.pt`, or the `.onnx` made of it.
    """
    asked = settings or Serve()
    run(_of_landmarks(checkpoint, asked.device), asked, _told)


def _of_landmarks(checkpoint: Path, device: str) -> Opened:
    with waiting("loading the recognizer"):
        recognizer = open_recognizer(checkpoint, device)
    _ = recognizer.sequences  # said at once where it is one of clips or pictures, which no stream becomes
    return recognizer


def _told(address: str) -> None:
    screen.out.print(f"open {screen.escape(address)} (Ctrl+C ends it)", soft_wrap=True)


def _show(address: str) -> None:
    _told(address)
    webbrowser.open(address)


def _print(guess: Guess) -> None:
    words = json.dumps(guess_words(guess), ensure_ascii=False)
    inert = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in words)  # JSON's own way to write them
    screen.out.print(inert, markup=False, soft_wrap=True)
