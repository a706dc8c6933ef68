"""The sub-commands that train a recognizer and export it: apart, because they need the extra `train`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chereme import plugins
from chereme.cli import screen
from chereme.cli.progress import waiting
from chereme.training.checkpoint import Checkpoint
from chereme.training.extra import networks
from chereme.training.fit import CURVES, Fit, Told
from chereme.training.fit import train as run
from chereme.training.form import read_material
from chereme.training.onnx_file import export_onnx
from chereme.training.recognizers.conv_transformer import ConvTransformer
from chereme.training.recognizers.hand_image import HandImage
from chereme.training.recognizers.hierarchical import Hierarchical
from chereme.training.recognizers.lstm import Lstm
from chereme.training.recognizers.video import Video

_FLAT = Parameter(name="*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """What is trained, and where it goes."""

    recognizer: str = "conv-transformer"
    """What to train: lstm, hierarchical or conv-transformer, on landmark sequences; video, on clips; hand-image, on
    pictures of hands; or a name that another package adds."""
    export: str = ""
    """Which export of the build to train on; by default that of the recognizer's form: arrays, clips (or else manifest)
    or crops."""
    to: Path | None = None
    """The folder to write; by default models/RECOGNIZER below the build's folder."""
    resume: bool = False
    """Go on from last.pt of that folder, to the very weights that there would have been without the interruption."""
    start: Path | None = None
    """A checkpoint whose weights to begin with, where they fit: one that was trained on more signs."""
    lstm: Lstm = field(default_factory=Lstm)
    hierarchical: Hierarchical = field(default_factory=Hierarchical)
    conv_transformer: ConvTransformer = field(default_factory=ConvTransformer)
    video: Video = field(default_factory=Video)
    hand_image: HandImage = field(default_factory=HandImage)


def train(
    out: Path,
    /,
    *,
    settings: Annotated[Train | None, _FLAT] = None,
    fit: Annotated[Fit | None, _FLAT] = None,
) -> None:
    """Train a recognizer on what a build made: best.pt, last.pt, history.csv and curves.png.

    Parameters
    ----------
    out
        The folder that `chereme build` wrote: with --export arrays for landmarks, clips or manifest for video, crops
        for hand-image.
    """
    asked, schedule = settings or Train(), fit or Fit()
    made = plugins.load("recognizers", asked.recognizer)
    ours = (asked.lstm, asked.hierarchical, asked.conv_transformer, asked.video, asked.hand_image)
    spec = next((each for each in ours if type(each) is made), None) or made()
    folder = asked.to or out / "models" / asked.recognizer
    with waiting("reading the clips") as now:
        examples = read_material(out, spec, asked.export)
        now("loading PyTorch and its libraries, which takes a while")
        start = Checkpoint.load(asked.start) if asked.start else None
        networks("lesson")
        now(f"epoch 1 of {schedule.epochs}")
        told = _line(schedule, now)
        done = run(examples, asked.recognizer, spec, schedule, folder, resume=asked.resume, start=start, told=told)
    epochs: object = done.epochs
    if done.epochs < schedule.epochs:
        epochs = f"{done.epochs} of {schedule.epochs}: no better top-1 in the last {schedule.patience}"
    rows: list[tuple[str, object]] = [
        ("epochs", epochs),
        ("best epoch", round(done.best["epoch"]) + 1 if done.best else "not known"),  # as the lines above count
        *((name.replace("_", " "), f"{done.best[name]:.1%}") for name in _FIGURES if name in done.best),
        ("seconds an epoch", f"{done.seconds:.2f}"),
        ("of these waiting for batches", f"{done.loading:.0%}"),
    ]
    screen.table(rows, title=f"{asked.recognizer}, {len(examples.vocabulary)} signs")
    screen.out.print(f"weights: {folder / 'best.pt'}\ncurves: {folder / CURVES}", soft_wrap=True)


def onnx(checkpoint: Path, out: Path | None = None, /) -> None:
    """Write a trained recognizer as ONNX, checked to say the same as it; chereme predict takes it as it takes a .pt.

    Parameters
    ----------
    checkpoint
        A best.pt or last.pt that training wrote.
    out
        The file to write; by default beside the checkpoint, with .onnx.
    """
    target = out or checkpoint.with_suffix(".onnx")
    with waiting("exporting, and comparing with the checkpoint"):
        difference = export_onnx(Checkpoint.load(checkpoint), target)
    screen.out.print(f"{target}: logits differ by at most {difference:.1g}", soft_wrap=True)


_FIGURES = ("val_top1", "val_top5", "val_per_class")


def _line(fit: Fit, now: Callable[[str], None]) -> Told:
    """What a terminal is told of each epoch; nothing where stderr is none. `now` says which is next."""

    def told(row: Mapping[str, float]) -> None:
        if screen.err.is_terminal:
            known = "  ".join(f"{name.replace('_', ' ')} {row[name]:.1%}" for name in _FIGURES if name in row)
            screen.err.print(f"epoch {row['epoch'] + 1:.0f} of {fit.epochs}: loss {row['train_loss']:.3f}  {known}")
            following = round(row["epoch"]) + 2
            now(f"epoch {following} of {fit.epochs}" if following <= fit.epochs else "drawing the curves")

    return told
