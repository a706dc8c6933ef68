"""The model `hands`: both hands of a signer, 21 points each, by MediaPipe's networks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from chereme.bounds import between
from chereme.contracts import Follow
from chereme.errors import SettingsError
from chereme.landmarks import hand, palm, weights
from chereme.landmarks.batched import Batched
from chereme.landmarks.crowd import SEVERAL, signers_own
from chereme.landmarks.engine import Asking, Engine, OneByOne, answered
from chereme.landmarks.follow import Finder, Follower, Following, Path
from chereme.landmarks.held import held
from chereme.landmarks.jumps import cut
from chereme.landmarks.ongoing import one_after_another
from chereme.landmarks.people import usable
from chereme.landmarks.runtimes import opened
from chereme.landmarks.sides import right_hands
from chereme.landmarks.torch_runtime import Torch, one_thread
from chereme.landmarks.views import Views
from chereme.skeleton import HANDS, Skeleton
from chereme.types import Frames, Shot, Track

Precision = Literal["full", "fast"]

VERSION = 6
"""Raised when the same settings and weights give other points than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Both hands, followed through each shot; left and right are the signer's own.

    The score of a hand's points is the network's presence of that hand in that frame. Frames come one by one from
    whatever windows hold them, so grouping them otherwise changes nothing.
    """

    detector: float = 0.5
    """How sure the palm detector must be of a palm, 0 to 1."""
    presence: float = 0.5
    """How sure the hand network must be of a hand, 0 to 1; a hand below is lost."""
    static: bool = False
    """Search every frame on its own, as MediaPipe's static mode does, in place of following; in single precision."""
    search: float = 0.25
    """Seconds between searches of the whole image while fewer than two hands are followed; 0: in every frame."""
    gap: float = 0.25
    """No following between frames that are further apart than this, in seconds."""
    back: int = 16
    """Frames that a hand is followed back from its first sight; they are held in memory, at most
    128 MiB of them. 0: only forward."""
    mirror: bool = False
    """The videos are mirror images, as selfie cameras show them: left is right."""
    precision: Precision = "full"
    """full; or fast: MediaPipe's smaller hand network, in half to two thirds of the time and less exact (page
    Parity)."""
    runtime: str = "openvino-mixed"
    """What computes the networks: openvino-mixed, in bfloat16 between their first and last layers where the processor
    has it (page Parity); openvino, in single precision throughout; litert to verify; torch or, in half precision,
    torch-half on a GPU."""

    def __post_init__(self) -> None:
        if self.precision not in get_args(Precision):
            raise SettingsError(
                f"[hands] precision must be one of {', '.join(get_args(Precision))}, not '{self.precision}'"
            )
        bounds = {"detector": (0, 1), "presence": (0, 1), "search": (0, np.inf), "gap": (0, np.inf), "back": (0, 1000)}
        between(self, bounds, "[hands] ")

    @property
    def skeleton(self) -> Skeleton:
        """Left and right hand."""
        return HANDS

    @property
    def _networks(self) -> tuple[str, str]:
        return palm.NAME, hand.NAME if self.precision == "full" else hand.LITE

    def fingerprint(self) -> str:
        """Hash of the settings, of the weights' checksums and of the version of what is between."""
        return weights.fingerprint(VERSION, self, self._networks)

    def fetch(self) -> None:
        """The weights, into the user's cache."""
        for name in self._networks:
            weights.path(name)

    @contextmanager
    def open(self, device: str = "cpu") -> Iterator[Follow]:
        """Networks loaded on a device; windows of shots to one `Track` a shot, all NaN where no hand was found."""
        with self.stream(device) as begin:
            yield one_after_another(begin)

    @contextmanager
    def abreast(self, device: str = "cpu") -> Iterator[tuple[Engine, Callable[[Shot], "Clip"]]]:
        """Networks loaded on a device, and what follows a shot by them; for many shots at once.

        Only the runtimes of PyTorch answer many questions at once; another is a `SettingsError`.
        """
        if not self.runtime.startswith("torch"):
            raise SettingsError(f"many clips at once are followed by [hands] runtime 'torch', not by '{self.runtime}'")
        with self._engine(device) as engine:
            yield engine, lambda shot: Clip(self, engine, shot)

    @contextmanager
    def stream(self, device: str = "cpu") -> Iterator[Callable[[Shot], "Answered"]]:
        """Networks loaded on a device, and what follows a shot while its frames still come."""
        with self._engine(device) as engine:
            yield lambda shot: Answered(Clip(self, engine, shot), engine)

    @contextmanager
    def _engine(self, device: str) -> Iterator[Engine]:
        runtime = opened(self.runtime, device, exact=self.static)
        threads = cv2.getNumThreads()
        # Workers are processes, one a core: threads of their own would only take each other's core.
        cv2.setNumThreads(1)
        try:
            if isinstance(runtime, Torch):
                with one_thread():
                    yield Batched(runtime, self.detector, self._networks[1], exact=self.static)
            else:
                exact = self.static  # MediaPipe's points to the bit cost 2 ms a frame, which following has no use for
                landmarks = hand.load(runtime, exact=exact, name=self._networks[1])
                yield OneByOne(palm.load(runtime, self.detector, exact=exact), landmarks)
        finally:
            cv2.setNumThreads(threads)


