"""ONNX of what a .kdz file holds: with plain floats, or with the whole numbers that they were written as.

    value = scale * (code - zero)        DequantizeLinear, of int8 codes; for each weight that has such codes
    code = clip(round(x / scale) + zero, 0, 255)        QuantizeLinear, and back: for inputs of layers with 8 bits

So a runtime computes with exactly the weights of the .kdz file, which `quantize` has rounded. A network without such
codes is given to ONNX Runtime, which finds int8 weights of its own, and rounds inputs while it runs.
Where both are whole numbers, ONNX Runtime multiplies these; biases it then rounds to steps of scale times scale.
"""

from collections.abc import Callable, Mapping

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from kdcore.compress import deployed
from kdcore.compress.codec import Contents
from kdcore.compress.coded import Array, Coded, Weights, values
from kdcore.export import onnx_model

BITS = 8
Ranges = Mapping[str, tuple[float, int]]  # scale and zero of a layer's inputs, by the layer's name


def floats(found: Contents, shape: tuple[int, ...], metadata: Mapping[str, str] | None = None) -> bytes:
    """The network for examples of this shape as an ONNX model, its weights as float32."""
    return with_ranges(_plain(found, shape, metadata), found.ranges)


def int8(
    found: Contents, shape: tuple[int, ...], x: np.ndarray, metadata: Mapping[str, str] | None = None
) -> tuple[bytes, bool]:
    """The same with int8 weights, and whether these are its own codes. x are some examples."""
    if has_integers(found.weights):
        return with_ranges(with_integers(_plain(found, shape, metadata), found.weights), found.ranges), True
    return deployed.int8(floats(found, shape, metadata), "dynamic", x), False


def _plain(found: Contents, shape: tuple[int, ...], metadata: Mapping[str, str] | None) -> bytes:
    return onnx_model(found.layers, found.network, shape, values(found.weights), metadata)


def has_integers(weights: Weights) -> bool:
    """Whether all weights are evenly spaced levels of at most eight bits; biases may be anything."""
    return all(_is_even(array) for name, array in weights.items() if name.endswith(".weight"))


def with_integers(model: bytes, weights: Weights) -> bytes:
    """The model with these weights, `has_integers`, as int8 and their scales."""
    found = onnx.load_from_string(model)
    coded = {name: array for name, array in weights.items() if isinstance(array, Coded)}
    kept = [each for each in found.graph.initializer if each.name not in coded]
    nodes = []
    for name, array in coded.items():
        codes, scale, zero = _int8(array)
        for part, numbers in (("codes", codes), ("scale", scale), ("zero", zero)):
            kept.append(numpy_helper.from_array(numbers, f"{name}.{part}"))
        inputs = [f"{name}.{part}" for part in ("codes", "scale", "zero")]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [name], axis=0))
    return _remade(found, [*nodes, *found.graph.node], kept)


def with_ranges(model: bytes, ranges: Ranges) -> bytes:
    """The model whose layers, those with these names, see their inputs rounded to eight bits.

    Back from the codes leads DequantizeLinear where the weights are whole numbers, too. Where they are floats, it is
    written as arithmetic: behind DequantizeLinear ONNX Runtime would round such weights to int8 of its own.
    """
    if not ranges:
        return model
    found = onnx.load_from_string(model)
    nodes, kept = [], list(found.graph.initializer)
    plain = {each.name for each in kept}
    for node in found.graph.node:
        weight = next((each for each in node.input[1:] if each.endswith(".weight")), None)
        if weight:
            name = weight.removesuffix(".weight")
            back = _times if weight in plain else _dequantized
            rounding, numbers = _rounding(node.input[0], f"{name}.input", *ranges[name], back)
            nodes += rounding
            kept += numbers
            node.input[0] = f"{name}.input"
        nodes.append(node)
    return _remade(found, nodes, kept)


def _rounding(
    value: str, name: str, scale: float, zero: int, back: Callable[[str, list[str]], list[NodeProto]]
) -> tuple[list[NodeProto], list[TensorProto]]:
    """The nodes that make a rounded value of this name, and the numbers that they need."""
    how = [f"{name}.scale", f"{name}.zero"]
    parts = zip((np.float32(scale), np.uint8(zero)), how, strict=True)
    numbers = [numpy_helper.from_array(np.asarray(part), of) for part, of in parts]
    return [helper.make_node("QuantizeLinear", [value, *how], [f"{name}.codes"]), *back(name, how)], numbers


def _dequantized(name: str, how: list[str]) -> list[NodeProto]:
    return [helper.make_node("DequantizeLinear", [f"{name}.codes", *how], [name])]


def _times(name: str, how: list[str]) -> list[NodeProto]:
    """scale * (code - zero), in float32, where these whole numbers are exact."""
    scale, zero = how
    return [
        helper.make_node("Cast", [f"{name}.codes"], [f"{name}.number"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [zero], [f"{zero}.number"], to=TensorProto.FLOAT),
        helper.make_node("Sub", [f"{name}.number", f"{zero}.number"], [f"{name}.steps"]),
        helper.make_node("Mul", [f"{name}.steps", scale], [name]),
    ]


def _is_even(array: Array) -> bool:
    return isinstance(array, Coded) and array.codebook is None and array.bits <= BITS


def _int8(array: Coded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes, and for all or for each output scale and zero, as ONNX takes them: whole zeros, all numbers in int8."""
    codes, scale, zero = array.codes, np.float32(array.scale), array.zero
    if (zero % 1).any():  # binary: half as large a step, so that its zero, 1/2, is a whole number
        codes, scale, zero = 2 * codes, scale / 2, 2 * zero
    middle = 2 ** (BITS - 1) if array.bits == BITS else 0
    scale, zero = np.broadcast_arrays(scale.ravel(), np.ravel(zero - middle))
    shape = () if scale.size == 1 else (-1,)
    return np.int8(codes - middle), scale.reshape(shape), np.int8(zero).reshape(shape)


def _remade(model: onnx.ModelProto, nodes: list[NodeProto], initializers: list[TensorProto]) -> bytes:
    graph = model.graph
    model.graph.CopyFrom(helper.make_graph(nodes, graph.name, graph.input, graph.output, initializers))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()
