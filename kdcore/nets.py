"""Networks: one as a plain `torch.nn.Sequential`, and a cohort of M of them stacked into one.

A cohort keeps all parameters in one table, a row a member; the layers' stacked weights are views of it. So an
optimiser sees rows, a layer sees (members, out, in), and a member is taken out again by unfolding its row. To learn it
is laid out anew, a table for each weight and bias: neighbours' weights then need no moving before they are multiplied.
"""

from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import grad
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from kdcore.experiment import Network
from kdcore.shapes import Layer
from kdcore.stacked import Backward, Weights, activation, conv, dropout, linear, pool

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}

CACHE_LINE = 16  # numbers: 64 bytes of float32
CACHE = {"cpu": 2**20, "cuda": 2**28}  # how many numbers of one layer are worked on at once, at most
CACHES = 2  # that are filled for each of several threads: they share out members, so there must be some for each
ROW = 64  # examples that are evaluated at once, at least where there is room: neighbours in memory, moved in one go

Drop = Callable[[Sequence[int], float], Tensor]  # (batch, *features), share to drop -> a row of factors for each of x


class Pull(NamedTuple):
    """Gradients of some members' loss that come from outside the layers, None where there are none."""

    members: list[int]
    logits: Tensor | None  # (members, batch, classes)
    hidden: tuple[Tensor | None, ...]  # of each hidden layer (members, batch, ...)