class Clip:
    """The hands of one shot on their way: `see` its windows in order, then take the `track`."""

    def __init__(self, model: Hands, engine: Engine, shot: Shot) -> None:
        media, back = shot.media, held(model.back, shot.media)
        how = Following(presence=model.presence, search=model.search, gap=model.gap, back=back)
        self._model, self._engine, self._shot = model, engine, shot
        self._box = usable(shot.entry.box, media.width, media.height)
        views = Views(media.width, media.height, self._box)
        self._follower = Finder(how, self._box) if model.static else Follower(how, views, self._box)
        self._index: list[npt.NDArray[np.int64]] = []
        self._seconds: list[npt.NDArray[np.float64]] = []
        self._size = 1, 1
        self._gone = 0

    def see(self, window: Frames) -> Asking[None]:
        """Follow the hands through the shot's next frames; the window's pixels are free when the first question comes,
        if the engine copies what it takes."""
        self._index.append(window.index)
        self._seconds.append(window.seconds)
        height, width = window.pixels.shape[1:3]
        self._size = width, height
        for image, time in zip(self._engine.take(window.pixels), window.seconds.tolist(), strict=True):
            yield from self._follower.step(image, time)

    def track(self) -> Track:
        """What was found, all NaN where no hand was."""
        times = np.concatenate(self._seconds)
        points = np.full((len(times), len(HANDS), 3), np.nan, np.float32)
        score = np.zeros((len(times), len(HANDS)), np.float32)
        width, height = self._size
        paths, others = self._there(), False
        if not self._model.static:
            paths, others = signers_own(paths, width, self._box)
        paths = cut(paths, times)
        for path, right in zip(paths, right_hands(paths, times, mirror=self._model.mirror), strict=True):
            part = HANDS["right_hand" if right else "left_hand"]
            at = list(path.hands)
            points[at, part] = np.stack([found.points for found in path.hands.values()]) / (width, height, width)
            score[at, part] = np.array([found.presence for found in path.hands.values()])[:, None]
        return Track(
            shot=self._shot,
            skeleton=HANDS,
            index=np.concatenate(self._index),
            points=points,
            score=score,
            seconds=times,
            model=self._model.fingerprint(),
            note=SEVERAL if others else "",
        )

    def forget(self, rows: int) -> None:
        """Leave out the first so many frames of the track from now on; hands of these are kept no longer."""
        self._index = [np.concatenate(self._index)[rows:]]
        self._seconds = [np.concatenate(self._seconds)[rows:]]
        self._gone += rows
        for path in self._follower.paths:
            for position in [each for each in path.hands if each < self._gone]:
                del path.hands[position]
        self._follower.paths[:] = [path for path in self._follower.paths if path.hands]

    def _there(self) -> list[Path]:
        """The paths by the rows of the track."""
        if not self._gone:
            return self._follower.paths
        shifted = (
            Path({at - self._gone: hand for at, hand in path.hands.items() if at >= self._gone})
            for path in self._follower.paths
        )
        return [path for path in shifted if path.hands]


class Answered:
    """The hands of a shot whose frames still come, questions answered as they are asked."""

    def __init__(self, clip: Clip, engine: Engine) -> None:
        self._clip, self._engine = clip, engine

    def see(self, window: Frames) -> None:
        """Follow the hands through the shot's next frames."""
        answered(self._clip.see(window), self._engine)

    def track(self) -> Track:
        """What was found so far; what is to come may change sides and find hands further back."""
        return self._clip.track()

    def forget(self, rows: int) -> None:
        """Leave out the first so many frames of the track from now on."""
        self._clip.forget(rows)
