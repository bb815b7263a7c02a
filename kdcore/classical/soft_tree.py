"""Soft decision trees: every node turns right with a probability, so that gradients can grow the tree.

Frosst, Hinton 2017, "Distilling a Neural Network Into a Soft Decision Tree", arXiv 1711.09784. Each inner node i looks
at all of an example x through one filter of its own, and sends a share of it right and the rest left:

    p_i(x) = sigmoid(beta (x . w_i + b_i))                        how much of what reaches node i goes right
    P_l(x) = the product of p_i or 1 - p_i on the way to leaf l   how much of x arrives there; their sum is 1
    Q_l    = softmax(phi_l)                                       the answer of leaf l, the same whatever arrives

So an answer can be explained: it is a leaf's, and on the way to it a few decisions were taken that can be looked at.
Nodes are counted level by level from the left, as in a heap: those below node i are 2i + 1, left, and 2i + 2. The trees
of all seeds grow at once, stacked: filters (members, nodes, features), leaves (members, leaves, classes).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

AT_ONCE = 1000  # examples that are answered together
NEVER = 1e-30  # the least probability of a mixture: of less there may be no logarithm
NOBODY = 1e-6  # of a batch: a node that less than this reaches counts as even


@dataclass(frozen=True)
class Growth:
    """How trees grow, by Adam. `balance` is what an uneven root costs, in nats; see `Balance`."""

    epochs: int = 40
    batch_size: int = 128
    learning_rate: float = 0.01
    balance: float = 0.1


class Step(NamedTuple):
    """A step was taken: so much of all steps is `done`, 0 to 1, and each tree's loss was this, (members,), in nats."""

    done: float
    loss: Tensor


