"""Clips as tensors: a PyTorch dataset over a manifest, and loaders whose batches a seed decides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from chereme.errors import DatasetError, ExtraMissing, Rejected, SettingsError
from chereme.training.loading import Loading, cropped, watched
from chereme.training.manifest import Row, read_manifest
from chereme.types import Floats

if TYPE_CHECKING:
    import torch
    from torch.utils.data import DataLoader, WeightedRandomSampler

__all__ = ["Clips", "Loading", "Row", "balanced", "loader", "read_manifest"]


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


def _torch() -> Any:
    """PyTorch, or how to get it."""
    try:
        import torch
    except ImportError:
        raise ExtraMissing("loading clips as tensors", "train") from None
    return torch