def build(layers: Sequence[Layer], network: Network, seed: int) -> nn.Sequential:
    """One network of plain modules, with the weights that torch draws after `torch.manual_seed(seed)`."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed, without a look at every kind of device
        modules: list[nn.Module] = []
        for layer in layers:
            if layer.kind == "conv":
                modules.append(nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, padding=layer.kernel // 2))
            else:
                if not any(isinstance(module, nn.Flatten) for module in modules):
                    modules.append(nn.Flatten())
                modules.append(nn.Linear(layer.inputs, layer.outputs))
            if layer.hidden:
                modules.append(ACTIVATIONS[network.activation]())
                modules += [nn.MaxPool2d(2)] if layer.kind == "conv" else []
                modules += [nn.Dropout(network.dropout)] if network.dropout else []
        return nn.Sequential(*modules)


def again(net: nn.Sequential, seed: int) -> nn.Sequential:
    """A network of the same shape, with the weights that `build` gives it at this seed."""
    other = deepcopy(net)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        for module in other:
            if isinstance(module, nn.Linear | nn.Conv2d):
                module.reset_parameters()
    return other


class Cohort:
    """M networks of one shape as one stacked model; member m computes exactly what the m-th network would.

    Parameters and gradients lie in `tables` and `gradient_tables`, which an optimiser works on: one for all, as it is
    made, or one for each weight and bias, see `by_layer`. A row of each is a member's, filled up to whole cache lines:
    so all members lie alike in memory, and are rounded alike.
    """

    def __init__(
        self,
        nets: Sequence[nn.Sequential],
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        classes: Sequence[int] = (),
    ):
        """`classes` are those that count when it is asked, all unless there are some; it learns them all."""
        self.template, self._classes = nets[0], list(classes)
        matrix = torch.stack([parameters_to_vector(net.parameters()).detach() for net in nets])
        self._hold([_filled_up(matrix.to(device=device, dtype=dtype))])

    def _hold(self, tables: list[Tensor], gradient_tables: list[Tensor] | None = None) -> None:
        """Work on these parameters, and write gradients where that is told."""
        self.tables = tables
        self.gradient_tables = gradient_tables or [torch.zeros_like(table) for table in tables]
        values, gradients = self._views(self.tables), self._views(self.gradient_tables)
        self._weights = [
            Weights(*of_layer)
            for of_layer in zip(values[::2], values[1::2], gradients[::2], gradients[1::2], strict=True)
        ]

    def _views(self, tables: list[Tensor]) -> list[Tensor]:
        """Weight, bias, weight, ... as they lie in the tables: (members, outputs, inputs) and (members, outputs, 1)."""
        parameters = list(self.template.parameters())
        sizes = [parameter.numel() for parameter in parameters]
        if len(tables) == 1:
            own = tables[0][:, : sum(sizes)].split(sizes, 1)
        else:
            own = [table[:, :size] for table, size in zip(tables, sizes, strict=True)]
        return [each.view(len(each), len(parameter), -1) for each, parameter in zip(own, parameters, strict=True)]

    def _joined(self, tables: list[Tensor]) -> Tensor:
        """(members, parameters), in the order of `torch.nn.utils.parameters_to_vector`: a view of a single table."""
        if len(tables) == 1:
            return tables[0][:, : sum(parameter.numel() for parameter in self.template.parameters())]
        return torch.cat([each.flatten(1) for each in self._views(tables)], 1)

    @property
    def matrix(self) -> Tensor:
        """All parameters, a row a member: (members, parameters)."""
        return self._joined(self.tables)

    @property
    def gradients(self) -> Tensor:
        """Those of the last `backward`, likewise."""
        return self._joined(self.gradient_tables)

    def by_layer(self) -> "Cohort":
        """The same networks with weights of their own, in a table for each weight and bias: it learns faster."""
        apart = copy(self)
        apart._hold([_filled_up(each.flatten(1)) for each in self._views(self.tables)])
        return apart

    def __len__(self) -> int:
        return len(self.tables[0])

    def part(self, members: slice | list[int]) -> "Cohort":
        """Some of the members, as a cohort that trains the weights of this one where they are a slice, or copies."""
        part = copy(self)
        part._hold(*([table[members] for table in own] for own in (self.tables, self.gradient_tables)))
        return part

    def room(self, shape: Sequence[int]) -> int:
        """How many examples of this shape, those of all members together, are best learned from at once: as many as fit
        the cache, or where there are several threads the caches of all of them."""
        largest, positions = prod(shape), prod(shape[1:])
        for module in self.template:
            if isinstance(module, nn.Conv2d):
                largest = max(largest, module.weight[0].numel() * positions, module.out_channels * positions)
            elif isinstance(module, nn.MaxPool2d):
                positions //= 4
            elif isinstance(module, nn.Linear):
                largest = max(largest, module.out_features)
        threads = torch.get_num_threads()
        caches = CACHES * threads if threads > 1 and self.tables[0].is_cpu else 1
        return max(1, caches * CACHE[self.tables[0].device.type] // largest)

    def logits(self, x: Tensor, drop: Drop | None = None) -> Tensor:
        """Every member's scores before softmax.

        x: (rows, batch, *shape), where equally many neighbours share a row, the same examples -> (members, batch,
        classes). So there is a row for each member, or one for all, or anything between.
        Units are dropped only where `drop` is given: that is training. Without it, it is evaluation.
        """
        logits, hidden, backwards = self._forward(x, drop)
        if drop or torch.is_grad_enabled():  # somebody is going to learn from it
            self._hidden, self._backwards = hidden, backwards
            self._logits = logits.requires_grad_(torch.is_grad_enabled())
        return logits

    def _forward(self, x: Tensor, drop: Drop | None = None) -> tuple[Tensor, dict[int, Tensor], list[Backward]]:
        """Logits, and the way back: a step for each layer. Also what hidden layers say after their activation, before
        pooling and dropout, (members, batch, ...), by the number of that step."""
        backwards: list[Backward] = []
        hidden: dict[int, Tensor] = {}
        weights = iter(self._weights)
        x = x.movedim(1, -1)
        for module in self.template:
            if isinstance(module, nn.Linear):
                x, backward = linear(x, next(weights), is_data=not backwards)
            elif isinstance(module, nn.Conv2d):
                x, backward = conv(x, next(weights), module.kernel_size[0], is_data=not backwards)
            elif isinstance(module, nn.MaxPool2d):
                x, backward = pool(x)
            elif isinstance(module, nn.Dropout) and drop:
                _members, *features, batch = x.shape
                x, backward = dropout(x, drop((batch, *features), module.p).movedim(1, -1).contiguous())
            elif isinstance(module, nn.Dropout | nn.Flatten):
                continue  # nothing is dropped in evaluation, and `linear` flattens
            else:
                x, backward = activation(x, module)
                hidden[len(backwards)] = x.movedim(-1, 1)
            backwards.append(backward)
        return x.mT, hidden, backwards

    @property
    def hidden(self) -> tuple[Tensor, ...]:
        """What every member's hidden layers said when it last learned: (members, batch, units) or (members, batch,
        channels, height, width), after the activation, before pooling and dropout."""
        return tuple(self._hidden.values())

    @torch.no_grad()
    def features(self, x: Tensor) -> tuple[Tensor, ...]:
        """The same for other examples, x as for `logits`."""
        return tuple(self._forward(x)[1].values())

    def shapes(self, x: Tensor) -> list[tuple[int, ...]]:
        """The shape of each hidden layer for an example such as the one in x (1, *shape)."""
        return [tuple(layer.shape[2:]) for layer in self.part([0]).features(x.unsqueeze(0))]

    @torch.no_grad()
    def evaluate(self, x: Tensor) -> Tensor:
        """Logits of every member for the same examples: of as many members and examples at a time as the cache has room
        for, but rather of fewer members than of few examples.

        x: (examples, *shape) -> (members, examples, classes that count), without dropout, without gradients.
        """
        room = self.room(x.shape[1:])
        examples = max(min(ROW, room), room // len(self))
        members = max(1, room // examples)
        firsts = range(0, len(self), members)
        parts = [self.part(slice(first, first + members)) for first in firsts] if len(firsts) > 1 else [self]
        logits = torch.cat([torch.cat([part.logits(some[None]) for some in x.split(examples)], 1) for part in parts])
        return logits[..., self._classes] if self._classes else logits

    def backward(self, loss: Tensor) -> None:
        """Fill `gradients` with those of any loss of the last `logits`, summed over members."""
        self.backward_from(*grad(loss, self._logits))

    @torch.no_grad()
    def backward_from(self, gradient: Tensor, pulls: Sequence[Pull | None] = ()) -> None:
        """The same where the loss's gradient in the logits is known: pass it back layer by layer, forgetting each.
        `pulls` join it where they pull."""
        gradient, layers = gradient.mT, list(self._hidden)
        for pull in filter(None, pulls):
            _join(gradient, pull.members, pull.logits)
        while self._backwards:
            if (place := len(self._backwards) - 1) in self._hidden:
                for pull in filter(None, pulls):
                    _join(gradient, pull.members, dict(zip(layers, pull.hidden, strict=False)).get(place))
            gradient = self._backwards.pop()(gradient)
        self._hidden = {}

    def member(self, m: int) -> nn.Sequential:
        """Member m as a plain network in evaluation mode, with weights of its own."""
        net = deepcopy(self.template)
        vector_to_parameters(self.matrix[m].clone().cpu().float(), net.parameters())
        return net.eval()


def _join(gradient: Tensor, members: list[int], own: Tensor | None) -> None:
    """Add these members' own (.., batch, ...) to a gradient (members, ..., batch), in place."""
    if own is not None:
        gradient[members, ..., : own.shape[1]] += own.movedim(1, -1)


def _filled_up(rows: Tensor) -> Tensor:
    """A copy whose rows are so much longer that they fill whole cache lines."""
    return F.pad(rows, (0, -rows.shape[1] % CACHE_LINE)).clone(memory_format=torch.contiguous_format)
