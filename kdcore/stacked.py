"""The layers of a cohort, forward and backward: the chain rule, written out.

A layer is a function from x to its answer y and to its `backward`, a function from the gradient of the loss in y to
that in x. What that takes of the forward pass it remembers; the gradients in its weights it writes down on the way.
In a formula g is the gradient in y. Autograd would find the same, but it costs more than small networks compute.

Members come first and examples last, (members, features, batch) or (members, channels, height, width, batch): an
example is a column, as in W x + b on the board. Then neighbours in memory undergo the same, whatever the layer is:
softmax and max-pooling never reorder them, and a convolution copies and multiplies them in long rows.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kdcore.shapes import KERNEL

aten = torch.ops.aten

Backward = Callable[[Tensor], Tensor | None]
BORDER = KERNEL // 2


class Weights(NamedTuple):
    """A layer's part of a cohort's parameters, and of their gradients: (members, outputs, inputs or 1)."""

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor


def linear(x: Tensor, weights: Weights, is_data: bool) -> tuple[Tensor, Backward]:
    """y = W x + b;   dW = g x^T,   db = sum of g over examples,   dx = W^T g, which nobody needs where x is data."""
    if len(x) < len(weights.weight):
        return _shared(x, weights)
    columns = x.flatten(1, -2)

    def backward(g: Tensor) -> Tensor | None:
        _multiply(g, columns.mT, weights.weight_gradient)
        torch.sum(g, -1, keepdim=True, out=weights.bias_gradient)
        return None if is_data else torch.bmm(weights.weight.mT, g).view_as(x)

    return torch.baddbmm(weights.bias, weights.weight, columns), backward


def _shared(x: Tensor, weights: Weights) -> tuple[Tensor, Backward]:
    """The same where neighbours look at the same data, a row of x for them all: they are one layer with all their
    outputs, and a large product of matrices takes less time than many small ones."""
    columns, shape = x.flatten(1, -2), weights.weight.shape
    weight, bias = (each.reshape(len(x), -1, each.shape[2]) for each in (weights.weight, weights.bias))

    def backward(g: Tensor) -> None:
        _multiply(g.reshape(len(x), -1, g.shape[2]), columns.mT, weights.weight_gradient)
        torch.sum(g, -1, keepdim=True, out=weights.bias_gradient)

    return torch.baddbmm(bias, weight, columns).view(*shape[:2], -1), backward


def _multiply(one: Tensor, other: Tensor, product: Tensor) -> None:
    """Write a product of matrices; into a gap between other numbers a copy of it, which is faster."""
    if product.is_contiguous():
        torch.bmm(one, other, out=product.view(len(one), one.shape[1], -1))
    else:
        product.copy_(torch.bmm(one, other).view(product.shape))


def conv(x: Tensor, weights: Weights, kernel: int, is_data: bool) -> tuple[Tensor, Backward]:
    """A convolution is a linear layer on patches: each position's 3x3 or 1x1 surroundings, in a column of their own."""
    patches = _patches(x) if kernel == KERNEL else x[:, :, None, None]
    y, backward_of_linear = linear(patches.flatten(4).flatten(1, 3), weights, is_data)

    def backward(g: Tensor) -> Tensor | None:
        gradient = backward_of_linear(g.flatten(2))
        if is_data:
            return None
        gradient = gradient.view_as(patches)
        return _unpatched(gradient) if kernel == KERNEL else gradient[:, :, 0, 0]

    return y.unflatten(2, x.shape[2:]), backward


def pool(x: Tensor) -> tuple[Tensor, Backward]:
    """The largest of each 2x2 square; the gradient goes where that came from."""
    pictures = x.flatten(0, 1).movedim(-1, 1)  # (members * channels, batch, height, width), "channels last" to torch
    y, where = F.max_pool2d(pictures, 2, return_indices=True)

    def backward(g: Tensor) -> Tensor:
        g = g.flatten(0, 1).movedim(-1, 1)
        gradient = aten.max_pool2d_with_indices_backward(g, pictures, [2, 2], [2, 2], [0, 0], [1, 1], False, where)
        return gradient.movedim(1, -1).unflatten(0, x.shape[:2])

    return y.movedim(1, -1).unflatten(0, x.shape[:2]), backward


def activation(x: Tensor, module: nn.Module) -> tuple[Tensor, Backward]:
    """The bend after a layer, and its slope times g (ReLU both in place, as nobody needs its x or its g again)."""
    if isinstance(module, nn.ReLU):
        y = x.relu_()
        return y, lambda g: aten.threshold_backward.grad_input(g, y, 0, grad_input=g)
    y = module(x)
    if isinstance(module, nn.Tanh):
        return y, lambda g: aten.tanh_backward(g, y)
    if isinstance(module, nn.Sigmoid):
        return y, lambda g: aten.sigmoid_backward(g, y)
    return y, lambda g: aten.gelu_backward(g, x)


def dropout(x: Tensor, factors: Tensor) -> tuple[Tensor, Backward]:
    """y = x * factors, which are 0 where a unit is dropped; neighbours may share a row of factors, as of data."""

    def times(x: Tensor) -> Tensor:
        return (x.unflatten(0, (len(factors), -1)) * factors.unsqueeze(1)).flatten(0, 1)

    return times(x), times


def _patches(x: Tensor) -> Tensor:
    """(members, channels, height, width, batch) -> (members, channels, 3, 3, height, width, batch), zeros around."""
    padded = F.pad(x, (0, 0, BORDER, BORDER, BORDER, BORDER))
    return padded.unfold(2, KERNEL, 1).unfold(3, KERNEL, 1).movedim((-2, -1), (2, 3)).contiguous()


def _unpatched(gradient: Tensor) -> Tensor:
    """The way back: each place of a picture gets the sum of its gradients in all patches that it is part of."""
    members, channels, _, _, height, width, batch = gradient.shape
    padded = gradient.new_zeros(members, channels, height + 2 * BORDER, width + 2 * BORDER, batch)
    for row in range(KERNEL):
        for column in range(KERNEL):
            padded[:, :, row : row + height, column : column + width] += gradient[:, :, row, column]
    return padded[:, :, BORDER:-BORDER, BORDER:-BORDER]
