"""Whether a collection seems to be of mirror images: said, with what to do about it, and never changed silently."""

from dataclasses import asdict
from typing import Any

from chereme.contracts import LandmarkModel
from chereme.run.judge import RIGHT, Judged
from chereme.samples.leading import Leading


def sides(judged: Judged, model: LandmarkModel, name: str) -> dict[str, Any]:
    """In how many clips which hand leads; under `mirrored` a remark where so many left hands are not to be expected.

    `name` is the landmark model's, whose setting `mirror`, if it has one, is the remedy.
    """
    counted = Leading.of(judged.rows[RIGHT].to_pylist())
    found: dict[str, Any] = asdict(counted)
    if counted.mirrored:
        found["mirrored"] = _remark(judged, counted, model, name)
    return found


def _remark(judged: Judged, counted: Leading, model: LandmarkModel, name: str) -> str:
    lead = counted.left + counted.right
    signers = {shot.entry.signer for shot in judged.shots} - {None}
    who = f" of {len(signers)} signers" if len(signers) > 1 else ""
    what = f"the left hand leads in {counted.left} of {lead} clips{who}, though most signers are right-handed"
    mirrored = f"{what}; the videos may be mirror images, as selfie cameras make them"
    match getattr(model, "mirror", None):
        case None:
            return f"{mirrored}: if they are, flip them"
        case False:
            return f"{mirrored}: if they are, track them with --{name}.mirror"
        case _:
            return f"{what}; the videos may be no mirror images: if they are none, track them with --{name}.no-mirror"