class SoftTrees:
    """A tree for each seed, all of one shape; trees of the same seed begin alike.

    `beta`, the inverse temperature, makes decisions harder, so that one path soon gets nearly all of an example.
    """

    def __init__(self, features: int, classes: int, depth: int, seeds: Sequence[int], beta: float = 1.0):
        self.depth, self.beta, self.seeds = depth, beta, tuple(seeds)
        nodes, leaves = 2**depth - 1, 2**depth
        drawn = [_drawn([(nodes, features), (nodes,), (leaves, classes)], features**-0.5, seed) for seed in seeds]
        self.filters, self.biases, self.answers = (torch.stack(own) for own in zip(*drawn, strict=True))

    @property
    def weights(self) -> list[Tensor]:
        """All that is learnt: w (members, nodes, features), b (members, nodes), phi (members, leaves, classes)."""
        return [self.filters, self.biases, self.answers]

    @property
    def leaves(self) -> Tensor:
        """What each leaf answers: log Q, (members, leaves, classes)."""
        return self.answers.log_softmax(-1)

    def shares(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """For each level of inner nodes the shares sent right, and for each level, leaves too, the shares that arrive.

        x (members, batch, features) -> of the level at depth d (members, batch, 2^d).
        """
        scores = torch.baddbmm(self.biases.unsqueeze(1), x, self.filters.mT)
        right = list((self.beta * scores).sigmoid().split([2**d for d in range(self.depth)], -1))
        arrive = [torch.ones_like(right[0])]
        for share in right:
            to_the_right = arrive[-1] * share
            arrive.append(torch.stack([arrive[-1] - to_the_right, to_the_right], -1).flatten(-2))
        return right, arrive

    @torch.no_grad()
    def log_probabilities(self, x: Tensor, by: Literal["leaf", "mixture"] = "leaf") -> Tensor:
        """Every tree's answer to the same examples: x (examples, *shape) -> (members, examples, classes), in nats.

        By "leaf" it is that of the leaf where most of the example arrives: that can be explained by one path, and is
        what is measured everywhere. The "mixture" is of all leaves, by the shares that arrive: log sum_l P_l Q_l.
        """
        return torch.cat([self._answers(part, by) for part in x.flatten(1).split(AT_ONCE)], 1)

    def _answers(self, x: Tensor, by: str) -> Tensor:
        arrive = self.shares(x.expand(len(self.seeds), -1, -1))[1][-1]
        if by == "mixture":
            return (arrive @ self.leaves.exp()).clamp(min=NEVER).log()
        leaf = arrive.argmax(-1, keepdim=True)
        return self.leaves.gather(1, leaf.expand(-1, -1, self.leaves.shape[-1]))


def fit(
    trees: SoftTrees, x: Tensor, targets: Tensor, growth: Growth | None = None, rows: Tensor | None = None
) -> Iterator[Step]:
    """Grow all trees in lock-step, each exactly as if it were alone; yield after every step.

    x (examples, *shape) is shared; targets (members, examples, classes), or (1, examples, classes) for all, are
    probabilities: one-hot labels, a teacher's soft labels, or any mixture of both. `rows` (members, own) says which
    examples each tree sees, all unless given. Trees of the same seed see the same batches.
    """
    growth = growth or Growth()
    x, members = x.flatten(1), torch.arange(len(trees.seeds)).unsqueeze(1)
    targets = targets.expand(len(members), -1, -1)
    rows = torch.arange(len(x)).expand(len(members), -1) if rows is None else rows
    orders = [torch.Generator().manual_seed(seed) for seed in trees.seeds]
    weights = [weight.requires_grad_() for weight in trees.weights]
    optimizer, balance = torch.optim.Adam(weights, growth.learning_rate, fused=True), Balance(growth.balance)
    starts = range(0, rows.shape[1], growth.batch_size)
    for epoch in range(growth.epochs):
        order = rows.gather(1, torch.stack([torch.randperm(rows.shape[1], generator=own) for own in orders]))
        for n, start in enumerate(starts, 1):
            batch = order[:, start : start + growth.batch_size]
            right, arrive = trees.shares(x[batch])
            loss = surprise(arrive[-1], trees.leaves, targets[members, batch]) + balance(right, arrive)
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
            yield Step((epoch + n / len(starts)) / growth.epochs, loss.detach())


def surprise(arrive: Tensor, leaves: Tensor, targets: Tensor) -> Tensor:
    """How surprised the leaves are by what is told, each as much as it is concerned: cross-entropy by path probability.

        L = - sum_l P_l(x) sum_k t_k log Q_l,k

    arrive (members, batch, leaves), leaves log Q (members, leaves, classes), targets (members, batch, classes) ->
    (members,), the mean over the batch, in nats. The paper prints a logarithm around the sum, which is negative and has
    none; kimhc6028's code leaves it out, as we do. Each leaf has to be right by itself, as one of them will answer;
    xuyxu's code takes the cross-entropy of a mixture of leaves instead. There is no T^2 here as for a network: soft
    labels of temperature T are the targets as they are, and what a leaf answers is as soft.
    """
    return -(arrive * (targets @ leaves.mT)).sum(-1).mean(-1)


class Balance:
    """What it costs to send nearly all one way: without it a node soon decides nothing, and half the tree is not used.

        C = - strength sum_i 2^-d_i (log(alpha_i) + log(1 - alpha_i)) / 2,   alpha_i = sum_x P_i p_i / sum_x P_i

    alpha_i is the share of what reaches node i that it sends right, and C is least where it is a half. Nodes at depth
    d count 2^-d, since deep ones see few classes and may well be uneven. They also see little of a batch, so that the
    sums are running averages over about 2^d batches, and the gradient is that through the latest one. The paper says
    only that the window grows exponentially with the depth; kimhc6028's and xuyxu's code look at one batch.
    """

    def __init__(self, strength: float):
        self._strength = strength
        self._averages: dict[int, Tensor] = {}

    def __call__(self, right: Sequence[Tensor], arrive: Sequence[Tensor]) -> Tensor:
        """Shares as of `SoftTrees.shares` -> (members,), in nats."""
        levels = zip(right, arrive, strict=False)
        return self._strength * sum(0.5**d * self._level(d, *shares) for d, shares in enumerate(levels))

    def _level(self, d: int, right: Tensor, arrive: Tensor) -> Tensor:
        """(members,): the sum over the nodes of a level."""
        now = torch.stack([arrive * right, arrive * (1 - right)]).mean(2)  # (right and left, members, nodes)
        before = self._averages.get(d, torch.zeros_like(now))
        average = before + 0.5**d * (now - before)
        self._averages[d] = average.detach()
        alphas = (average + NOBODY) / (average + NOBODY).sum(0)
        return -alphas.log().mean(0).sum(-1)


def _drawn(shapes: Sequence[tuple[int, ...]], reach: float, seed: int) -> list[Tensor]:
    """Weights drawn evenly from -reach to reach, as torch draws those of a linear layer."""
    random = torch.Generator().manual_seed(seed)
    return [reach * (2 * torch.rand(shape, generator=random) - 1) for shape in shapes]
