"""A drawn collection in WLASL's form: `metadata.json`, `videos/<id>.mp4` and the truth, `joints/<id>.npz`."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import cv2
import numpy as np

from chereme.bounds import require
from chereme.errors import OutputError, SettingsError
from chereme.frames.encode import write_video
from chereme.store.whole import write_bytes, write_json
from chereme.synth.perform import Performance
from chereme.synth.signer import draw_signer
from chereme.synth.signs import SIGNS
from chereme.types import Split

log = logging.getLogger(__name__)

RECIPE = 3
"""Raised whenever the drawing changes, so that clips drawn otherwise are drawn again."""
PRESET = "superfast"
"""x264's fastest settings but one. The slower ones weigh blocks by a tree of references (mbtree), whose AVX-512 code
gives other bytes from run to run: seen with libx264 of PyAV 18.1, and not with `asm=avx2` or without mbtree."""
HELD_OUT = 0.15
"""Share of the signers, at least one, that each of val and test gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Every sign by every signer, `takes` times."""

    signs: int = 8
    """How many signs, 1 to 16: the first of the table in `synth/signs.py`."""
    signers: int = 6
    """How many signers; from 3 on val and test have signers of their own."""
    takes: int = 1
    """How often a signer repeats each sign, never quite the same."""
    width: int = 320
    """Pixels, even."""
    height: int = 240
    """Pixels, even."""
    fps: float = 25.0
    """Frames a second."""
    seconds: float = 2.0
    """Length of a clip by a signer of average tempo, seconds."""
    crf: float = 23.0
    """x264's quality, 0 to 51: lower is better and larger."""
    seed: int = 0
    """Draws other signers and other movements."""
    workers: int = 1
    """Processes that draw; the files are the same for any number."""

    def __post_init__(self) -> None:
        if not 1 <= self.signs <= len(SIGNS):
            raise SettingsError(f"[synth] signs must be 1 to {len(SIGNS)}, not {self.signs}")
        require(self, ("signers", "takes", "workers"), lambda value: value >= 1, "must be at least 1", "[synth] ")
        sized = "must be even and at least 64 pixels"
        require(self, ("width", "height"), lambda value: value >= 64 and not value % 2, sized, "[synth] ")
        if self.width < self.height:
            raise SettingsError(f"[synth] {self.width}×{self.height} is too narrow for two arms; make width the longer")
        if not (0 < self.fps <= 240 and 0.5 <= self.seconds <= 60):
            raise SettingsError(
                f"[synth] fps must be 0 to 240 and seconds 0.5 to 60, not {self.fps} and {self.seconds}"
            )
        if not 0 <= self.crf <= 51:
            raise SettingsError(f"[synth] crf must be 0 to 51, not {self.crf}")
        if self.seed < 0:
            raise SettingsError(f"[synth] seed must be at least 0, not {self.seed}")

    def clips(self) -> "Iterator[Clip]":
        """All clips, by sign, signer and take."""
        glosses = list(SIGNS)[: self.signs]
        for sign, signer, take in product(range(self.signs), range(self.signers), range(self.takes)):
            yield Clip(
                id=f"{sign + 1:02}{signer + 1:03}{take + 1:02}",
                instance=signer * self.takes + take,
                split=self._split(signer, take),
                crf=self.crf,
                performance=Performance(
                    gloss=glosses[sign],
                    signer=draw_signer(signer, self.seed),
                    take=take,
                    width=self.width,
                    height=self.height,
                    fps=self.fps,
                    seconds=self.seconds,
                    seed=self.seed,
                ),
            )

    def _split(self, signer: int, take: int) -> Split:
        """Signers of their own for val and test; with fewer than three of them, takes of their own."""
        count, number = (self.signers, signer) if self.signers >= 3 else (self.takes, take)
        if count < 3:
            return "train" if signer == 0 else "test"
        held = max(1, round(HELD_OUT * count))
        return "test" if number >= count - held else "val" if number >= count - 2 * held else "train"

    def write(self, out: Path, progress: Callable[[int, int], None] | None = None) -> Path:
        """Write the collection below `out` and give back its `metadata.json`, which is written last.

        A clip that is there already, drawn with the same settings, is not drawn again; so a run that was interrupted
        goes on. Each file appears whole. `progress` is told how many clips are finished, and of how many. Raises
        `OutputError` where the folder cannot be written.
        """
        clips = list(self.clips())
        try:
            (out / "joints").mkdir(parents=True, exist_ok=True)
            (out / "videos").mkdir(parents=True, exist_ok=True)
            left = [clip for clip in clips if not clip.finished(out)]
            for done, _ in enumerate(_draw_all(left, out, self.workers), start=len(clips) - len(left) + 1):
                if progress:
                    progress(done, len(clips))
            if progress and not left:
                progress(len(clips), len(clips))
            metadata = out / "metadata.json"
            write_json(metadata, _metadata(clips, out))
        except OSError as error:
            raise OutputError(f"cannot write the collection below {out}: {error.strerror or error}") from error
        log.info("%d clips below %s, %d of them drawn now", len(clips), out, len(left))
        return metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One video of a collection."""

    id: str
    instance: int
    split: Split
    crf: float
    performance: Performance

    def fingerprint(self) -> str:
        """Hash of all that the clip's files depend on."""
        facts = json.dumps([RECIPE, self.crf, asdict(self.performance)], sort_keys=True)
        return sha256(facts.encode()).hexdigest()[:16]

    def video(self, out: Path) -> Path:
        """Where its pixels are."""
        return out / "videos" / f"{self.id}.mp4"

    def joints(self, out: Path) -> Path:
        """Where its truth is."""
        return out / "joints" / f"{self.id}.npz"

    def finished(self, out: Path) -> bool:
        """Whether both files are there and drawn with these settings."""
        try:
            with np.load(self.joints(out), allow_pickle=False) as truth:
                return self.video(out).is_file() and str(truth["fingerprint"]) == self.fingerprint()
        except (OSError, ValueError, KeyError, BadZipFile):
            return False

    def write(self, out: Path) -> None:
        """Draw the clip; its joints, which say that it is finished, are written last."""
        points, boxes = [], []

        def pixels() -> Iterator[Any]:
            for moment in self.performance.draw():
                points.append(moment.joints)
                boxes.append(moment.box)
                yield moment.pixels

        self.joints(out).unlink(missing_ok=True)
        write_video(self.video(out), pixels(), self.performance.fps, crf=self.crf, preset=PRESET)
        joints, box = np.stack(points), np.array(boxes)
        size = (self.performance.width, self.performance.height)
        truth = BytesIO()
        np.savez_compressed(
            truth,
            points=joints,
            visible=~np.isnan(joints).any(axis=(2, 3)),
            middle=np.array(self.performance.middle),
            box=np.clip(
                np.concatenate([np.floor(box[:, :2].min(axis=0)), np.ceil(box[:, 2:].max(axis=0))]), 0, size * 2
            ),
            fingerprint=np.array(self.fingerprint()),
        )
        write_bytes(self.joints(out), truth.getvalue())


