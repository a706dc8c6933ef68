"""Points followed through a shot as the build did it whose clips were trained on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from chereme import plugins
from chereme.contracts import LandmarkModel
from chereme.errors import DatasetError, Rejected
from chereme.frames.decode import decode
from chereme.landmarks.recorded import is_recording, read_track
from chereme.plan import FramePlan
from chereme.store.plain import restored
from chereme.training.form import Form
from chereme.types import Reject, Shot, Track

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Form)


@contextmanager
def following(
    landmarks: str, model: LandmarkModel, fingerprint: str, plan: FramePlan, device: str
) -> Iterator[Callable[[Shot], Track | Reject]]:
    """What follows one shot after the other, a video or a `.pose` file; the networks are loaded while it is open.

    `landmarks` is the model's name, `fingerprint` what it was when recognizers were trained. As `chereme.run.jobs`
    follows and reads shots (a room of the same layer).
    """
    if model.fingerprint() != fingerprint:
        log.warning(
            "the landmark model %s gives other points now than it gave when this recognizer was trained", landmarks
        )
    model.fetch()
    with model.open(device) as follow:

        def followed(shot: Shot) -> Track | Reject:
            index = plan.frames(shot.first, shot.stop)
            try:
                if is_recording(shot.media.path):
                    return read_track(shot, index, model.skeleton)
                return next(follow(decode(shot, index)))
            except Rejected as trouble:
                return trouble.reject(shot.entry.id, "extract")

        yield followed


def restored_form(kind: type[F], values: dict[str, Any]) -> F:
    """A form that follows points, out of what `plain` made of it, whatever else stands there.

    Its landmark model is of the kind whose name is in `landmarks`, all else of the kind that the form declares.
    Raises `DatasetError`, or `SettingsError` for a model that is not installed.
    """
    try:
        kinds = get_type_hints(kind) | {"model": plugins.load("models", values["landmarks"])}
        own = [each.name for each in fields(kind)]  # type: ignore[arg-type]
        return kind(**{name: restored(kinds[name], values[name]) for name in own})
    except (KeyError, TypeError) as error:
        raise DatasetError(f"no record of how {kind.shown} were made: {error!r}") from error
