"""Cutting a network in parts that follow each other, so that each can be computed in its own precision."""

from itertools import pairwise
from typing import Any

from chereme.errors import ModelsError
from chereme.telemetry import openvino

CONVOLUTIONS = "Convolution", "GroupConvolution"


def parts(model: Any, cuts: tuple[int, ...]) -> list[Any]:
    """OpenVINO's models of the parts of one: the outputs of a part are the inputs of the next, in this order.

    Each cut is a number of convolutions before it, fewer than all of them or all; another is a `ModelsError`.
    """
    there = passages(model)
    if unknown := sorted(set(cuts) - there.keys()):
        raise ModelsError(f"a network of {max(there)} convolutions cannot be cut after {unknown[0]}")
    return [_part(model.clone(), first, last) for first, last in pairwise((None, *cuts, None))]


def passages(model: Any) -> dict[int, list[Any]]:
    """Number of convolutions to what all that comes later is computed from: the fewest tensors, as late as may be."""
    found: dict[int, list[Any]] = {}
    unread: dict[str, tuple[int, Any]] = {}  # by the node that computed it: how many still read a tensor, and it
    convolutions = 0
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        read = [each.get_source_output().get_node().get_friendly_name() for each in node.inputs()]
        read = [name for name in read if name in unread]
        if kind == "Result" or not (read or kind == "Parameter"):  # what is computed from constants alone is one
            continue
        for name in read:
            readers, tensor = unread.pop(name)
            if readers > 1:
                unread[name] = readers - 1, tensor
        unread[node.get_friendly_name()] = len(node.output(0).get_target_inputs()), node.output(0)
        convolutions += kind in CONVOLUTIONS
        if convolutions not in found or len(unread) <= len(found[convolutions]):
            found[convolutions] = [tensor for _, tensor in unread.values()]
    return found


def _part(model: Any, first: int | None, last: int | None) -> Any:
    """The part between two cuts; `model` is used up."""
    ov = openvino()
    there = passages(model)
    outputs = [each.input_value(0) for each in model.get_results()] if last is None else there[last]
    if first is None:
        return ov.Model(outputs, model.get_parameters())
    inputs = []
    for tensor in there[first]:
        given = ov.opset1.parameter(tensor.get_shape(), tensor.get_element_type())
        for reader in list(tensor.get_target_inputs()):
            reader.replace_source_output(given.output(0))
        outputs = [given.output(0) if each == tensor else each for each in outputs]
        inputs.append(given)
    return ov.Model(outputs, inputs)
