"""What a compressed network answers, as torch computes it; with 8-bit inputs of its layers where that is asked for."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from kdcore import nets
from kdcore.compress.quantize import activation_range, fake
from kdcore.compress.stages import Net

ROWS = 2000  # at a time


def module(net: Net) -> nn.Sequential:
    """The network as torch knows it, in evaluation mode."""
    built = nets.build(net.layers, net.network, seed=0)
    built.load_state_dict({name: torch.from_numpy(array) for name, array in net.values.items()})
    return built.eval()


def logits(net: Net, x: np.ndarray) -> np.ndarray:
    """x (examples, *shape) -> (examples, classes)"""

    def rounded(name: str, inputs: np.ndarray) -> np.ndarray:
        return fake(inputs, *net.ranges[name]) if net.ranges else inputs

    return np.concatenate([_forward(net, part, rounded) for part in np.split(x, range(ROWS, len(x), ROWS))])


def calibrated(net: Net, x: np.ndarray) -> Net:
    """The network with 8-bit inputs to its layers, in the ranges that they have on these examples.
    Raises ValueError where there are none."""
    ranges = {}

    def noted(name: str, inputs: np.ndarray) -> np.ndarray:
        ranges[name] = activation_range(inputs)
        return inputs

    _forward(net, x[:ROWS], noted)
    return replace(net, ranges=ranges)


@torch.inference_mode()
def _forward(net: Net, x: np.ndarray, on_input: Callable[[str, np.ndarray], np.ndarray]) -> np.ndarray:
    """Layer by layer; `on_input` sees and may change what goes into each layer with weights."""
    value = torch.from_numpy(x)
    for name, part in module(net).named_children():
        if isinstance(part, nn.Linear | nn.Conv2d):
            value = torch.from_numpy(on_input(name, value.numpy()))
        value = part(value)
    return value.numpy()
