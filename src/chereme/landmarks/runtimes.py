"""What computes the networks: OpenVINO, and TFLite's own runtime to verify it by."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from chereme.contracts import Network
from chereme.errors import ExtraMissing, ModelsError, SettingsError
from chereme.landmarks import compiled
from chereme.types import Floats

BATCHED = "hand_landmark", "pose_landmark", "face_landmark", "hand_recrop"
"""Networks whose outputs stay apart at batch > 1. The detectors' heads are concatenated over axis 1 with a baked-in
batch of 1, so a batch of two images would interleave: they run image by image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVino:
    """OpenVINO: one thread and one stream, since the parallelism is a process per core."""

    device: str = "cpu"
    """Where to run: cpu, or another device that OpenVINO knows."""

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network, compiled at its first use for each batch size; a file it refuses is a `ModelsError`."""
        import openvino as ov

        core = ov.Core()
        if self.device.upper() not in {each.partition(".")[0] for each in core.available_devices}:
            there = ", ".join(each.lower() for each in core.available_devices)
            raise SettingsError(f"OpenVINO finds no device '{self.device}' here; there are: {there}")
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        if self.device.lower() == "cpu":
            # Pinning would put the single thread of every worker on the same core.
            settings |= {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1", "ENABLE_CPU_PINNING": "NO"}
        device = self.device.upper()
        checksum = sha256(path.read_bytes()).hexdigest()
        # On a CPU two images take longer together than one after the other: 11.0 against 9.9 ms a hand.
        batched = path.name.startswith(BATCHED) and self.device.lower() != "cpu"
        requests: dict[int, Any] = {}

        def compute(batch: int) -> Any:
            if batch not in requests:
                facts = checksum, outputs, batch
                network = compiled.recall(core, device, settings, facts)
                if network is None:
                    network = core.compile_model(_read(core, path, outputs, batch), device, settings)
                    compiled.keep(network, core, device, settings, facts)
                requests[batch] = network.create_infer_request()
            return requests[batch]

        names = outputs or tuple(each.get_any_name() for each in compute(1).get_compiled_model().outputs)

        def once(images: Floats) -> dict[str, Floats]:
            # Not `set_input_tensor`, a hundredth of a holistic frame quicker: a request that still holds an array of
            # Python's when the process ends takes it down with a segmentation fault.
            results = compute(len(images)).infer([images], share_inputs=True)
            return {name: results[i] for i, name in enumerate(names)}

        def run(images: Floats) -> dict[str, Floats]:
            images = np.ascontiguousarray(images, np.float32)
            return once(images) if batched or len(images) == 1 else _one_by_one(once, images)

        compute(1)
        return run


def _read(core: Any, path: Path, outputs: tuple[str, ...] | None, batch: int) -> Any:
    """OpenVINO's model of a file, cut down to the outputs that are asked for."""
    import openvino as ov

    try:
        model = core.read_model(path)
    except RuntimeError as error:
        raise ModelsError(f"OpenVINO cannot read {path}: {error}") from error
    names = outputs or tuple(each.get_any_name() for each in model.outputs)
    _check(names, [each.get_any_name() for each in model.outputs], path)
    ends = []
    for name in names:
        end = model.output(name).node.input_value(0)
        end.get_tensor().add_names({name})
        ends.append(end)
    model = ov.Model(ends, model.get_parameters())
    if batch > 1:
        model.reshape([batch, *model.input(0).shape[1:]])
    return model


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteRt:
    """TFLite's own runtime, one thread: what the others are verified by."""

    device: str = "cpu"
    """Where to run: cpu, it knows no other here."""

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network; images run one by one. Without the library: `ExtraMissing`."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise ExtraMissing("the runtime 'litert'", "verify") from error
        if self.device.lower() != "cpu":
            raise SettingsError(f"the runtime 'litert' runs on cpu, not on '{self.device}'")
        interpreter = Interpreter(model_path=str(path), num_threads=1)
        interpreter.allocate_tensors()
        place = interpreter.get_input_details()[0]["index"]
        places = {each["name"]: each["index"] for each in interpreter.get_output_details()}
        names = outputs or tuple(places)
        _check(names, list(places), path)

        def once(images: Floats) -> dict[str, Floats]:
            interpreter.set_tensor(place, images)
            interpreter.invoke()
            return {name: interpreter.get_tensor(places[name]) for name in names}

        def run(images: Floats) -> dict[str, Floats]:
            return _one_by_one(once, np.ascontiguousarray(images, np.float32))

        return run


def _one_by_one(once: Network, images: Floats) -> dict[str, Floats]:
    each = [once(images[i : i + 1]) for i in range(len(images))]
    return {name: np.concatenate([one[name] for one in each]) for name in each[0]}


def _check(asked: tuple[str, ...], there: list[str], path: Path) -> None:
    if unknown := sorted(set(asked) - set(there)):
        raise SettingsError(f"{path.name} has no output '{unknown[0]}'; it has {', '.join(there)}")
