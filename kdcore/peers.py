"""Peers: networks of the members' own shape that learn beside them, and are thrown away; see `methods.mutual`.

A peer is to its member what the member's weights are to the cohort: of another seed, it sees the same batches, drops
other units, and takes its steps by the same rule and rate. What it is told is the method's business.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from kdcore.nets import Cohort, again
from kdcore.optimizer import Optimizer

if TYPE_CHECKING:
    from kdcore.cohort import Member

FIRST_SEED = 1_000_000  # a member of seed 3 has a peer of seed 1,000,003, so that no two networks begin alike


class Peers:
    """One for each of the members, stacked as they are."""

    def __init__(self, cohort: Cohort, members: Sequence["Member"], optimizer: str):
        """The cohort is that of the members, or a larger one, of which only the shape matters."""
        seeds = [FIRST_SEED + member.seed for member in members]
        table = cohort.tables[0]
        nets = [again(cohort.template, seed) for seed in seeds]
        self._cohort = Cohort(nets, str(table.device), table.dtype).by_layer()
        self._masks = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._optimizer = Optimizer(optimizer, self._cohort.tables)
        self._work_on(members)

    def _work_on(self, members: Sequence["Member"]) -> None:
        self._members = members
        self._optimizer.work_on(self._cohort.tables, self._cohort.gradient_tables, members)

    def logits(self, x: Tensor) -> Tensor:
        """What each says of its own batch, x (members, batch, *shape), in training: (members, batch, classes)."""
        return self._cohort.logits(x, self._drop)

    def learn(self, gradient: Tensor) -> None:
        """Take a step down this gradient of the loss in the last `logits`."""
        self._cohort.backward_from(gradient)
        self._optimizer.step([gradient.shape[1]] * len(self._members))

    def keep(self, places: list[int], members: Sequence["Member"]) -> None:
        """Forget all but those at these places, who belong to these members."""
        self._optimizer.keep(places)
        self._masks = [self._masks[place] for place in places]
        self._cohort = self._cohort.part(places)
        self._work_on(members)

    def _drop(self, shape: Sequence[int], rate: float) -> Tensor:
        """The masks that `torch.nn.Dropout` would draw for each alone."""
        like = self._cohort.tables[0]
        factors = [torch.empty(*shape, dtype=like.dtype).bernoulli_(1 - rate, generator=own) for own in self._masks]
        return torch.stack(factors).div_(1 - rate).to(like.device)
