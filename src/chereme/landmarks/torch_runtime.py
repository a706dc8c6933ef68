"""The runtime `torch`: networks from their `.tflite` files in PyTorch, many images a pass, on a GPU or on the CPU."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chereme.contracts import Network
from chereme.errors import ExtraMissing, ModelsError, SettingsError
from chereme.landmarks.operators import Making, Step, make
from chereme.landmarks.tflite import Graph, read
from chereme.types import Floats

if TYPE_CHECKING:
    import torch

Compute = Callable[["torch.Tensor"], Mapping[str, "torch.Tensor"]]
"""Images on the device, (batch, height, width, channels) in 0..1, to named outputs there, all float32."""

WARM = 3
"""Passes before one is recorded: libraries make their choices in the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Torch:
    """PyTorch. Any batch at once, or always the same, so that an image's result does not depend on its company."""

    device: str = "cpu"
    """Where to run: cpu, cuda, or cuda:1 for the second GPU."""
    half: bool = False
    """Compute in half precision on a GPU; a CPU computes in single precision all the same."""
    batch: int = 0
    """Images a pass: fewer are filled up with black ones, more take several passes. 0: as many as there are."""
    compile: bool = False
    """Let torch.compile join operators, which takes a minute or more at the start."""
    graphs: bool = False
    """On a GPU record a pass once and play it again, as a CUDA graph; it wants a `batch`."""

    def load(self, path: Path, outputs: tuple[str, ...] | None = None) -> Network:
        """The network from arrays to arrays; a file it cannot read is a `ModelsError`."""
        import torch

        compute, device = self.network(path, outputs), self.place()

        def run(images: Floats) -> dict[str, Floats]:
            given = torch.from_numpy(np.ascontiguousarray(images, np.float32)).to(device)
            return {name: found.cpu().numpy() for name, found in compute(given).items()}

        return run

    def network(self, path: Path, outputs: tuple[str, ...] | None = None) -> Compute:
        """The network on the device, from tensors to tensors."""
        device = self.place()
        import torch

        if self.graphs and not self.batch:
            raise SettingsError("the runtime 'torch' records CUDA graphs of one batch size: give it a batch")
        graph = read(path)
        names = outputs or tuple(graph.outputs)
        if unknown := sorted(set(names) - set(graph.outputs)):
            raise SettingsError(f"{path.name} has no output '{unknown[0]}'; it has {', '.join(graph.outputs)}")
        dtype = torch.float16 if self.half and device.type == "cuda" else torch.float32
        try:
            _Steps(graph, names, torch.device("meta"), torch.float32).check()
            steps = _Steps(graph, names, device, dtype)
        except ModelsError as error:
            raise ModelsError(f"{path.name}: {error}") from None
        except Exception as error:  # PyTorch says in its own words what does not fit together
            raise ModelsError(f"{path.name} does not fit together: {type(error).__name__}: {error}") from error

        def once(images: "torch.Tensor") -> list["torch.Tensor"]:
            return [found.float() for found in steps(images.to(dtype))]

        inner: Callable[[torch.Tensor], list[torch.Tensor]] = once
        if self.compile:
            inner = torch.compile(once, dynamic=False)
        if self.graphs and device.type == "cuda":
            inner = _recorded(inner, torch.zeros(self.batch, *steps.given, device=device))

        def compute(images: "torch.Tensor") -> dict[str, "torch.Tensor"]:
            if images.shape[1:] != steps.given:
                raise ValueError(f"{path.name} takes images {steps.given}, not {tuple(images.shape[1:])}")
            with torch.inference_mode(), _exact():
                found = [inner(part) for part in _filled(images, self.batch)]
                joined = [torch.cat(parts)[: len(images)] for parts in zip(*found, strict=True)]
                return dict(zip(names, joined, strict=True))

        return compute

    def place(self) -> "torch.device":
        """The device, as PyTorch has it; one that is not there is a `SettingsError`."""
        try:
            import torch
        except ImportError as error:
            raise ExtraMissing("the runtime 'torch'", "gpu") from error
        kind, _, number = self.device.lower().partition(":")
        if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isdecimal())):
            raise SettingsError(f"the runtime 'torch' runs on cpu, cuda or cuda:1, not on '{self.device}'")
        count = torch.cuda.device_count() if kind == "cuda" else 0
        if kind == "cuda" and int(number or 0) >= count:
            raise SettingsError(
                f"there is no '{self.device}' here: PyTorch {torch.__version__} finds {count} GPUs; "
                "look at nvidia-smi, and whether this build of PyTorch is one for CUDA"
            )
        return torch.device(self.device.lower())