def _draw(clip: Clip, out: Path) -> None:
    cv2.setNumThreads(1)  # a process a core: threads within would only compete
    clip.write(out)


def _draw_all(clips: list[Clip], out: Path, workers: int) -> Iterator[None]:
    if workers == 1 or len(clips) < 2:
        for clip in clips:
            _draw(clip, out)
            yield
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            for finished in as_completed([pool.submit(_draw, clip, out) for clip in clips]):
                yield finished.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _metadata(clips: list[Clip], out: Path) -> list[dict[str, Any]]:
    """WLASL v0.3's form: a gloss after the other, each with its instances."""
    glosses = dict[str, list[dict[str, Any]]]()
    for clip in clips:
        with np.load(clip.joints(out), allow_pickle=False) as truth:
            box = [int(side) for side in truth["box"]]
        glosses.setdefault(clip.performance.gloss, []).append(
            {
                "bbox": box,
                "fps": 25,
                "frame_end": -1,
                "frame_start": 1,
                "instance_id": clip.instance,
                "signer_id": int(clip.performance.signer.name),
                "source": "drawn",
                "split": clip.split,
                "url": "",
                "variation_id": 0,
                "video_id": clip.id,
            }
        )
    return [{"gloss": gloss, "instances": instances} for gloss, instances in glosses.items()]
