"""`chereme evaluate` and `chereme predict`: how good a trained recognizer is, and what it says of videos."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chereme.cli import screen
from chereme.cli.progress import waiting
from chereme.errors import SettingsError
from chereme.frames.probe import Limits
from chereme.training.evaluate import Evaluate, Evaluation
from chereme.types import Entry, Reject

if TYPE_CHECKING:
    from chereme.training.checkpoint import Opened
    from chereme.training.predict import Prediction


def evaluate(
    checkpoint: Path,
    where: Path,
    /,
    *,
    settings: Annotated[Evaluate | None, Parameter(name="*")] = None,
    to: Path | None = None,
    device: str = "cpu",
) -> None:
    """How good a recognizer is: top-k with intervals, calibration, confusions, by signer and source.

    Parameters
    ----------
    checkpoint
        What `chereme train` wrote: best.pt, last.pt, or an .onnx file, which OpenVINO runs.
    where
        The folder that `chereme build` wrote, or one that holds landmarks.npz.
    to
        The folder for evaluation.json, .md, .html and answers.jsonl; by default CHECKPOINT-SPLIT beside it.
    device
        Where the recognizer runs: cpu, or cuda.
    """
    from chereme.report import write_evaluation
    from chereme.training.checkpoint import open_recognizer
    from chereme.training.evaluate import evaluate as judge

    asked = settings or Evaluate()
    with waiting("loading the recognizer") as now:
        opened = open_recognizer(checkpoint, device)
        now("judging")
        found = judge(opened, where, asked)
    page = write_evaluation(found, to or checkpoint.parent / f"{checkpoint.stem}-{asked.split}", checkpoint.name)
    _show(found)
    screen.out.print(f"evaluation: {screen.escape(str(page))}", soft_wrap=True)


def predict(
    checkpoint: Path,
    /,
    *videos: Path,
    top: int = 5,
    threshold: float = 0.0,
    box: tuple[float, float, float, float] | None = None,
    device: str = "cpu",
    timeout: float = 3600.0,
    memory: float = 8.0,
    limits: Annotated[Limits | None, Parameter(name="video")] = None,
) -> None:
    """The likeliest words of each video, one line of JSON a video.

    A video that cannot be used gives a line with its reason, and the next one follows.

    Parameters
    ----------
    checkpoint
        What `chereme train` wrote: best.pt, last.pt, or an .onnx file, which OpenVINO runs.
    videos
        Video files that hold one sign each, or .pose files.
    top
        How many words are named.
    threshold
        Probability below which the answer is null, unknown; the words are named all the same.
    box
        Where the signer is, in pixels: left, top, right, bottom. A build uses the dataset's box where it states one.
    device
        Where the networks run: cpu, or cuda.
    timeout
        Seconds for one video, after which it is given up; 0: no limit.
    memory
        Gigabytes (10⁹ bytes) that the process may hold which decodes and follows, on Linux; 0: no limit.
    """
    from chereme.run.local import Pool
    from chereme.training.checkpoint import open_recognizer, refuse_absent
    from chereme.training.predict import predicting

    if not videos:
        raise SettingsError("name the videos to recognize: chereme predict CHECKPOINT VIDEO…")
    if top < 1 or not 0 <= threshold <= 1:
        raise SettingsError(f"top is at least 1 and threshold from 0 to 1, not {top} and {threshold}")
    refuse_absent(checkpoint)
    with Pool(workers=1, timeout=timeout, memory=memory).asking(ready=1) as ask:
        with waiting("loading the recognizer"):
            opened = open_recognizer(checkpoint, device)
        with predicting(opened, device, limits, ask) as recognize:
            for video in videos:
                _tell(video, recognize(video, Entry(id=video.stem, gloss="", box=box)), opened, top, threshold)


def _tell(video: Path, found: "Prediction | Reject", opened: "Opened", top: int, threshold: float) -> None:
    """A line of JSON."""
    line: dict[str, object] = {"video": str(video)}
    if isinstance(found, Reject):
        line |= {"reason": found.reason, "detail": found.detail}
    else:
        words = [(opened.vocabulary.glosses[label], share) for label, share in found.best(top)]
        line |= {
            "answer": words[0][0] if words[0][1] >= threshold else None,
            "words": [{"word": word, "probability": round(share, 6)} for word, share in words],
        }
    print(json.dumps(line), flush=True)  # ASCII: a file's name may be no text, a terminal may know no Unicode


def _show(found: Evaluation) -> None:
    """The figures in short."""
    from chereme.report.evaluation import between, percent

    rows = [
        (f"top-{each.k}", percent(each.per_instance.value), between(each.per_instance), percent(each.per_class.value))
        for each in found.scores.top
    ]
    counts = found.counts
    title = f"{found.recognizer} on {counts.judged:,} {found.asked.split} clips of {found.glosses:,} glosses"
    screen.out.print(f"[bold]{screen.escape(title)}[/]", soft_wrap=True)
    screen.table(rows, header=("", "per clip", "95 %", "per class"))
    clips = (("officially", counts.official), ("found", counts.found), ("kept", counts.kept))
    told = [f"{words} {number:,}" for words, number in clips if number is not None]
    twins = (
        f"{counts.twins:,} twins of clips trained on {'left out' if found.asked.twins == 'exclude' else 'counted in'}"
    )
    judged = f"judged {counts.judged:,}"
    screen.out.print(", ".join([*told, twins, judged]), soft_wrap=True)
    if counts.official and counts.judged < counts.official:
        others, right = counts.official - counts.judged, found.scores.top[0].per_instance.right
        least = percent(right / counts.official)
        screen.out.print(f"were the {others:,} others answered wrongly, top-1 would be {least}", soft_wrap=True)
    for note in found.notes:
        screen.out.print(f"[yellow]note[/]: {screen.escape(note)}", soft_wrap=True)
