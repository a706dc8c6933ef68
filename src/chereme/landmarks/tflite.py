"""Reading a `.tflite` file: which operators a network has, what they read and write, and its weights.

The schema's tables come from the package `tflite`; what is here checks that a file says nothing impossible and unpacks
weights that are stored in half precision or without their zeros. Any other trouble with a file is a `ModelsError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from chereme.errors import ExtraMissing, ModelsError

MOST_BYTES = 256 << 20
"""Of a file: MediaPipe's largest network has 27 MB."""
MOST_VALUES = 1 << 27
"""Of all tensors of a network together, for one image: 512 MiB. Of MediaPipe's eight the largest has 23 million."""
MOST_TABLES = 1 << 14
"""Tensors, and operators, of a network."""
MOST_OPERANDS = 64
"""Inputs, and outputs, of an operator."""
MOST_AXES = 6

TYPES = {0: np.dtype("<f4"), 1: np.dtype("<f2"), 2: np.dtype("<i4"), 4: np.dtype("<i8")}
"""Of the schema's `TensorType`, those of networks that are not quantized."""
OPTIONS = {
    "ADD": "AddOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DENSIFY": None,
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "DEPTH_TO_SPACE": "DepthToSpaceOptions",
    "DEQUANTIZE": None,
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "LOGISTIC": None,
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "PAD": None,
    "PRELU": None,
    "RELU": None,
    "RESHAPE": None,
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
}
"""The operators that are known, and the schema's table with the options of each."""

SPARSE = 1
"""`DimensionType.SPARSE_CSR`."""
INDICES = {1: ("Int32Vector", "<i4"), 2: ("Uint16Vector", "<u2"), 3: ("Uint8Vector", "<u1")}
"""`SparseIndexVector`: the table of each, and how its numbers are stored."""

