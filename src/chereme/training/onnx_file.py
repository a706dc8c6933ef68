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
from chereme.store.plain import restored
from chereme.telemetry import openvino
from chereme.training.checkpoint import KEY, Checkpoint, Logits, Opened, preparation_of, refuse_absent
from chereme.training.extra import imported
from chereme.training.form import Mask, Values
from chereme.training.taught import Taught
from chereme.types import Floats, Vocabulary

OPSET = 18
"""Of ONNX's operators: what PyTorch's exporter writes without converting."""
TOLERANCE = 1e-4
"""Most by which a logit may differ from PyTorch's, as a share of it where it is above 1."""


def export_onnx(checkpoint: Checkpoint, path: Path) -> float:
    """Write the network with all its settings, and give the greatest difference of its logits from PyTorch's.

    Inputs are `points` float32 (batch, frames, points, xyz), NaN where unseen, or `pixels` uint8 (batch, frames,
    height, width, rgb), and `mask` bool (batch, frames), output `logits` (batch, classes); the batch is free, the
    frames are those of the checkpoint. Raises `DatasetError`, and leaves no file, where the difference is above
    `TOLERANCE`.
    """
    torch, onnx = imported("torch", "ONNX"), imported("onnx", "ONNX")
    imported("onnxscript", "ONNX")
    values, mask = trial(checkpoint)
    batch = torch.export.Dim("batch", min=1)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # the exporter's, of its own libraries
        written = torch.onnx.export(
            checkpoint.module(),
            (torch.from_numpy(values), torch.from_numpy(mask)),
            dynamo=True,
            opset_version=OPSET,
            input_names=[checkpoint.preparation.input, "mask"],
            output_names=["logits"],
            dynamic_shapes=({0: batch}, {0: batch}),
            verbose=False,
        )
    model = written.model_proto
    onnx.helper.set_model_props(model, {KEY: json.dumps(checkpoint.header())})
    with aside(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
        difference = compare(checkpoint, computed(temporary, checkpoint.preparation.dtype))
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
    values, mask = trial(checkpoint)
    wanted = checkpoint.open().logits(values, mask)
    return float((np.abs(logits(values, mask) - wanted) / np.maximum(1, np.abs(wanted))).max())


def trial(checkpoint: Checkpoint, clips: int = 12) -> tuple[Values, Mask]:
    """Made-up clips to compare by, of several lengths."""
    return checkpoint.preparation.trial(clips)


def open_onnx(path: Path) -> Opened:
    """An exported recognizer, run by OpenVINO on the CPU, without PyTorch; raises `DatasetError` for another file."""
    refuse_absent(path)
    onnx = imported("onnx", "ONNX")
    try:
        properties = {each.key: each.value for each in onnx.load(path).metadata_props}
        header = json.loads(properties[KEY])
        plugins.load("recognizers", header["recognizer"])
        preparation = preparation_of(header)
        return Opened(
            recognizer=header["recognizer"],
            vocabulary=Vocabulary(tuple(header["vocabulary"])),
            preparation=preparation,
            logits=computed(path, preparation.dtype),
            facts=header["facts"],
            taught=restored(Taught, header.get("taught", {})),
        )
    except DatasetError:
        raise
    except Exception as error:  # onnx and OpenVINO raise whatever their readers met
        raise DatasetError(f"{path} is no recognizer of chereme: {type(error).__name__}") from error


def computed(path: Path, dtype: type[np.generic] = np.float32) -> Logits:
    """The file's logits by OpenVINO, in single precision."""
    core = openvino().Core()
    network: Any = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def logits(values: Values, mask: Mask) -> Floats:
        if not len(values):
            return np.zeros((0, network.output(0).get_partial_shape()[1].get_length()), np.float32)
        given = [np.ascontiguousarray(values, dtype), np.ascontiguousarray(mask)]
        return np.array(network(given)[network.output(0)], np.float32)

    return logits
