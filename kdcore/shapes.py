"""The layers that a network's settings stand for, as plain values, and what they cost. No torch in here.

One description serves all: `nets` builds torch modules from it, `export` an ONNX graph, and this file counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdcore.experiment import Network

KERNEL = 3  # convolutions are 3x3 with a border of one zero, so they keep height and width
BYTES_PER_WEIGHT = 4  # float32


@dataclass(frozen=True)
class Layer:
    """A layer with weights. `positions` is how many times its weights are used for one example: 1 for a linear
    layer, height x width for a convolution. Hidden layers are followed by activation, pooling (CNN) and dropout."""

    kind: str  # "linear" or "conv"
    inputs: int
    outputs: int
    positions: int = 1
    hidden: bool = True
    kernel: int = KERNEL  # of a convolution: the side of its filters

    @property
    def weight_shape(self) -> tuple[int, ...]:
        kernel = (self.kernel, self.kernel) if self.kind == "conv" else ()
        return (self.outputs, self.inputs, *kernel)

    @property
    def parameters(self) -> int:
        return prod(self.weight_shape) + self.outputs

    @property
    def flops(self) -> int:
        """Two per multiply-add, for one example; biases and activations are not counted, as in the pruning papers."""
        return 2 * prod(self.weight_shape) * self.positions


def layers(network: "Network", shape: tuple[int, ...], classes: int) -> list[Layer]:
    """The layers with weights of a network for examples of this `shape`, (features,) or (channels, height, width)."""
    if network.kind == "mlp":
        sizes = [prod(shape), *network.widths]
        found = [Layer("linear", a, b) for a, b in pairwise(sizes)]
        last = sizes[-1]
    else:
        channels, height, width = shape
        found = []
        for outputs in network.widths:
            found.append(Layer("conv", channels, outputs, positions=height * width))
            channels, height, width = outputs, height // 2, width // 2
        last = channels * height * width
    return [*found, Layer("linear", last, classes, hidden=False)]


def modules(layers: Sequence[Layer], network: "Network") -> Iterator[tuple[str, Layer | None]]:
    """The modules of the network's `nn.Sequential` in their order, as words; their positions name the weights.

    "conv" and "linear" come with their layer; then there are "flatten", "pool", "dropout" and the activations.
    """
    is_flat = False
    for layer in layers:
        if layer.kind == "linear" and not is_flat:
            yield "flatten", None
            is_flat = True
        yield layer.kind, layer
        if layer.hidden:
            yield network.activation, None
            if layer.kind == "conv":
                yield "pool", None
            if network.dropout:
                yield "dropout", None


def names(layers: Sequence[Layer], network: "Network") -> list[tuple[str, Layer]]:
    """Each layer with its name in the network's `nn.Sequential`: its weights are called "<name>.weight"."""
    return [(str(place), layer) for place, (_word, layer) in enumerate(modules(layers, network)) if layer]


def parameters(stack: list[Layer]) -> int:
    """How many weights and biases these layers hold."""
    return sum(layer.parameters for layer in stack)


def flops(stack: list[Layer]) -> int:
    """Floating-point operations for one example."""
    return sum(layer.flops for layer in stack)
