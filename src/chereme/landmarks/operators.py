"""TFLite's operators in PyTorch: each is made once from its options and weights, and then computes any batch.

Tensors keep TFLite's order of axes: batch, height, width, channels. Where PyTorch wants channels second they are only
seen in that order, which it calls channels_last, so nothing is moved. The batch of 1 in shapes of the file stands for
any; an operator that would move images of a batch into one another is a `ModelsError`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from chereme.errors import ModelsError
from chereme.landmarks.tflite import Graph, Operator

if TYPE_CHECKING:
    import torch

Step = Callable[..., "torch.Tensor"]
"""Computes an operator from those of its inputs that are no weights, in their order."""

SAME = 0
"""`Padding.SAME`."""
ACTIVATIONS = {0: None, 1: "relu", 3: "relu6"}
"""Of the schema's `ActivationFunctionType`, those that are known, by their names in torch.nn.functional."""


@dataclass(frozen=True, slots=True, eq=False)
class Making:
    """An operator to be made: its graph, and where and how exactly its weights are kept."""

    graph: Graph
    operator: Operator
    device: Any
    dtype: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the output, for one image."""
        return self.graph.tensors[self.operator.output].shape

    def shape_of(self, i: int) -> tuple[int, ...]:
        """Of input i, for one image."""
        return self.graph.tensors[self.operator.inputs[i]].shape

    def numbers(self, i: int) -> Any:
        """Input i, a weight of whole numbers, or None when it is left out."""
        if i >= len(self.operator.inputs) or self.operator.inputs[i] < 0:
            return None
        return self.graph.tensors[self.operator.inputs[i]].constant

    def weight(self, i: int) -> Any:
        """Input i, a weight, as a tensor; None when it is left out."""
        import torch

        values = self.numbers(i)
        if values is None:
            return None
        return torch.from_numpy(np.array(values, np.float32)).to(self.device, self.dtype)

    def needed(self, i: int) -> Any:
        """Input i, a weight, as a tensor; `ModelsError` when it is none."""
        weight = self.weight(i)
        if weight is None:
            raise ModelsError(f"{self.operator.kind} without a fixed input {i} is not known")
        return weight

    def activation(self) -> "Callable[[torch.Tensor], torch.Tensor] | None":
        """The function that is joined to the operator."""
        from torch.nn import functional

        code = self.operator.options.FusedActivationFunction()
        if code not in ACTIVATIONS:
            raise ModelsError(f"{self.operator.kind} with activation {code} is not known")
        name = ACTIVATIONS[code]
        return getattr(functional, name) if name else None


def make(making: Making) -> Step:
    """The operator, ready to compute."""
    return MAKERS[making.operator.kind](making)


def _convolution(making: Making) -> Step:
    import torch
    from torch.nn import functional

    options, depthwise = making.operator.options, making.operator.kind == "DEPTHWISE_CONV_2D"
    # The file has (out, height, width, in); depthwise (1, height, width, out).
    weight = making.needed(1).permute(3, 0, 1, 2) if depthwise else making.needed(1).permute(0, 3, 1, 2)
    weight = weight.contiguous(memory_format=torch.channels_last)
    bias, activation = making.weight(2), making.activation()
    groups = making.shape_of(0)[3] // weight.shape[1]
    stride, dilation = (options.StrideH(), options.StrideW()), (options.DilationHFactor(), options.DilationWFactor())
    kernel = tuple((size - 1) * wide + 1 for size, wide in zip(weight.shape[2:], dilation, strict=True))
    if kernel == stride == (1, 1) and groups == 1:
        # A product of matrices over the last axis; on a CPU PyTorch's own convolution takes three times as long.
        return _linear(weight[:, :, 0, 0].contiguous(), bias, activation)
    ahead, inside = _padding(making, kernel, stride)

    def step(x: "torch.Tensor") -> "torch.Tensor":
        x = x.permute(0, 3, 1, 2)
        if ahead:
            x = functional.pad(x, ahead)
        x = functional.conv2d(x, weight, bias, stride, inside, dilation, groups)
        return (activation(x) if activation else x).permute(0, 2, 3, 1)

    return step


def _linear(weight: Any, bias: Any, activation: Any) -> Step:
    from torch.nn import functional

    def step(x: "torch.Tensor") -> "torch.Tensor":
        x = functional.linear(x, weight, bias)
        return x if activation is None else activation(x)

    return step


def _max_pool(making: Making) -> Step:
    from torch.nn import functional

    options, activation = making.operator.options, making.activation()
    kernel, stride = (options.FilterHeight(), options.FilterWidth()), (options.StrideH(), options.StrideW())
    ahead, inside = _padding(making, kernel, stride)

    def step(x: "torch.Tensor") -> "torch.Tensor":
        x = x.permute(0, 3, 1, 2)
        if ahead:
            x = functional.pad(x, ahead, value=-float("inf"))
        x = functional.max_pool2d(x, kernel, stride, inside)
        return (activation(x) if activation else x).permute(0, 2, 3, 1)

    return step


def _padding(making: Making, kernel: tuple[int, ...], stride: tuple[int, int]) -> tuple[list[int], tuple[int, ...]]:
    """What to pad ahead (left, right, top, bottom; empty for nothing), or height and width that PyTorch pads itself.

    TFLite's SAME gives ceil(size / stride) places and puts the odd pixel of padding after the image, while PyTorch
    pads both sides alike.
    """
    if making.operator.options.Padding() != SAME:
        return [], (0, 0)
    sides = []
    for size, reach, step in zip(making.shape_of(0)[1:3], kernel, stride, strict=True):
        total = max((-(-size // step) - 1) * step + reach - size, 0)
        sides.append((total // 2, total - total // 2))
    (top, bottom), (left, right) = sides
    if (top, left) == (bottom, right):
        return [], (top, left)
    return [left, right, top, bottom], (0, 0)


def _add(making: Making) -> Step:
    fixed = making.weight(1) if making.weight(1) is not None else making.weight(0)
    activation = making.activation()

    def step(x: "torch.Tensor", y: "torch.Tensor | None" = None) -> "torch.Tensor":
        total = x + (fixed if y is None else y)
        return activation(total) if activation else total

    return step


def _prelu(making: Making) -> Step:
    from torch.nn import functional

    slope = making.needed(1)
    if slope.numel() != making.shape[-1]:
        raise ModelsError("PRELU with other than one slope a channel is not known")
    slope = slope.reshape(-1)
    return lambda x: functional.prelu(x.permute(0, 3, 1, 2), slope).permute(0, 2, 3, 1)


def _relu(_: Making) -> Step:
    import torch

    return torch.relu


def _logistic(_: Making) -> Step:
    import torch

    return torch.sigmoid


def _mean(making: Making) -> Step:
    axes = making.numbers(1)
    rank = len(making.shape_of(0))
    along = sorted({int(axis) % rank for axis in ([] if axes is None else axes.ravel())})
    if not along or along[0] == 0:
        raise ModelsError("MEAN over the images of a batch is not known")
    keep = bool(making.operator.options.KeepDims())
    return lambda x: x.mean(along, keepdim=keep)


def _pad(making: Making) -> Step:
    from torch.nn import functional

    sides = making.numbers(1)
    if sides is None or sides.min() < 0 or sides[0].any():
        raise ModelsError("PAD of the batch, or by what is computed, is not known")
    widths = [int(width) for axis in sides[::-1] for width in axis]
    return lambda x: functional.pad(x, widths)


def _reshape(making: Making) -> Step:
    shape = making.shape
    if making.shape_of(0)[:1] != (1,) or shape[:1] != (1,):
        raise ModelsError("RESHAPE that moves images of a batch is not known")
    return lambda x: x.reshape(len(x), *shape[1:])


def _concatenation(making: Making) -> Step:
    import torch

    axis, activation = making.operator.options.Axis() % len(making.shape), making.activation()
    if axis == 0 or any(making.numbers(i) is not None for i in range(len(making.operator.inputs))):
        raise ModelsError("CONCATENATION of images of a batch, or with weights, is not known")

    def step(*given: "torch.Tensor") -> "torch.Tensor":
        joined = torch.cat(given, axis)
        return activation(joined) if activation else joined

    return step


def _resize(making: Making) -> Step:
    from torch.nn import functional

    corners, centers = making.operator.options.AlignCorners(), making.operator.options.HalfPixelCenters()
    if corners == centers:
        raise ModelsError("RESIZE_BILINEAR that aligns neither corners nor centers of pixels is not known")
    size = making.shape[1:3]

    def step(x: "torch.Tensor") -> "torch.Tensor":
        x = x.permute(0, 3, 1, 2)
        return functional.interpolate(x, size, mode="bilinear", align_corners=corners).permute(0, 2, 3, 1)

    return step


def _fully_connected(making: Making) -> Step:
    from torch.nn import functional

    weight, bias, activation, shape = making.needed(1), making.weight(2), making.activation(), making.shape
    if prod(making.shape_of(0)) != weight.shape[1]:
        raise ModelsError("FULLY_CONNECTED over a part of an image is not known")

    def step(x: "torch.Tensor") -> "torch.Tensor":
        found = functional.linear(x.reshape(len(x), -1), weight, bias).reshape(len(x), *shape[1:])
        return activation(found) if activation else found

    return step


def _depth_to_space(making: Making) -> Step:
    block = making.operator.options.BlockSize()
    _, height, width, channels = making.shape

    def step(x: "torch.Tensor") -> "torch.Tensor":
        x = x.reshape(len(x), height // block, width // block, block, block, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(len(x), height, width, channels)

    return step


def _strided_slice(making: Making) -> Step:
    options = making.operator.options
    begin, end, strides = (making.numbers(i) for i in (1, 2, 3))
    if begin is None or end is None or strides is None or strides.min() < 1 or options.Offset():
        raise ModelsError("STRIDED_SLICE backward, or by what is computed, is not known")
    if options.EllipsisMask() or options.NewAxisMask() or options.ShrinkAxisMask():
        raise ModelsError("STRIDED_SLICE that changes the number of axes is not known")
    parts = [
        slice(
            None if options.BeginMask() >> axis & 1 else int(begin[axis]),
            None if options.EndMask() >> axis & 1 else int(end[axis]),
            int(strides[axis]),
        )
        for axis in range(len(begin))
    ]
    if making.shape[:1] != (1,):
        raise ModelsError("STRIDED_SLICE of images of a batch is not known")
    parts[0] = slice(None)
    return lambda x: x[tuple(parts)]


MAKERS: dict[str, Callable[[Making], Step]] = {
    "ADD": _add,
    "CONCATENATION": _concatenation,
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "DEPTH_TO_SPACE": _depth_to_space,
    "FULLY_CONNECTED": _fully_connected,
    "LOGISTIC": _logistic,
    "MAX_POOL_2D": _max_pool,
    "MEAN": _mean,
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _relu,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
    "STRIDED_SLICE": _strided_slice,
}
