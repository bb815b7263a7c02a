"""How a student's first weights are made of a teacher's: copied whole, or read off a part of the teacher's units.

Of a layer of the teacher, h = a(W x + b), the student keeps fewer units than there are. What it keeps is a basis B of
that layer, (teacher's units, student's units), with B^T B = 1:

    W' = B^T W A,   b' = B^T b,      where A is the basis of the layer before, so that A A^T x is what is left of x

Selected units: the columns of B are unit vectors. A low-rank slice: they are the directions in which the units differ
most. Where nothing is left out B is the identity, and the student is the teacher. In a convolution units are channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kdcore.methods.later import torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Sequential

    Basis = Callable[[Tensor, Tensor, int], Tensor]


def copy(student: Sequential, teacher: Sequential) -> None:
    """Copy whole layers, weights and biases: the first from the first, the last from the last, what is between from the
    same share of the depth, but only where the shapes are the same."""
    own, others = layers(student), layers(teacher)
    for layer, other in zip(own, (others[n] for n in beside(len(own), len(others))), strict=True):
        if layer.weight.shape == other.weight.shape:
            layer.weight.copy_(other.weight)
            layer.bias.copy_(other.bias)


def beside(own: int, others: int) -> list[int]:
    """For each of a student's layers, of which there are so many, the teacher's at the same share of the depth."""
    if own == 1:
        return [others - 1]
    return [round(n * (others - 1) / (own - 1)) for n in range(own)]


def reduce(student: Sequential, teacher: Sequential, said: Sequence[Tensor], basis: Basis) -> None:
    """Give the student's layers those of the teacher, from below, in bases that `basis(said, outgoing, units)` finds.

    Hidden layers go by pairs as far as both have any. The output layer is passed on where both have equally many: only
    then it reads what the teacher's reads. A student that is wider keeps its own first weights in what is left over.
    """
    own, others = layers(student), layers(teacher)
    before = None
    for n, layer in enumerate(own):
        is_last = n == len(own) - 1
        if n >= len(others) or is_last != (n == len(others) - 1):
            return
        units = min(len(layer.bias), len(others[n].bias))
        after = None if is_last else basis(said[n], columns(others[n + 1], len(others[n].bias)), units)
        weight = columns(others[n], others[n].weight.shape[1] if before is None else len(before))
        weight, bias = projected(weight, others[n].bias, before, after)
        paste(layer, weight, bias)
        before = after


def projected(weight: Tensor, bias: Tensor, before: Tensor | None, after: Tensor | None) -> tuple[Tensor, Tensor]:
    """W (outputs, inputs, places) and b (outputs,) in the bases of the layers on both sides."""
    if before is not None:
        weight = torch.einsum("oip,ij->ojp", weight, before)
    if after is not None:
        weight, bias = torch.einsum("oip,oj->jip", weight, after), after.T @ bias
    return weight, bias


def paste(layer: Module, weight: Tensor, bias: Tensor) -> None:
    """Write W (outputs, inputs, places) and b into the corner of a layer that is as large or larger."""
    places = weight.shape[2]
    whole = layer.weight.view(len(layer.bias), -1, places)
    whole[: weight.shape[0], : weight.shape[1]] = weight
    layer.bias[: len(bias)] = bias


def selected(said: Tensor, outgoing: Tensor, units: int) -> Tensor:
    """The basis of the most important units, in their old order.

        importance of unit j = Var(h_j) * sum of squares of the weights by which the next layer reads it

    That is how much the next layer's answers vary with this unit alone. said (examples, units, ...) ; outgoing
    (outputs, units, places).
    """
    importance = rows(said).var(0, correction=0) * outgoing.square().sum((0, 2))
    best = importance.argsort(descending=True, stable=True)[:units].sort().values
    return torch.eye(len(importance))[:, best]


def slices(said: Tensor, _outgoing: Tensor | None, units: int) -> Tensor:
    """The basis of the best low-rank slice: of H, what the units say of some examples (examples, units) = U S V^T, the
    first columns of V. No other H B B^T of this rank is closer to H (Eckart, Young 1936). Each direction points to
    where the units lie on average, as activations cut off what is negative. All units are left as they are.
    """
    h = rows(said)
    if units == h.shape[1]:
        return torch.eye(units)
    _values, vectors = torch.linalg.eigh(h.T @ h)  # V, by rising singular values; it is square, however few examples
    basis = vectors.flip(1)[:, :units]
    return basis * torch.where(h.mean(0) @ basis < 0, -1.0, 1.0)


def rows(said: Tensor) -> Tensor:
    """What units say, (examples, units); of channels all places count as examples."""
    return said.flatten(2).mT.flatten(0, 1) if said.dim() > 2 else said


def layers(net: Sequential) -> list[Module]:
    """The layers that have weights."""
    return [module for module in net if hasattr(module, "weight")]


def columns(layer: Module, units: int) -> Tensor:
    """The weights of a layer by the units of the one before: (outputs, units, places). The first linear layer of a CNN
    reads each channel at each place."""
    return layer.weight.reshape(len(layer.bias), units, -1)
