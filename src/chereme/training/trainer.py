"""Lightning's trainer, held to our manners: it is quiet, can be interrupted, and tells trouble in plain words."""

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chereme.errors import DatasetError, WorkersError
from chereme.landmarks.torch_runtime import Torch
from chereme.training.extra import imported, networks

if TYPE_CHECKING:
    from chereme.training.fit import Fit


def run_epochs(lesson: Any, fit: "Fit", folder: Path, practice: Any, judging: Any | None, last: Path | None) -> None:
    """Train a lesson on batches, judge it by others after each epoch, and leave checkpoints in the folder.

    `last` is the checkpoint of a run to go on with. Raises `DatasetError` for a clip that cannot be read,
    `WorkersError` where a process that loads clips dies, `SettingsError` for a device that is not there and where
    weights or loss are no numbers any more.
    """
    lightning = imported("lightning.pytorch", "training")
    if fit.device != "auto":
        Torch(device=fit.device).place()
    with _quiet():
        trainer = lightning.Trainer(
            accelerator={"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[fit.device],
            devices=1,
            max_epochs=fit.epochs,
            gradient_clip_val=fit.clip_norm or None,
            callbacks=networks("lesson").callbacks(fit, folder, judged=judging is not None),
            logger=_tensorboard(lightning, folder) if fit.tensorboard else False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=folder,
        )
        with _in_plain_words(), _interruptible():
            trainer.fit(lesson, practice, judging, ckpt_path=last, weights_only=True)


def _tensorboard(lightning: Any, folder: Path) -> Any:
    imported("tensorboard", "writing TensorBoard logs")
    return lightning.loggers.TensorBoardLogger(folder, name="", version="tensorboard")


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """What befalls a loader's process, said as if it had happened here: PyTorch says it with that one's traceback."""
    try:
        yield
    except DatasetError as trouble:
        raise DatasetError(str(trouble).rpartition(f"{type(trouble).__name__}: ")[2].strip()) from trouble
    except RuntimeError as trouble:
        if "DataLoader worker" not in str(trouble):
            raise
        raise WorkersError(
            f"a process that loads clips has ended: {trouble}. Either memory did not suffice, and fewer --workers take "
            "less of it, or its decoder did not survive a clip"
        ) from trouble


@contextmanager
def _interruptible() -> Iterator[None]:
    """An interrupt as what it is: the trainer ends the program in its place, without a word, and is deaf to another."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as end:
        if not isinstance(end.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, before)
        raise end.__context__ from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the trainer's own talk: tips, devices, and advice on workers that small arrays do not want."""
    talker = logging.getLogger("lightning.pytorch")
    before = talker.level
    talker.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            warnings.filterwarnings("ignore", message=".*Checkpoint directory.*")
            warnings.filterwarnings("ignore", message="Encountered `nan`.*")  # said in words of ours
            yield
    finally:
        talker.setLevel(before)
