"""What a table of clips says of each: where in its file it lies and how that was decided, and who signs."""

from typing import Any

from chereme.types import Entry, Shot

WHERE = ("start_seconds", "end_seconds", "frame_base", "decision")
ABOUT = ("signer", "source", "variant", "url")


def whereabouts(shot: Shot) -> dict[str, Any]:
    """`WHERE` of a shot: seconds at the file's mean rate; the base that its span counts on, and what became of it.

    Base and decision are those of the shot's note (`base …; … to … s; …`); of another note, it is the decision.
    """
    base, _, rest = shot.note.partition("; ")
    _, _, decision = rest.partition("; ")
    told = base.startswith("base ") and decision
    return {
        "start_seconds": round(shot.first / shot.media.fps, 6),
        "end_seconds": round(shot.stop / shot.media.fps, 6),
        "frame_base": base.removeprefix("base ") if told else "",
        "decision": decision if told else shot.note,
    }


def about(entry: Entry) -> dict[str, Any]:
    """`ABOUT` of an entry."""
    return {name: getattr(entry, name) for name in ABOUT}