Constant = npt.NDArray[Any]
Axis = tuple[int, Constant | None, Constant | None]
"""How an axis of a weight is stored: its size, or, without zeros, where each row begins and the columns in all rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """What flows between operators, or a weight."""

    name: str
    shape: tuple[int, ...]
    """For one image; the axes are batch, height, width, channels where there are four."""
    constant: Constant | None
    """A weight's values; None for what is computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One step of a network."""

    kind: str
    """Its name in the schema."""
    inputs: tuple[int, ...]
    """Positions of tensors; -1 stands for one that is left out."""
    output: int
    options: Any
    """The schema's table of its options; None for those that have none."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network: its operators in the order in which they run."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: int
    """Position of the tensor with the images."""
    outputs: Mapping[str, int]
    """Names to positions of tensors."""


def read(path: Path) -> Graph:
    """The network in a file, weights unpacked to float32.

    A file that is malformed, larger than any network of its kind, or asks for an operator that is not known is a
    `ModelsError`; without the library `tflite`: `ExtraMissing`.
    """
    try:
        import tflite
    except ImportError as error:
        raise ExtraMissing("the runtime 'torch'", "gpu") from error
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelsError(f"{path} has {path.stat().st_size:,} bytes, a network at most {MOST_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise ModelsError(f"cannot read {path}: {error}") from error
    try:
        if not tflite.Model.ModelBufferHasIdentifier(data, 0):
            raise ValueError("it does not say that it is a TFLite file")
        return _Reader(tflite, data).graph()
    except ModelsError as error:
        raise ModelsError(f"{path.name}: {error}") from None
    except Exception as error:  # the library says in its own words what does not fit, whatever that is
        raise ModelsError(f"{path} is no network that can be read: {type(error).__name__}: {error}") from error


class _Reader:
    """A file's bytes, with the library that knows its tables."""

    def __init__(self, tflite: Any, data: bytes) -> None:
        self._tflite = tflite
        self._model = tflite.Model.GetRootAs(data, 0)
        self._graph = self._model.Subgraphs(0)
        codes = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
        self._codes = [codes.get(self._code(i), "?") for i in range(_at_most(self._model.OperatorCodesLength()))]

    def graph(self) -> Graph:
        """The first subgraph, the only one of such a network."""
        table = self._graph
        shapes = [tuple(_numbers(table.Tensors(i).ShapeAsNumpy())) for i in range(_at_most(table.TensorsLength()))]
        if any(len(shape) > MOST_AXES or min(shape, default=1) < 1 for shape in shapes):
            raise ValueError("a tensor of no size, or with too many axes")
        if (values := sum(map(prod, shapes))) > MOST_VALUES:
            raise ModelsError(f"its tensors have {values:,} values, a network at most {MOST_VALUES:,}")
        constants = {i: self._constant(i, shape) for i, shape in enumerate(shapes)}
        operators = []
        for i in range(_at_most(table.OperatorsLength())):
            operator = self._operator(table.Operators(i), len(shapes))
            if operator.kind in ("DEQUANTIZE", "DENSIFY") and (packed := constants.get(operator.inputs[0])) is not None:
                if packed.dtype.kind != "f":
                    raise ModelsError("it is quantized; only networks with weights in floating point are known")
                dense = _dense(packed, self._stored(operator.inputs[0]), shapes[operator.output])
                constants[operator.output] = dense.astype(np.float32) if operator.kind == "DEQUANTIZE" else dense
            else:
                operators.append(operator)
        names = [(table.Tensors(i).Name() or b"").decode() for i in range(len(shapes))]
        tensors = tuple(map(Tensor, names, shapes, constants.values()))
        (given,) = _numbers(table.InputsAsNumpy())
        outputs = {tensors[i].name: i for i in _numbers(table.OutputsAsNumpy())}
        if not 0 <= given < len(tensors) or not outputs or min(outputs.values()) < 0:
            raise ValueError("inputs and outputs that are not there")
        return Graph(tensors, tuple(operators), given, outputs)

    def _code(self, i: int) -> int:
        code = self._model.OperatorCodes(i)
        return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))

    def _operator(self, table: Any, tensors: int) -> Operator:
        kind = self._codes[table.OpcodeIndex()]
        if kind not in OPTIONS:
            raise ModelsError(f"the runtime 'torch' has no operator {kind}; it has {', '.join(OPTIONS)}")
        inputs, outputs = _numbers(table.InputsAsNumpy()), _numbers(table.OutputsAsNumpy())
        if not inputs or len(inputs) > MOST_OPERANDS or len(outputs) != 1:
            raise ValueError(f"{kind} with {len(inputs)} inputs and {len(outputs)} outputs")
        if not (min(inputs) >= -1 and max(*inputs, *outputs) < tensors and outputs[0] >= 0):
            raise ValueError(f"{kind} of tensors that are not there")
        options = None
        if name := OPTIONS[kind]:
            union = table.BuiltinOptions()
            if union is None or table.BuiltinOptionsType() != getattr(self._tflite.BuiltinOptions, name):
                raise ValueError(f"{kind} without its options")
            options = getattr(self._tflite, name)()
            options.Init(union.Bytes, union.Pos)
        return Operator(kind, tuple(inputs), outputs[0], options)

    def _constant(self, i: int, shape: tuple[int, ...]) -> Constant | None:
        """A weight as it is stored, flat while its zeros are left out; None for what is computed."""
        tensor = self._graph.Tensors(i)
        buffer = self._model.Buffers(tensor.Buffer())
        if buffer is None or not buffer.DataLength():
            return None
        if tensor.Type() not in TYPES:
            raise ModelsError("it is quantized; only networks with weights in floating point are known")
        values: Constant = buffer.DataAsNumpy().view(TYPES[tensor.Type()])
        return values if tensor.Sparsity() else values.reshape(shape)

    def _stored(self, i: int) -> list[Axis]:
        """How a weight's axes are stored, the outermost first.

        Of the schema's `SparsityParameters` without blocks, in the order of the axes, as MediaPipe's are; empty for
        what is stored plainly.
        """
        sparsity = self._graph.Tensors(i).Sparsity()
        if sparsity is None:
            return []
        axes = sparsity.DimMetadataLength()
        order = _numbers(sparsity.TraversalOrderAsNumpy())
        if sparsity.BlockMapLength() or order != list(range(axes)) or axes > MOST_AXES:
            raise ModelsError("it has weights without their zeros in an order that is not known")
        stored: list[Axis] = []
        for axis in map(sparsity.DimMetadata, range(axes)):
            if axis.Format() == SPARSE:
                segments = self._vector(axis.ArraySegmentsType(), axis.ArraySegments())
                stored.append((0, segments, self._vector(axis.ArrayIndicesType(), axis.ArrayIndices())))
            else:
                stored.append((axis.DenseSize(), None, None))
        return stored

    def _vector(self, kind: int, union: Any) -> Constant:
        name, stored = INDICES[kind]
        vector = getattr(self._tflite, name)()
        vector.Init(union.Bytes, union.Pos)
        return np.asarray(vector.ValuesAsNumpy()).view(stored).astype(np.int64)


def _dense(packed: Constant, stored: list[Axis], shape: tuple[int, ...]) -> Constant:
    """A weight with its zeros, of the shape asked for."""
    if not stored:
        return packed.reshape(shape)
    if len(stored) != len(shape):
        raise ValueError("a weight stored with other axes than it has")
    places = np.zeros(1, np.int64)  # of what has been met so far, in the dense weight
    rows = np.zeros(1, np.int64)
    for (size, segments, columns), full in zip(stored, shape, strict=True):
        if segments is None or columns is None:
            if size != full:
                raise ValueError("a weight stored with another size than it has")
            counts = np.full(len(rows), full)
            along = np.tile(np.arange(full), len(rows))
            rows = np.repeat(rows * full, counts) + along
        else:
            starts, counts = segments[rows], np.diff(segments)[rows]
            if (counts < 0).any() or counts.sum() > len(columns):
                raise ValueError("a weight with rows that run backward")
            rows = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            along = columns[rows]
            if len(along) and not 0 <= along.min() <= along.max() < full:
                raise ValueError("a weight with values outside of it")
        places = np.repeat(places * full, counts) + along
    dense = np.zeros(prod(shape), packed.dtype)
    dense[places] = packed[rows]
    return dense.reshape(shape)


def _numbers(vector: Any) -> list[int]:
    """A vector of numbers; the library gives 0 for one that is left out."""
    return [] if isinstance(vector, int) else [int(each) for each in vector[: MOST_TABLES + 1]]


def _at_most(count: int) -> int:
    if count > MOST_TABLES:
        raise ValueError(f"{count} tensors or operators")
    return count
