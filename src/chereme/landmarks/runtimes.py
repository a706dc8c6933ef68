"""What computes the networks: OpenVINO, and TFLite's own runtime to verify it by."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from chereme import plugins
from chereme.contracts import Network, Runtime
from chereme.errors import ExtraMissing, ModelsError, SettingsError
from chereme.landmarks import compiled
from chereme.landmarks.parts import parts, passages
from chereme.telemetry import openvino
from chereme.types import Floats

BATCHED = "hand_landmark", "pose_landmark", "face_landmark", "hand_recrop"
"""Networks whose outputs stay apart at batch > 1. The detectors' heads are concatenated over axis 1 with a baked-in
batch of 1, so a batch of two images would interleave: they run image by image."""


ROUNDED = {"hand_landmark_full": 3, "hand_landmark_lite": 12, "palm_detection_full": 0}
"""Networks that bear bfloat16 from after so many convolutions until after the last one (page Parity). Its 8 bits of
mantissa are too few for a hand's first layers, where single pixels count, and for the last, which write positions. The
others gain too little, or move too far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVino:
    """OpenVINO: one thread and one stream, since the parallelism is a process per core."""

    device: str = "cpu"
    """Where to run: cpu, or another device that OpenVINO knows."""
    mixed: bool = False
    """Compute the middle of a network in bfloat16, on processors that do so natively."""

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network, compiled at its first use for each batch size; a file it refuses is a `ModelsError`."""
        core = openvino().Core()
        if self.device.upper() not in {each.partition(".")[0] for each in core.available_devices}:
            there = ", ".join(each.lower() for each in core.available_devices)
            raise SettingsError(f"OpenVINO finds no device '{self.device}' here; there are: {there}")
        device = self.device.upper()
        settings = {"PERFORMANCE_HINT": "LATENCY"}
        if device == "CPU":
            # Pinning would put the single thread of every worker on the same core.
            settings |= {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1", "ENABLE_CPU_PINNING": "NO"}
        start = ROUNDED.get(path.stem) if self.mixed and device == "CPU" and native_bfloat16(core) else None
        precisions = ("f32",) if start is None else ("bf16", "f32") if start == 0 else ("f32", "bf16", "f32")
        checksum = sha256(path.read_bytes()).hexdigest()
        # On a CPU two images take longer together than one after the other: 11.0 against 9.9 ms a hand.
        batched = path.name.startswith(BATCHED) and device != "CPU"
        requests: dict[int, list[Any]] = {}

        def compute(batch: int) -> list[Any]:
            """A request for each part of the network; what one writes is what the next reads."""
            if batch not in requests:
                models: list[Any] = []
                requests[batch] = []
                for part, precision in enumerate(precisions):
                    how = settings | {"INFERENCE_PRECISION_HINT": precision}
                    facts = checksum, outputs, batch, start, part
                    network = compiled.recall(core, device, how, facts)
                    if network is None:
                        models = models or _parts(_read(core, path, outputs, batch), start)
                        network = core.compile_model(models[part], device, how)
                        compiled.keep(network, core, device, how, facts)
                    request = network.create_infer_request()
                    for i in range(len(network.inputs) if part else 0):
                        request.set_input_tensor(i, requests[batch][-1].get_output_tensor(i))
                    requests[batch].append(request)
            return requests[batch]

        names = outputs or _names(_whole(core, path))

        def once(images: Floats) -> dict[str, Floats]:
            # Not `set_input_tensor`, a hundredth of a holistic frame quicker: a request that still holds an array of
            # Python's when the process ends takes it down with a segmentation fault. One that holds another's does not.
            first, *later = compute(len(images))
            results = first.infer([images], share_inputs=True, share_outputs=bool(later))
            for request in later:
                results = request.infer()
            return {name: results[i] for i, name in enumerate(names)}

        def run(images: Floats) -> dict[str, Floats]:
            images = np.ascontiguousarray(images, np.float32)
            return once(images) if batched or len(images) == 1 else _one_by_one(once, images)

        compute(1)
        return run


def opened(name: str, device: str, *, exact: bool) -> Runtime:
    """The runtime of a name on a device; nothing is rounded where points shall be MediaPipe's own."""
    made: Runtime = plugins.load("runtimes", "openvino" if exact and name == "openvino-mixed" else name)(device=device)
    return made


def openvino_mixed(device: str = "cpu") -> OpenVino:
    """The runtime `openvino-mixed`: the middle of networks in bfloat16, on processors that compute it natively.

    There a hand's points lie 0.2 % of its size from the runtime `openvino` in the median, 2.2 % in 95 of 100 (page
    Parity). On others, single precision throughout, as that runtime has it.
    """
    return OpenVino(device=device, mixed=True)


def _parts(model: Any, start: int | None) -> list[Any]:
    """The model whole, or cut where bfloat16 starts, if that is not at once, and where it ends."""
    if start is None:
        return [model]
    last = max(passages(model))
    return parts(model, (start, last) if start else (last,))


def native_bfloat16(core: Any) -> bool:
    """Whether OpenVINO would choose bfloat16 of its own accord; elsewhere it is emulated, slower than f32."""
    return bool(core.get_property("CPU", "INFERENCE_PRECISION_HINT") == openvino().Type.bf16)


def _whole(core: Any, path: Path) -> Any:
    try:
        return core.read_model(path)
    except RuntimeError as error:
        raise ModelsError(f"OpenVINO cannot read {path}: {error}") from error


def _names(model: Any) -> tuple[str, ...]:
    return tuple(each.get_any_name() for each in model.outputs)


def _read(core: Any, path: Path, outputs: tuple[str, ...] | None, batch: int) -> Any:
    """OpenVINO's model of a file, cut down to the outputs that are asked for."""
    model = _whole(core, path)
    names = outputs or _names(model)
    _check(names, list(_names(model)), path)
    ends = []
    for name in names:
        end = model.output(name).node.input_value(0)
        end.get_tensor().add_names({name})
        ends.append(end)
    model = openvino().Model(ends, model.get_parameters())
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
