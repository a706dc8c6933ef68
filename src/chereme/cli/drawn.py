"""The sub-commands that draw: apart, because what draws takes long to import."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chereme.cli import screen
from chereme.cli.progress import Bars
from chereme.cli.summaries import show_summary
from chereme.report import write_report
from chereme.run.local import cores
from chereme.run.settings import Build
from chereme.run.stages import build
from chereme.synth.collection import Collection

_FLAT = Parameter(name="*")


def synth(*, out: Path, settings: Annotated[Collection | None, _FLAT] = None) -> None:
    """Draw a collection of signs whose joints are known, in WLASL's form.

    Parameters
    ----------
    out
        The folder to write: metadata.json, videos/, joints/.
    """
    with Bars() as bars:
        (settings or Collection(workers=cores())).write(out, bars.count("draw"))
    screen.out.print(f"drawn into {out}: metadata.json, videos/, joints/")


def demo(*, out: Path = Path("demo"), workers: int = 0, signs: int = 6, signers: int = 6) -> None:
    """Draw a small collection, build arrays, crops and a manifest of it, and say where the report is.

    Parameters
    ----------
    out
        The folder to write.
    workers
        Processes; 0 takes one a core.
    signs
        Different signs.
    signers
        Different signers, each of whom makes every sign.
    """
    drawn = out / "drawn"
    with Bars() as bars:
        Collection(signs=signs, signers=signers, workers=workers or cores()).write(drawn, bars.count("draw"))
        asked = Build(metadata=drawn / "metadata.json", videos=(drawn / "videos",), out=out, workers=workers)
        summary = build(asked, bars)
    write_report(out)
    show_summary(summary, out)
