"""The nouns: what each stage hands to the next.

Each holds the one before and adds what was learnt; nothing is filled in later, so the type says which stage has run.
Ranges are half-open and count from 0; foreign conventions end in the file that reads them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from chereme.skeleton import Skeleton

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
Stage = Literal["acquire", "extract", "refine", "deliver"]

REASONS = {
    "missing_file": "no file with a name that fits the entry",
    "ambiguous_file": "several different files fit the entry",
    "duplicate_id": "an earlier entry has the same id",
    "unsafe_name": "a name that leaves its folder, a link, or words that are no Unicode text",
    "too_large": "a file, archive or picture above a stated limit",
    "too_long": "a video of more hours or frames than a stated limit",
    "empty_file": "a file without bytes",
    "not_a_video": "a file that is no video container, for example an HTML page",
    "no_video_stream": "a container without a video stream",
    "no_frames": "a video stream without frames",
    "undecodable": "frames that the decoder refuses",
    "span_outside": "the entry's span lies outside the video on every frame base",
    "no_hands": "no hand in any frame",
    "no_body": "no body in any frame, or never both of its shoulders, where the body is needed",
    "no_face": "no face in any frame, when no hands are tracked",
    "few_hands": "a hand in too small a share of the frames",
    "too_few_frames": "fewer frames than asked for",
    "long_gap": "hands unseen for too long within the sign",
    "small_hands": "hands smaller than asked for",
    "jitter": "points that tremble more than allowed",
    "low_confidence": "points seen with less confidence than asked for",
    "not_a_pose": "a .pose file of another format, cut off or not of MediaPipe's holistic",
    "empty_box": "the entry's box lies outside the picture",
    "incomplete_class": "its class has no clip in some split",
    "worker_died": "the process working on the clip died, twice",
    "timeout": "working on the clip took longer than the time limit",
    "out_of_memory": "working on the clip took more memory than the limit, twice",
}
"""The fixed list of reasons: each word, and what it means."""

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where in its file an entry lies: `start` <= tick < `stop` (None: to the end), at `rate` ticks a second.

    Rate 1 is seconds, 1000 milliseconds, 25 WLASL's nominal frames; None means the file's own frames.
    """

    start: float = 0.0
    stop: float | None = None
    rate: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < (inf if self.stop is None else self.stop):  # false for NaN as well
            raise ValueError(f"a span must run forward from 0 or later, not {self.start} to {self.stop}")
        if self.rate is not None and not 0 < self.rate < inf:
            raise ValueError(f"a span's rate must be above 0 and finite, not {self.rate}")

    @property
    def whole(self) -> bool:
        """Whether it asks for the whole file."""
        return self.start == 0 and self.stop is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One signed item as its dataset describes it."""

    id: str
    gloss: str
    span: Span = Span()
    split: Split | None = None
    signer: str | None = None
    source: str | None = None
    variant: int | None = None
    box: tuple[float, float, float, float] | None = None
    """Where the signer is: x0, y0, x1, y1 in pixels of a picture of `size`."""
    size: tuple[float, float] | None = None
    """Width and height in pixels of the picture that `box` is of; None: those of the file."""
    url: str | None = None
    files: tuple[str, ...] = ()
    """Names its file may have, best first, without folders unless the dataset gives them; suffix optional."""

    def fitted(self, width: int, height: int) -> "Entry":
        """The entry with its box in pixels of a file of that size."""
        if self.size is None:
            return self
        x, y = width / self.size[0], height / self.size[1]
        box = self.box and (self.box[0] * x, self.box[1] * y, self.box[2] * x, self.box[3] * y)
        return replace(self, box=box, size=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A video file as probed: `frames` are counted, not believed."""

    path: Path
    bytes: int
    width: int
    """Pixels, as displayed: rotation metadata applied."""
    height: int
    fps: float
    frames: int
    seconds: float
    whole: bool
    """True when the file is a longer recording of which the entry is a span; False when it holds the entry alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """An entry found: the frames `first` <= i < `stop` of its file, in order of display."""

    entry: Entry
    media: Media
    first: int
    stop: int
    note: str = ""
    """How the span was resolved, for the manifest: frame base and decision."""

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.stop <= self.media.frames:
            raise ValueError(f"frames {self.first} to {self.stop} do not lie in a file of {self.media.frames} frames")

    @property
    def key(self) -> str:
        """What tracks of this shot depend on beside the model: another file or span under the same id differs."""
        m = self.media
        facts = (self.entry.id, m.bytes, m.width, m.height, m.frames, self.first, self.stop, self.entry.box)
        return sha256(repr(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """Pixels of some frames of a shot; several windows make a long shot, in order."""

    shot: Shot
    index: npt.NDArray[np.int64] = field(repr=False)
    """(frames,) which frame of the file each is."""
    pixels: Bytes = field(repr=False)
    """(frames, height, width, rgb)."""
    seconds: npt.NDArray[np.float64] = field(repr=False)
    """(frames,) display time within the file."""

    def __post_init__(self) -> None:
        frames = len(self.index)
        if self.pixels.shape[:1] + self.pixels.shape[3:] != (frames, 3) or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be uint8 ({frames}, height, width, 3), not {_shape(self.pixels)}")
        if self.seconds.shape != (frames,):
            raise ValueError(f"seconds must be ({frames},), not {_shape(self.seconds)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Points followed through a shot: NaN where unseen, and then the score is 0.

    The left hand's slot is the signer's own left hand in every frame.
    """

    shot: Shot
    skeleton: Skeleton
    index: npt.NDArray[np.int64] = field(repr=False)
    """(frames,) which frame of the file each is, rising."""
    points: Floats = field(repr=False)
    """(frames, points, xyz): x and y as shares 0..1 of the image's width and height, z in the scale of x."""
    score: Floats = field(repr=False)
    """(frames, points), 0..1."""
    seconds: npt.NDArray[np.float64] = field(repr=False)
    """(frames,) display time within the file."""
    model: str
    """Fingerprint of weights and settings."""
    note: str = ""
    """What else was met on the way, for the ledger: several people in view, say."""

    def __post_init__(self) -> None:
        frames, points = len(self.index), len(self.skeleton)
        for name, array, shape in (
            ("points", self.points, (frames, points, 3)),
            ("score", self.score, (frames, points)),
            ("seconds", self.seconds, (frames,)),
        ):
            if array.shape != shape:
                raise ValueError(f"{name} of {self.skeleton.name} must be {shape}, not {_shape(array)}")
        if not frames:
            return
        if (np.diff(self.index) <= 0).any():
            raise ValueError("index must rise from frame to frame")
        if not np.array_equal(np.isnan(self.points).any(axis=2), self.score == 0):
            raise ValueError("a point must be NaN where its score is 0, and only there")

    def seen(self, part: str) -> npt.NDArray[np.bool_]:
        """(frames,) in which frames any point of a part was seen."""
        return np.asarray((self.score[:, self.skeleton[part]] > 0).any(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a clip was tracked."""

    frames: int
    seen: dict[str, float]
    """Share of frames with each part of the skeleton."""
    any_hand: float
    """Share of frames with at least one hand."""
    longest_gap: float
    """Seconds without any hand between two sightings, the longest; a frame stands for at most 0.25 s."""
    jitter: float
    """Median distance of a hand's points from the line between their neighbors in time, in hand sizes; NaN when no
    three frames lie close together."""
    hand_px: float
    """Median wrist to middle-finger MCP, pixels; NaN without hands."""
    score: float
    """Mean score of the points seen; 0 without any."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """A clip that one can train on: its track as refined, its label and its quality."""

    track: Track
    label: int
    quality: Quality
    raw: Track | None = None
    """The track before it was refined, which is never changed; None where there is no other than `track`."""

    @property
    def tracked(self) -> Track:
        """The raw track."""
        return self.track if self.raw is None else self.raw

    @property
    def entry(self) -> Entry:
        """What was signed."""
        return self.track.shot.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A clip that was dropped: at which stage, why (a word of `REASONS`), and the particulars."""

    id: str
    stage: Stage
    reason: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"'{self.reason}' is not among the reasons {', '.join(REASONS)}")


def by_reason(rejects: Iterable[Reject]) -> dict[str, int]:
    """How many there are of each reason, most first."""
    return dict(sorted(Counter(reject.reason for reject in rejects).items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class Vocabulary:
    """Glosses in label order: label i is `glosses[i]`."""

    glosses: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.glosses)) != len(self.glosses):
            raise ValueError("a vocabulary holds each gloss once")

    def __len__(self) -> int:
        return len(self.glosses)

    def __contains__(self, gloss: object) -> bool:
        return gloss in self._labels

    def index(self, gloss: str) -> int:
        """The label of a gloss; KeyError when it is not in the vocabulary."""
        return self._labels[gloss]

    @cached_property
    def _labels(self) -> dict[str, int]:
        return {gloss: label for label, gloss in enumerate(self.glosses)}


def _shape(array: npt.NDArray[np.generic]) -> str:
    return f"{array.dtype} {array.shape}"
