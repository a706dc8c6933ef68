"""The form `clips`: the frames of a clip, cut as the build cut them, taken at a stride, brought to one size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np

from chereme.errors import Rejected, SettingsError
from chereme.frames.cut import Cut
from chereme.samples.untracked import tracks_of_no_frames
from chereme.skeleton import HANDS
from chereme.store.plain import plain, restored
from chereme.training.form import Look, Mask, Seen, Shown, Values, shown_to
from chereme.training.loading import Loading, cropped, watched
from chereme.training.manifest import Row
from chereme.types import Bytes, Reject, Shot, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipForm:
    """Clips, as the build cut them that a recognizer was trained on, and what of them it is shown."""

    loading: Loading
    cut: Cut | None = None
    """How the export `clips` was cut; None for the files themselves, as the export `manifest` lists them."""

    shown: ClassVar[Shown] = "clips"
    input: ClassVar[str] = "pixels"
    dtype: ClassVar[type[np.generic]] = np.uint8
    together: ClassVar[int] = 8

    @property
    def frames(self) -> int:
        """Frames that are shown of every clip."""
        return self.loading.frames

    def network(self, spec: Any, vocabulary: Vocabulary) -> Any:
        """A recognizer's network for these clips."""
        return network(self, spec, vocabulary)

    def trial(self, clips: int) -> tuple[Bytes, Mask]:
        """Noise of several lengths."""
        return noise(clips, self.loading)

    @contextmanager
    def looking(self, device: str = "cpu") -> Iterator[Look]:
        """What cuts shots and takes their frames; no networks are needed."""
        yield self._look

    def load(self, row: Row) -> tuple[Bytes, Mask]:
        """A clip's frames, whole (frames, height, width, rgb), and which are its own; raises `Rejected`."""
        pixels, own = watched(row, self.loading)
        return pixels, np.arange(len(pixels)) < own

    def show(self, pixels: Bytes, mask: Mask) -> tuple[Values, Mask]:
        """The middle of what was loaded, to be judged."""
        return cropped(pixels, self.loading.size), mask

    def _look(self, shot: Shot) -> Seen | Reject:
        whole = Row(id=shot.entry.id, path=shot.media.path, label=0, split="", first=shot.first, stop=shot.stop)
        try:
            if self.cut is None:
                pixels, mask = self.show(*self.load(whole))
            else:
                with TemporaryDirectory(prefix="chereme-") as folder:
                    path = Path(folder) / "clip.mp4"
                    ((_, made),) = self.cut.cut({path: shot})
                    if isinstance(made, Rejected):
                        raise made
                    pixels, mask = self.show(*self.load(Row(id=shot.entry.id, path=path, label=0, split="")))
        except Rejected as trouble:
            return trouble.reject(shot.entry.id, "deliver")
        (track,) = tracks_of_no_frames([shot], HANDS)
        return Seen(track=track, values=pixels, mask=mask)

    def plain(self) -> dict[str, Any]:
        """As plain values, for a checkpoint."""
        return plain(self)  # type: ignore[no-any-return]

    @classmethod
    def restored(cls, values: dict[str, Any]) -> "ClipForm":
        """What `plain` was made of; raises `DatasetError` for anything else."""
        return restored(cls, values)


def network(form: Any, spec: Any, vocabulary: Vocabulary) -> Any:
    """A recognizer's network for a form of pixels; raises `SettingsError` for a recognizer of another form."""
    if shown_to(spec) != form.shown:
        raise SettingsError(f"{type(spec).__name__} is shown {shown_to(spec)}, not {form.shown}")
    return spec.build(form.loading, vocabulary)


def noise(clips: int, loading: Loading) -> tuple[Bytes, Mask]:
    """Made-up clips: gray fields with noise, (clips, frames, size, size, rgb), of one frame to all of them."""
    random = np.random.default_rng(0)
    frames, size = loading.frames, loading.size
    field = random.integers(0, 256, (clips, frames, 1, 1, 3))
    pixels = np.clip(field + random.integers(-40, 41, (clips, frames, size, size, 3)), 0, 255).astype(np.uint8)
    lengths = np.linspace(1, frames, clips).round().astype(np.int64)
    return pixels, np.arange(frames) < lengths[:, None]
