"""Networks: one as a plain `torch.nn.Sequential`, and a cohort of M of them stacked into one.

A cohort keeps all parameters in one matrix, a row a member; the layers' stacked weights are views of it. So an
optimiser sees rows, a layer sees (members, out, in), and a member is taken out again by unfolding its row.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.autograd import grad
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from kdcore.experiment import Network
from kdcore.shapes import KERNEL, Layer

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}

Drop = Callable[[Tensor, float], Tensor]  # how a cohort drops units: activations, rate -> activations


def build(layers: Sequence[Layer], network: Network, seed: int) -> nn.Sequential:
    """One network of plain modules, with the weights that torch draws after `torch.manual_seed(seed)`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules: list[nn.Module] = []
        for layer in layers:
            if layer.kind == "conv":
                modules.append(nn.Conv2d(layer.inputs, layer.outputs, KERNEL, padding=KERNEL // 2))
            else:
                if not any(isinstance(module, nn.Flatten) for module in modules):
                    modules.append(nn.Flatten())
                modules.append(nn.Linear(layer.inputs, layer.outputs))
            if layer.hidden:
                modules.append(ACTIVATIONS[network.activation]())
                modules += [nn.MaxPool2d(2)] if layer.kind == "conv" else []
                modules += [nn.Dropout(network.dropout)] if network.dropout else []
        return nn.Sequential(*modules)


class Cohort:
    """M networks of one shape as one stacked model; member m computes exactly what the m-th network would.

    `matrix` and `gradients` are (members, parameters); a row lists a member's parameters in the order of
    `torch.nn.utils.parameters_to_vector`.
    """

    def __init__(self, nets: Sequence[nn.Sequential], device: str = "cpu", dtype: torch.dtype = torch.float32):
        self.template = nets[0]
        rows = torch.stack([parameters_to_vector(net.parameters()).detach() for net in nets])
        self.matrix = rows.to(device=device, dtype=dtype)
        self.gradients = torch.zeros_like(self.matrix)
        self._weights = [view.detach().requires_grad_() for view in _views(self.matrix, self.template)]
        self._weight_gradients = _views(self.gradients, self.template)

    def __len__(self) -> int:
        return len(self.matrix)

    def logits(self, x: Tensor, drop: Drop | None = None) -> Tensor:
        """Every member's scores before softmax.

        x: (members, batch, *shape), or (1, batch, *shape) for the same examples to all -> (members, batch, classes).
        Units are dropped only where `drop` is given: that is training. Without it, it is evaluation.

        Inside, examples stand side by side as columns, (members, features, batch), as in W x + b on the board: the
        matrix products are the same, and softmax over few classes is many times faster across long rows.
        """
        x = x.expand(len(self), *x.shape[1:])
        weights = zip(self._weights[::2], self._weights[1::2], strict=True)  # and biases
        if isinstance(self.template[0], nn.Conv2d):
            x = _fold(x)
        for module in self.template:
            if isinstance(module, nn.Linear):
                weight, bias = next(weights)
                x = torch.baddbmm(bias.unsqueeze(2), weight, x)  # (members, out, batch)
            elif isinstance(module, nn.Conv2d):
                weight, bias = next(weights)
                x = F.conv2d(x, weight.flatten(0, 1), bias.flatten(), padding=module.padding, groups=len(self))
            elif isinstance(module, nn.Flatten):
                x = (_unfold(x, len(self)) if _is_folded(x) else x).flatten(2).transpose(1, 2)
            elif isinstance(module, nn.ReLU):
                x = x.relu_()
            elif not isinstance(module, nn.Dropout):
                x = module(x)
            elif drop and _is_folded(x):
                x = _fold(drop(_unfold(x, len(self)), module.p))
            elif drop:
                x = drop(x.transpose(1, 2), module.p).transpose(1, 2)
        return x.transpose(1, 2)

    @torch.no_grad()
    def evaluate(self, x: Tensor, rows: int = 1000) -> Tensor:
        """Logits of every member for the same examples, a part at a time to spare memory.

        x: (examples, *shape) -> (members, examples, classes), without dropout, without gradients.
        """
        return torch.cat([self.logits(part.unsqueeze(0)) for part in x.split(rows)], dim=1)

    def backward(self, loss: Tensor) -> None:
        """Fill `gradients` with those of a loss that is summed over members."""
        for view, gradient in zip(self._weight_gradients, grad(loss, self._weights), strict=True):
            view.copy_(gradient)

    def member(self, m: int) -> nn.Sequential:
        """Member m as a plain network in evaluation mode, with weights of its own."""
        net = deepcopy(self.template)
        vector_to_parameters(self.matrix[m].clone().cpu().float(), net.parameters())
        return net.eval()


def _views(matrix: Tensor, template: nn.Sequential) -> list[Tensor]:
    """The columns of the matrix that belong to each of the template's parameters, (members, *shape)."""
    views, start = [], 0
    for parameter in template.parameters():
        columns = matrix[:, start : start + parameter.numel()]
        views.append(columns.view(len(matrix), *parameter.shape))
        start += parameter.numel()
    return views


def _is_folded(x: Tensor) -> bool:
    return x.dim() == 4


def _fold(x: Tensor) -> Tensor:
    """(members, batch, channels, height, width) -> (batch, members * channels, height, width), for grouped layers."""
    return x.transpose(0, 1).flatten(1, 2)


def _unfold(x: Tensor, members: int) -> Tensor:
    """The inverse of `_fold`."""
    return x.unflatten(1, (members, -1)).transpose(0, 1)
