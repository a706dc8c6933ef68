"""How signs are told in a stream of frames: what a sign is in time, and when its word counts."""

from dataclasses import dataclass

from chereme.bounds import between


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Signs in a stream. A sign lasts from hands that move or rise until they rest, or leave the picture."""

    threshold: float = 0.5
    """A word that is less likely than this, 0 to 1, is unknown."""
    top: int = 5
    """How many words are named, the likeliest first."""
    fps: float = 25.0
    """A camera's frames are taken as if filmed at this rate, that of the videos trained on."""
    pause: float = 0.4
    """Seconds of rest that end a sign."""
    hold: float = 1.0
    """Seconds after which hands that do not move rest, wherever they are."""
    shortest: float = 0.3
    """Seconds; what is shorter is no sign."""
    longest: float = 4.0
    """Seconds of a sign that are looked at, its last ones: a window that slides along while no rest comes."""
    every: float = 0.25
    """Seconds between guesses while a sign goes on."""
    still: float = 1.0
    """Hand sizes a second below which a hand counts as still."""
    drop: float = 2.0
    """Hand sizes below the highest wrist of late from which on a still hand counts as resting."""
    margin: float = 0.2
    """Seconds before and after the hands' activity that are part of a sign, as they are of clips trained on."""

    def __post_init__(self) -> None:
        bounds = {"threshold": (0, 1), "top": (1, 1000), "fps": (1, 240), "longest": (0.5, 60)}
        lengths = "pause", "hold", "shortest", "every", "still", "drop", "margin"
        between(self, bounds | dict.fromkeys(lengths, (0, 60)), "live.")
