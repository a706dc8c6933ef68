"""Points followed through a shot as the build did it whose clips were trained on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chereme.contracts import LandmarkModel
from chereme.errors import Rejected
from chereme.frames.decode import decode
from chereme.landmarks.recorded import is_recording, read_track
from chereme.plan import FramePlan
from chereme.types import Reject, Shot, Track

log = logging.getLogger(__name__)


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
