"""chereme: collections of sign-language videos into data that one can train on.

The names below are the public face. They load on use, so that `import chereme` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chereme.draw import draw_video, read_pose, track_video
    from chereme.errors import CheremeError
    from chereme.landmarks.hands import Hands
    from chereme.plan import Every, FramePlan, Spread
    from chereme.report import write_report
    from chereme.run.settings import Build
    from chereme.run.stages import build, estimate
    from chereme.samples.clean import Clean
    from chereme.samples.refine import Refine
    from chereme.samples.sequence import Sequence
    from chereme.skeleton import HANDS, Skeleton
    from chereme.synth.collection import Collection
    from chereme.types import Entry, Frames, Media, Quality, Reject, Sample, Shot, Span, Track, Vocabulary

_HOME = {
    "chereme.draw": ("draw_video", "read_pose", "track_video"),
    "chereme.errors": ("CheremeError",),
    "chereme.landmarks.hands": ("Hands",),
    "chereme.plan": ("Every", "FramePlan", "Spread"),
    "chereme.report": ("write_report",),
    "chereme.run.settings": ("Build",),
    "chereme.run.stages": ("build", "estimate"),
    "chereme.samples.clean": ("Clean",),
    "chereme.samples.refine": ("Refine",),
    "chereme.samples.sequence": ("Sequence",),
    "chereme.skeleton": ("HANDS", "Skeleton"),
    "chereme.synth.collection": ("Collection",),
    "chereme.types": (
        *("Entry", "Frames", "Media", "Quality", "Reject", "Sample", "Shot", "Span", "Track", "Vocabulary"),
    ),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "HANDS",
    "Build",
    "CheremeError",
    "Clean",
    "Collection",
    "Entry",
    "Every",
    "FramePlan",
    "Frames",
    "Hands",
    "Media",
    "Quality",
    "Refine",
    "Reject",
    "Sample",
    "Sequence",
    "Shot",
    "Skeleton",
    "Span",
    "Spread",
    "Track",
    "Vocabulary",
    "build",
    "draw_video",
    "estimate",
    "read_pose",
    "track_video",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("chereme")
    raise AttributeError(f"chereme has no '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
