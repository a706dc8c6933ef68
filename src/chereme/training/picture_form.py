"""The form `pictures`: pictures of the hands, chosen and cut out as the export `crops` does it, brought to one size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from chereme.contracts import LandmarkModel
from chereme.errors import Rejected
from chereme.exports.crops import Crops
from chereme.plan import FramePlan
from chereme.samples.refine import Refine
from chereme.store.plain import plain
from chereme.training.clip_form import network, noise
from chereme.training.following import following, restored_form
from chereme.training.form import Look, Mask, Seen, Shown, Values
from chereme.training.loading import Loading, cropped, resized
from chereme.types import Bytes, Reject, Shot, Track, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureForm:
    """Landmarks, refining and pictures, as the build made them that a recognizer was trained on."""

    loading: Loading
    """What of the pictures is shown; its frames are pictures of one clip."""
    landmarks: str
    """The landmark model's name in the table `models`."""
    model: LandmarkModel
    """Its settings."""
    fingerprint: str
    """That model's, of settings and weights: what it was when the tracks were made."""
    plan: FramePlan
    """Which frames of a clip are tracked: following a hand over other frames gives slightly other points."""
    refine: Refine
    crops: Crops

    shown: ClassVar[Shown] = "pictures"
    input: ClassVar[str] = "pixels"
    dtype: ClassVar[type[np.generic]] = np.uint8
    together: ClassVar[int] = 32

    @property
    def frames(self) -> int:
        """Pictures of every clip; of clips that have fewer, some are shown again."""
        return self.loading.frames

    def network(self, spec: Any, vocabulary: Vocabulary) -> Any:
        """A recognizer's network for these pictures."""
        return network(self, spec, vocabulary)

    def trial(self, clips: int) -> tuple[Bytes, Mask]:
        """Noise, of one picture to all of them."""
        return noise(clips, self.loading)

    @contextmanager
    def looking(self, device: str = "cpu") -> Iterator[Look]:
        """What follows shots and makes the pictures of them."""
        with following(self.landmarks, self.model, self.fingerprint, self.plan, device) as follow:

            def look(shot: Shot) -> Seen | Reject:
                track = follow(shot)
                return track if isinstance(track, Reject) else self._look(track)

            yield look

    def load(self, paths: tuple[Path, ...]) -> tuple[Bytes, Mask]:
        """A clip's pictures (pictures, size, size, rgb) of their files, and which are its own; raises `Rejected`."""
        return self._made([_read(path) for path in paths[: self.frames]])

    def show(self, pixels: Bytes, mask: Mask) -> tuple[Values, Mask]:
        """The pictures' middle, to be judged."""
        return cropped(pixels, self.loading.size), mask

    def _look(self, track: Track) -> Seen | Reject:
        try:
            sample = self.refine.refine(track, 0)
        except Rejected as trouble:
            return trouble.reject(track.shot.entry.id, "refine")
        crop = self.crops.prepare(sample)
        if isinstance(crop, Reject):
            return crop
        clip = track.shot.entry.id
        try:
            pixels, mask = self.show(*self._made([_decoded(each.jpeg, clip) for each in (crop, *crop.others)]))
        except Rejected as trouble:
            return trouble.reject(clip, "deliver")
        return Seen(track=track, values=pixels, mask=mask)

    def _made(self, whole: list[Bytes]) -> tuple[Bytes, Mask]:
        pictures = np.stack([resized(each, self.loading.short_side) for each in whole[: self.frames]])
        places = np.minimum(np.arange(self.frames), len(pictures) - 1)
        return pictures[places], np.arange(self.frames) < len(pictures)

    def plain(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        return plain(self)  # type: ignore[no-any-return]

    @classmethod
    def restored(cls, values: dict[str, Any]) -> "PictureForm":
        """What `plain` was made of; raises `DatasetError`, or `SettingsError` for a model that is not installed."""
        return restored_form(cls, values)


def _read(path: Path) -> Bytes:
    try:
        return _decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise Rejected("missing_file", f"{path}: {error.strerror}") from error


def _decoded(jpeg: bytes, name: str) -> Bytes:
    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    except cv2.error:  # a size that is none
        image = None
    if image is None:
        raise Rejected("undecodable", f"{name}: no picture that can be decoded")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
