"""Steps of optimisation for many rows of weights at once, each with a learning rate of its own."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

if TYPE_CHECKING:
    from kdcore.cohort import Member


class Optimizer:
    """One of torch's optimisers with its default settings (SGD: momentum 0.9); each member has its own learning rate.

    These are the functions that `torch.optim.Adam(...).step()` calls; what it does around them costs a small cohort
    more than its arithmetic. Members that share budget and learning rate take their steps together.
    """

    def __init__(self, name: str, weights: Sequence[Tensor]):
        """Weights and their gradients are tables (members, numbers)."""
        self._name = name
        self._moments = [list(map(torch.zeros_like, weights)) for _moment in range(1 if name == "sgd" else 2)]
        # how many steps, for each table and member; of neighbours that take them together the first
        self._taken = weights[0].new_zeros(len(weights), len(weights[0]))

    def work_on(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], members: Sequence["Member"]) -> None:
        """Prepare the steps of these members."""
        runs, first = defaultdict(list), 0
        for key, run in groupby(members, key=lambda member: (member.examples, member.learning_rate)):
            runs[key].append(slice(first, first + len(list(run))))
            first = runs[key][-1].stop
        self._runs = list(runs.values())
        self._steps = [
            (own[0].start, self._step(weights, gradients, own, rate)) for (_examples, rate), own in runs.items()
        ]

    def _step(
        self, weights: Sequence[Tensor], gradients: Sequence[Tensor], runs: list[slice], rate: float
    ) -> Callable[[], None]:
        tensors = [[table[run] for run in runs for table in tables] for tables in (weights, gradients, *self._moments)]
        common = {"lr": rate, "maximize": False, "fused": True}
        if self._name == "sgd":
            settings = {"momentum": 0.9, "weight_decay": 0.0, "dampening": 0.0, "nesterov": False}
            return partial(sgd, *tensors, **settings, **common)
        rule, decay = {"adam": (adam, 0.0), "adamw": (adamw, 0.01)}[self._name]
        settings = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": decay, "amsgrad": False}
        taken = [own[run.start] for run in runs for own in self._taken]
        return partial(rule, *tensors, [], taken, **settings, **common)

    def step(self, counts: Sequence[int]) -> None:
        """Take a step with the members that have so many examples each, if any."""
        for first, step in self._steps:
            if counts[first]:
                step()

    def keep(self, members: list[int]) -> None:
        """Forget the others."""
        for run in chain(*self._runs):
            self._taken[:, run] = self._taken[:, run.start, None].clone()
        self._taken = self._taken[:, members]
        self._moments = [[table[members] for table in tables] for tables in self._moments]