def torch_half(device: str = "cpu") -> Torch:
    """The runtime `torch-half`: PyTorch in half precision on a GPU."""
    return Torch(device=device, half=True)


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch keeps to one thread on the CPU while this lasts."""
    try:
        import torch
    except ImportError as error:
        raise ExtraMissing("the runtime 'torch'", "gpu") from error
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _Steps:
    """A network's operators, of which only those are made that the outputs asked for need."""

    def __init__(self, graph: Graph, names: tuple[str, ...], device: Any, dtype: Any) -> None:
        self.given = graph.tensors[graph.input].shape[1:]
        self._graph, self._device = graph, device
        self._outputs = [graph.outputs[name] for name in names]
        wanted, self._steps = set(self._outputs), list[tuple[Step, tuple[int, ...], int, list[int]]]()
        used = set(self._outputs)
        for operator in reversed(graph.operators):
            if operator.output not in wanted:
                continue
            step = make(Making(graph, operator, device, dtype))
            inputs = tuple(i for i in operator.inputs if i >= 0 and graph.tensors[i].constant is None)
            last = sorted(set(inputs) - used)
            self._steps.append((step, inputs, operator.output, last))
            used.update(inputs)
            wanted.update(inputs)
        self._steps.reverse()

    def __call__(self, images: "torch.Tensor") -> list["torch.Tensor"]:
        """The outputs in the order asked for."""
        values = {self._graph.input: images}
        for step, inputs, output, last in self._steps:
            values[output] = step(*(values[i] for i in inputs))
            for i in last:  # nothing needs it any more, and it is large
                del values[i]
        return [values[i] for i in self._outputs]

    def check(self) -> None:
        """Walk through with images that have a shape and no pixels: every tensor must get the shape that the file says.

        Two images show that batches pass through every operator.
        """
        import torch

        if len(self.given) != 3 or self._graph.tensors[self._graph.input].shape[0] != 1:
            raise ModelsError(f"its input is no image but {self._graph.tensors[self._graph.input].shape}")
        values = {self._graph.input: torch.empty(2, *self.given, device=self._device)}
        for step, inputs, output, _ in self._steps:
            values[output] = step(*(values[i] for i in inputs))
            tensor = self._graph.tensors[output]
            if tuple(values[output].shape) != (2, *tensor.shape[1:]):
                raise ModelsError(
                    f"'{tensor.name}' is {tensor.shape} a image by the file, not {tuple(values[output].shape[1:])}"
                )


def _filled(images: "torch.Tensor", batch: int) -> Iterator["torch.Tensor"]:
    """The images in passes of `batch`, the last filled up with black; all at once for 0."""
    import torch

    for part in torch.split(images, batch or max(1, len(images))):
        missing = batch - len(part)
        yield torch.cat([part, part.new_zeros(missing, *part.shape[1:])]) if missing > 0 else part


@contextmanager
def _exact() -> Iterator[None]:
    """On a GPU: the same way of computing each time, and no shortened mantissas (TF32), which are off by 1e-3."""
    import torch

    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield


def _recorded(
    compute: Callable[["torch.Tensor"], list["torch.Tensor"]], images: "torch.Tensor"
) -> Callable[["torch.Tensor"], list["torch.Tensor"]]:
    """The same computation, recorded as a CUDA graph over these very tensors (docs.pytorch.org, "CUDA graphs")."""
    import torch

    with torch.inference_mode(), _exact(), torch.cuda.device(images.device):
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM):
                compute(images)
        torch.cuda.current_stream().wait_stream(stream)
        recording = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recording):
            found = compute(images)

    def play(given: "torch.Tensor") -> list["torch.Tensor"]:
        with torch.cuda.device(images.device):
            images.copy_(given)
            recording.replay()
            return [each.clone() for each in found]

    return play
