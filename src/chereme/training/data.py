"""Clips as tensors: a PyTorch dataset over a manifest, and loaders whose batches a seed decides."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from chereme.errors import DatasetError, ExtraMissing, Rejected, SettingsError
from chereme.frames import decode, probe
from chereme.types import Bytes, Entry, Floats, Shot

if TYPE_CHECKING:
    import torch
    from torch.utils.data import DataLoader, WeightedRandomSampler

KINETICS_MEAN = (0.43216, 0.394666, 0.37645)
KINETICS_STD = (0.22803, 0.22145, 0.216989)
"""Of red, green and blue, as shares of 255: what torchvision's video models (R3D, MC3, R2Plus1D) were trained with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What of a clip becomes its tensor."""

    frames: int = 32
    """Frames of every tensor."""
    stride: int = 2
    """Every how many frames of the file one is taken; clips too long for that are spread evenly over their length."""
    pad: Literal["loop", "edge"] = "loop"
    """How shorter clips are filled: from their beginning again, or with their last frame."""
    short_side: int = 128
    """Length in pixels to which a picture's shorter side is brought, the other in proportion."""
    size: int = 112
    """Width and height of the crop, pixels."""
    crop: Literal["center", "random"] = "center"
    """Where the crop lies, the same in all frames of a clip: in the middle, or anywhere."""
    mean: tuple[float, float, float] = KINETICS_MEAN
    """Of each channel, subtracted; channels are shares 0..1."""
    std: tuple[float, float, float] = KINETICS_STD
    """Of each channel, divided by."""
    flip: bool = False
    """Whether every other clip is mirrored, which makes right hands left ones: some signs then mean something else."""

    def __post_init__(self) -> None:
        if self.frames < 1 or self.stride < 1:
            raise SettingsError(f"frames and stride are at least 1, not {self.frames} and {self.stride}")
        if self.pad not in ("loop", "edge"):
            raise SettingsError(f"pad is 'loop' or 'edge', not '{self.pad}'")
        if self.crop not in ("center", "random"):
            raise SettingsError(f"crop is 'center' or 'random', not '{self.crop}'")
        if not 1 <= self.size <= self.short_side:
            raise SettingsError(f"size is from 1 to short-side, {self.short_side}, not {self.size}")
        if min(self.std) <= 0:
            raise SettingsError(f"std is above 0 in each channel, not {self.std}")

    def index(self, length: int) -> npt.NDArray[np.int64]:
        """Which of a clip's `length` frames are taken, (frames,)."""
        taken = np.arange(0, length, self.stride)
        if len(taken) > self.frames:
            return ((np.arange(self.frames) + 0.5) * length / self.frames).astype(np.int64)
        places = np.arange(self.frames)
        places = places % len(taken) if self.pad == "loop" else np.minimum(places, len(taken) - 1)
        return np.asarray(taken[places], np.int64)

    def own(self, length: int) -> int:
        """How many of the frames taken are the clip's own: the first ones; the others repeat some of them."""
        return min(self.frames, -(-length // self.stride))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clip of a manifest: the file's frames `first` <= i < `stop`, to its end where `stop` is None."""

    id: str
    path: Path
    label: int
    split: str
    first: int = 0
    stop: int | None = None


def read_manifest(manifest: Path, base: Path | None = None) -> list[Row]:
    """The clips of a `manifest.csv`, of the export `clips` or of the export `manifest`.

    Paths that are not absolute are relative to `base`, by default the manifest's own folder. Raises `DatasetError` for
    a file that is none, naming the line.
    """
    base = base or manifest.parent
    try:
        with manifest.open(encoding="utf-8", newline="") as file:
            return [_row(row, base) for row in csv.DictReader(file)]
    except OSError as error:
        raise DatasetError(f"{manifest}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        wants = "video_id, path, label, and first_frame with stop_frame where a clip is a part of its file"
        raise DatasetError(f"{manifest}: no manifest of clips, with the columns {wants}: {error!r}") from error


def _row(row: dict[str, str], base: Path) -> Row:
    part = {"first": int(row["first_frame"]), "stop": int(row["stop_frame"])} if row.get("stop_frame") else {}
    return Row(
        id=row["video_id"], path=base / row["path"], label=int(row["label"]), split=row.get("split") or "", **part
    )


@dataclass(slots=True, kw_only=True)
class Clips:
    """A map-style dataset for PyTorch: float32 (frames, channels, height, width) and the label of each clip.

    What is random depends on `seed`, the epoch and the clip's place alone: neither on the number of workers nor on the
    order in which clips are asked for. It travels to workers, spawned ones too.
    """

    rows: Sequence[Row]
    loading: Loading = field(default_factory=Loading)
    seed: int = 0
    _epoch: "torch.Tensor" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # In shared memory, so that workers that outlive an epoch see the next one.
        self._epoch = _torch().zeros((), dtype=_torch().int64).share_memory_()

    @classmethod
    def of(
        cls, manifest: Path, split: str | None = None, *, base: Path | None = None, loading: Loading | None = None,
        seed: int = 0,
    ) -> "Clips":  # fmt: skip
        """The clips of a manifest, of one split or of all."""
        rows = [row for row in read_manifest(manifest, base) if split is None or row.split == split]
        if not rows:
            raise DatasetError(f"{manifest}: no clip" + (f" of the split '{split}'" if split else ""))
        return cls(rows=rows, loading=loading or Loading(), seed=seed)

    def set_epoch(self, epoch: int) -> None:
        """Draw other crops and mirrorings from now on, in workers too."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> "tuple[torch.Tensor, int]":
        """The tensor and label of a clip; raises `DatasetError` naming a file that cannot be decoded."""
        row = self.rows[place]
        random = np.random.default_rng([self.seed, int(self._epoch), place % len(self.rows)])
        try:
            pictures = self._pictures(row, random)
        except Rejected as trouble:
            raise DatasetError(f"{row.path}: {trouble}") from trouble
        return _torch().from_numpy(pictures), row.label

    @property
    def labels(self) -> list[int]:
        """The label of each clip."""
        return [row.label for row in self.rows]

    def _pictures(self, row: Row, random: np.random.Generator) -> Floats:
        """(frames, channels, height, width)."""
        asked = self.loading
        place = random.random(2) if asked.crop == "random" else np.full(2, 0.5)
        mirrored = bool(random.random() < 0.5) if asked.flip else False
        small = cropped(watched(row, asked)[0], asked.size, place)
        if mirrored:
            small = small[:, :, ::-1]
        scale = 1 / (255 * np.array(asked.std, np.float32))
        shift = np.array(asked.mean, np.float32) / np.array(asked.std, np.float32)
        return np.ascontiguousarray((small * scale.astype(np.float32) - shift).transpose(0, 3, 1, 2))


def watched(row: Row, asked: Loading) -> tuple[Bytes, int]:
    """The frames of a clip, (frames, height, width, rgb), their shorter side `short_side`; and how many are its own.

    Raises `Rejected` where they cannot be decoded.
    """
    media = probe(row.path).media
    stop = media.frames if row.stop is None else row.stop
    if not row.first < stop <= media.frames:
        raise Rejected("span_outside", f"frames {row.first} to {stop} of {media.frames}")
    shot = Shot(entry=Entry(id=row.id, gloss=""), media=media, first=row.first, stop=stop)
    index = row.first + asked.index(stop - row.first)
    needed = np.unique(index)
    found = [resized(pixels, asked.short_side) for window in decode(shot, needed) for pixels in window.pixels]
    if len(found) < len(needed):
        raise Rejected("undecodable", f"{len(found)} of {len(needed)} frames")
    return np.stack(found)[np.searchsorted(needed, index)], asked.own(stop - row.first)


def balanced(labels: Sequence[int], seed: int = 0) -> "WeightedRandomSampler":
    """A sampler with replacement that draws every class equally often: each clip weighs 1 / clips of its class."""
    from torch.utils.data import WeightedRandomSampler

    counts = Counter(labels)
    generator = _torch().Generator().manual_seed(seed)
    return WeightedRandomSampler([1 / counts[label] for label in labels], len(labels), generator=generator)


def loader(
    clips: Clips, *, batch: int = 8, workers: int = 0, shuffle: bool = False, balance: bool = False
) -> "DataLoader[tuple[torch.Tensor, int]]":
    """Batches of clips: float32 (batch, frames, channels, height, width), int64 (batch,); the clips' seed decides them.

    Workers are spawned: forked ones inherit the locks of decoders. `balance` draws classes equally often (`balanced`);
    `shuffle` takes each clip once, in another order each time.
    """
    torch = _torch()
    from torch.utils.data import DataLoader, RandomSampler, Sampler

    if shuffle and balance:
        raise SettingsError("shuffle and balance are two ways to draw clips; choose one")
    sampler: Sampler[int] | None = None
    if balance:
        sampler = balanced(clips.labels, clips.seed)
    elif shuffle:  # with a generator of its own: the loader draws from its one as often as it has workers
        sampler = RandomSampler(clips, generator=torch.Generator().manual_seed(clips.seed))
    return DataLoader(
        clips,  # type: ignore[arg-type]  # a dataset by what it does, not by its class
        batch_size=batch,
        sampler=sampler,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
        persistent_workers=bool(workers),
        generator=torch.Generator().manual_seed(clips.seed),
        worker_init_fn=_one_thread if workers else None,
    )


def _one_thread(_: int) -> None:
    """A worker resizes on its own core alone: the others have workers of their own."""
    cv2.setNumThreads(1)


def resized(pixels: Bytes, short_side: int) -> Bytes:
    """A picture (height, width, rgb) brought to a shorter side of so many pixels."""
    height, width = pixels.shape[:2]
    scale = short_side / min(height, width)
    wanted = max(short_side, round(width * scale)), max(short_side, round(height * scale))
    if wanted == (width, height):
        return pixels
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, wanted, interpolation=way), np.uint8)


def cropped(pixels: Bytes, size: int, place: npt.ArrayLike = (0.5, 0.5)) -> Bytes:
    """(frames, size, size, rgb) of frames; `place` is where the crop lies between its ends, down and across, 0..1."""
    down, across = (
        min(int(share * (room + 1)), room)
        for share, room in zip(np.asarray(place), (side - size for side in pixels.shape[1:3]), strict=True)
    )
    return pixels[:, down : down + size, across : across + size]


def _torch() -> Any:
    """PyTorch, or how to get it."""
    try:
        import torch
    except ImportError:
        raise ExtraMissing("loading clips as tensors", "train") from None
    return torch
