"""A recognizer as an ONNX file: checked to say the same, run by OpenVINO, complete in itself as a checkpoint is."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from chereme import plugins
from chereme.errors import DatasetError
from chereme.store import aside
from chereme.training.checkpoint import KEY, Checkpoint, Logits, Opened
from chereme.training.extra import imported
from chereme.training.preparation import Mask, Preparation
from chereme.types import Floats, Vocabulary

OPSET = 18
"""Of ONNX's operators: what PyTorch's exporter writes without converting."""
TOLERANCE = 1e-4
"""Most by which a logit may differ from PyTorch's, as a share of it where it is above 1."""


def export_onnx(checkpoint: Checkpoint, path: Path) -> float:
    """Write the network with all its settings, and give the greatest difference of its logits from PyTorch's.

    Inputs are `points` float32 (batch, frames, points, xyz), NaN where unseen, and `mask` bool (batch, frames), output
    `logits` (batch, classes); the batch is free, the frames are those of the checkpoint. Raises `DatasetError`, and
    leaves no file, where the difference is above `TOLERANCE`.
    """
    torch, onnx = imported("torch", "ONNX"), imported("onnx", "ONNX")
    imported("onnxscript", "ONNX")
    points, mask = trial(checkpoint)
    batch = torch.export.Dim("batch", min=1)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # the exporter's, of its own libraries
        written = torch.onnx.export(
            checkpoint.module(),
            (torch.from_numpy(points), torch.from_numpy(mask)),
            dynamo=True,
            opset_version=OPSET,
            input_names=["points", "mask"],
            output_names=["logits"],
            dynamic_shapes=({0: batch}, {0: batch}),
            verbose=False,
        )
    model = written.model_proto
    onnx.helper.set_model_props(model, {KEY: json.dumps(checkpoint.header())})
    with aside(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
        difference = compare(checkpoint, computed(temporary))
        if not difference <= TOLERANCE:
            raise DatasetError(f"{path}: logits differ by {difference:.2g} from PyTorch's, more than {TOLERANCE:g}")
    return difference


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on libraries that are not installed."""
    talker = logging.getLogger("torch.onnx")
    before = talker.level
    talker.setLevel(logging.ERROR)
    try:
        yield
    finally:
        talker.setLevel(before)


def compare(checkpoint: Checkpoint, logits: Logits) -> float:
    """The greatest difference from PyTorch's logits on made-up clips of every length, by TOLERANCE's measure."""
    points, mask = trial(checkpoint)
    wanted = checkpoint.open().logits(points, mask)
    return float((np.abs(logits(points, mask) - wanted) / np.maximum(1, np.abs(wanted))).max())


def trial(checkpoint: Checkpoint, clips: int = 12) -> tuple[Floats, Mask]:
    """Clips to compare by: random walks of several lengths, some of whose parts are unseen at times."""
    random = np.random.default_rng(0)
    skeleton, frames = checkpoint.preparation.skeleton, checkpoint.preparation.frames
    points = random.normal(0, 1, (clips, 1, len(skeleton), 3)) + random.normal(0, 0.1, (clips, frames, 1, 3)).cumsum(1)
    lengths = np.linspace(1, frames, clips).round().astype(np.int64)
    mask = np.arange(frames) < lengths[:, None]
    for part in skeleton.parts:
        points[:, :, skeleton[part.name]][random.random((clips, frames)) < 0.3] = np.nan
    points[~mask] = np.nan
    return points.astype(np.float32), mask


def open_onnx(path: Path) -> Opened:
    """An exported recognizer, run by OpenVINO on the CPU, without PyTorch; raises `DatasetError` for another file."""
    if not path.is_file():
        raise DatasetError(f"{path} is not there")
    onnx = imported("onnx", "ONNX")
    try:
        properties = {each.key: each.value for each in onnx.load(path).metadata_props}
        header = json.loads(properties[KEY])
        plugins.load("recognizers", header["recognizer"])
        return Opened(
            recognizer=header["recognizer"],
            vocabulary=Vocabulary(tuple(header["vocabulary"])),
            preparation=Preparation.restored(header["preparation"]),
            logits=computed(path),
            facts=header["facts"],
        )
    except DatasetError:
        raise
    except Exception as error:  # onnx and OpenVINO raise whatever their readers met
        raise DatasetError(f"{path} is no recognizer of chereme: {type(error).__name__}") from error


def computed(path: Path) -> Logits:
    """The file's logits by OpenVINO, in single precision."""
    import openvino

    core = openvino.Core()
    network: Any = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def logits(points: Floats, mask: Mask) -> Floats:
        if not len(points):
            return np.zeros((0, network.output(0).get_partial_shape()[1].get_length()), np.float32)
        given = [np.ascontiguousarray(points, np.float32), np.ascontiguousarray(mask)]
        return np.array(network(given)[network.output(0)], np.float32)

    return logits
